package kernel

// #include "kernels.h"
import "C"

// Format is how a matrix of weights stores its elements. Whatever it is, products
// take and give float32, and sum in float32.
//
// A new format is a name here, the same name in kernels.h, and its mul in table.h.
// Code that multiplies by matrices stays as it is.
type Format int

// Float32 stores elements as they are.
const Float32 Format = C.FLOAT32
