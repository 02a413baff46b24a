// Package kernel does the arithmetic of training a transformer: matrix
// products, normalisation, attention, losses and optimiser steps, in C behind
// Go slices.
//
// A [Set] is the kernels compiled for one instruction-set level. [Best] is the
// widest this CPU runs and what callers want; the others exist to be compared
// with it, for every level computes the same bits:
//
//	k := kernel.Best()
//	w := kernel.Float32Matrix(weight, out, in)
//	k.MulT(y, out, x, in, tokens, w, false, scratch)  // y = x W^T
//	k.Mul(dx, in, dy, out, tokens, w, false, scratch) // dx = dy W
//
// # Conventions
//
// Values are float32, but for the elements of a [Matrix], which has a [Format].
// Matrices are row-major, strides counted in elements between the starts of
// rows. Outputs must not overlap inputs unless a method says that it works in
// place. Sizes of zero do nothing. A slice too short for its sizes is a
// programming error and panics with what was needed; nothing outside a slice is
// read or written. Nothing is allocated but by Alloc, Float32Matrix and
// RopeTable, and nothing is shared, so that a Set serves any number of
// goroutines; scratch memory is the caller's.
//
// # Queues and cores
//
// The calls of a Set that Queue returned wait until they are run together, and a [Crew]
// has idle cores take parts of them: rows, columns or heads, never a part of a sum.
//
// # The same bits everywhere
//
// Every operation is one IEEE 754 rounding to float32 and every sum has one
// order, given at each method, so results do not depend on the CPU, its vector
// width, the compiler, or how rows are divided among calls. NaN comes out
// where NaN or inf-inf went in, but its payload and sign are the CPU's own.
//
// The package knows nothing of models, layers or graphs.
package kernel
