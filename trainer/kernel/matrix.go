package kernel

/*
#include "kernels.h"

#cgo noescape mul
#cgo nocallback mul
static void mul(const kernels *k, int format, const float *w, idx rows, idx columns, int transposed,
		idx M, const float *a, idx as, float *c, idx cs, int add, float *scratch) {
	k->mul[format](w, rows, columns, transposed, M, a, as, c, cs, add, scratch);
}
*/
import "C"

// Matrix is a matrix of weights W [rows, columns] in one Format, row by row, which
// is multiplied by either way round. It may be shared by any number of goroutines
// as long as none changes its elements.
type Matrix struct {
	format        Format
	rows, columns int
	data          []float32 // the memory, whatever the format
}

// Float32Matrix is a matrix of Float32 over the elements in data, which stay where
// they are and may be changed between products.
func Float32Matrix(data []float32, rows, columns int) *Matrix {
	sizes("Float32Matrix", rows, columns)
	need("Float32Matrix", "data", data, rows*columns)
	return &Matrix{Float32, rows, columns, data}
}

// Rows returns the number of rows.
func (w *Matrix) Rows() int { return w.rows }

// Columns returns the number of columns.
func (w *Matrix) Columns() int { return w.columns }

// Row sets dst to row i.
func (w *Matrix) Row(i int, dst []float32) {
	copy(dst[:w.columns], w.data[i*w.columns:])
}

// Scratch returns the scratch memory, in elements, that products by matrices of
// at most so many rows and columns need.
func Scratch(rows, columns int) int {
	padded := func(n int) int { return (n + 15) / 16 * 16 }
	mul := min(padded(columns), C.SLAB) * min(rows, C.BLOCK)
	mulT := min(padded(rows), C.SLAB) * min(columns, C.BLOCK)
	return max(mul, mulT)
}

// Mul sets C [M, columns] to A [M, rows] W, or adds the product to C. The rows of
// a are as apart, those of c cs; scratch has the elements that Scratch tells. An
// element is summed as Gemm sums.
func (k *Set) Mul(c []float32, cs int, a []float32, as, M int, w *Matrix, add bool, scratch []float32) {
	k.mul("Mul", c, cs, a, as, M, w, false, add, scratch)
}

// MulT sets C [M, rows] to A [M, columns] W^T, or adds the product to C; see Mul.
func (k *Set) MulT(c []float32, cs int, a []float32, as, M int, w *Matrix, add bool, scratch []float32) {
	k.mul("MulT", c, cs, a, as, M, w, true, add, scratch)
}

func (k *Set) mul(op string, c []float32, cs int, a []float32, as, M int, w *Matrix, transposed, add bool, scratch []float32) {
	K, N := w.rows, w.columns
	if transposed {
		K, N = N, K
	}
	sizes(op, M, as, cs)
	need(op, "a", a, span(M, K, as))
	need(op, "c", c, span(M, N, cs))
	need(op, "scratch", scratch, Scratch(w.rows, w.columns))
	rowStride(op, "c", M, N, cs)
	C.mul(k.table, C.int(w.format), floats(w.data), C.idx(w.rows), C.idx(w.columns), flag(transposed),
		C.idx(M), floats(a), C.idx(as), floats(c), C.idx(cs), flag(add), floats(scratch))
}
