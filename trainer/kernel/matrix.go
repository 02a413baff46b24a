package kernel

/*
#include "kernels.h"

#cgo noescape row
#cgo nocallback row
static void row(const kernels *k, int format, const void *w, idx columns, idx i, float *to) {
	k->row[format](w, columns, i, to);
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Matrix is a matrix of weights W [rows, columns] in one Format, row by row, which
// is multiplied by either way round. It may be shared by any number of goroutines
// as long as none changes its elements.
type Matrix struct {
	format        Format
	rows, columns int
	data          []byte
}

// NewMatrix is a matrix over the blocks in data, which stay where they are. Each row
// begins with a block of its own.
func NewMatrix(f Format, data []byte, rows, columns int) *Matrix {
	sizes("NewMatrix", rows, columns)
	need("NewMatrix", "data", data, f.Bytes(rows, columns))
	return &Matrix{f, rows, columns, data}
}

// Float32Matrix is a matrix of Float32 over the elements in data, which stay where
// they are and may be changed between products.
func Float32Matrix(data []float32, rows, columns int) *Matrix {
	sizes("Float32Matrix", rows, columns)
	need("Float32Matrix", "data", data, rows*columns)
	return &Matrix{Float32, rows, columns, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), 4*rows*columns)}
}

// Format returns how the elements are stored.
func (w *Matrix) Format() Format { return w.format }

// Rows returns the number of rows.
func (w *Matrix) Rows() int { return w.rows }

// Columns returns the number of columns.
func (w *Matrix) Columns() int { return w.columns }

// pointer is the elements as C takes them.
func (w *Matrix) pointer() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(w.data)) }

// Row sets to to row i of w, which rounds nothing more.
func (k *Set) Row(w *Matrix, i int, to []float32) {
	if i < 0 || i >= w.rows {
		panic(fmt.Sprintf("kernel: Row: row %d of %d", i, w.rows))
	}
	need("Row", "to", to, w.columns)
	C.row(k.table, C.int(w.format), w.pointer(), C.idx(w.columns), C.idx(i), (*C.float)(at(to)))
}

// Scratch returns the scratch memory, in elements, that products of at most M rows by
// matrices of at most so many rows and columns need.
func (k *Set) Scratch(f Format, M, rows, columns int) int {
	if f != Float32 {
		return C.BLOCK / 2 * int(k.table.per_pair) * (C.ROUNDED_SLAB + min(M, C.ROUNDED_ROWS))
	}
	padded := func(n int) int { return (n + 15) / 16 * 16 }
	mul := min(padded(columns), C.SLAB) * min(rows, C.BLOCK)
	mulT := min(padded(rows), C.SLAB) * min(columns, C.BLOCK)
	return max(mul, mulT)
}

// Mul sets C [M, columns] to A [M, rows] W, or adds the product to C. The rows of
// a are as apart, those of c cs; scratch has the elements that Scratch tells.
//
// By Float32 an element is summed as Gemm sums. By the other formats A and W are rounded
// to bfloat16, what is smaller than 2^-55 to zero, and the odd one of each two steps is
// added before the even one.
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
	need(op, "scratch", scratch, k.Scratch(w.format, M, w.rows, w.columns))
	rowStride(op, "c", M, N, cs)
	k.do(C.call{
		kernel: C.MUL, variant: C.int(w.format), size: lengths(M, 0, N, w.rows, w.columns, int(flag(transposed)), as, cs, int(flag(add))),
		at: places(at(a), w.pointer(), at(c), at(scratch)), scratch: C.idx(k.Scratch(w.format, M, w.rows, w.columns)),
	})
}
