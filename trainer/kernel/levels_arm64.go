package kernel

// #include "kernels.h"
import "C"

// wider returns the levels beyond the portable one: every 64-bit Arm has NEON.
func wider() []*Set { return []*Set{{table: &C.kernels_neon}} }
