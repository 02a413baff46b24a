package kernel

import (
	"fmt"
	"slices"
)

// span is how many elements a matrix of rows x columns reaches over, its rows
// stride apart.
func span(rows, columns, stride int) int {
	if rows <= 0 || columns <= 0 {
		return 0
	}
	return (rows-1)*stride + columns
}

// need panics unless x, called name in kernel op, has n elements or more.
func need[T any](op, name string, x []T, n int) {
	if len(x) < n {
		panic(fmt.Sprintf("kernel: %s: %s has %d elements, needs %d", op, name, len(x), n))
	}
}

// same panics unless x, called name in kernel op, has exactly n elements.
func same[T any](op, name string, x []T, n int) {
	if len(x) != n {
		panic(fmt.Sprintf("kernel: %s: %s has %d elements, must have %d", op, name, len(x), n))
	}
}

// sizes panics if any of them is negative.
func sizes(op string, n ...int) {
	if slices.Min(n) < 0 {
		// The clone keeps n itself on the stack.
		panic(fmt.Sprintf("kernel: %s: negative size or stride among %v", op, slices.Clone(n)))
	}
}

// rowStride panics unless rows of n elements can lie stride apart without
// overlapping; written rows must not.
func rowStride(op, name string, rows, n, stride int) {
	if rows > 1 && stride < n {
		panic(fmt.Sprintf("kernel: %s: rows of %s are %d elements long but %d apart", op, name, n, stride))
	}
}
