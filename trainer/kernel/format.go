package kernel

// #include "kernels.h"
import "C"

import "fmt"

// Format is how panels store the elements of a matrix. Whatever it is, Pack
// reads float32, Mul multiplies by float32 and sums in float32.
//
// A new format is a name here with its size, the same name in kernels.h, and its
// pack and mul in table.h. Code that multiplies by panels stays as it is.
type Format int

// Float32 stores elements as they are.
const Float32 Format = C.FLOAT32

// Bytes returns the memory that panels of a matrix [K, N] take.
func (f Format) Bytes(K, N int) int { return 4 * f.words(K, N) }

// words is Bytes in units of four.
func (f Format) words(K, N int) int {
	if f != Float32 {
		panic(fmt.Sprintf("kernel: there is no format %d", int(f)))
	}
	return (N + 15) / 16 * 16 * K
}
