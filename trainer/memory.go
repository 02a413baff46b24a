package trainer

import (
	"unsafe"

	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
)

// memory hands out the memory that a run keeps, and counts it. One that only
// counts hands out nothing: an estimate lays a run out in it, by the code that
// lays out the runs that train, so that the two cannot differ.
type memory struct {
	countOnly bool
	recompute bool // blocks share the memory for their activations, and compute them again
	bytes     int
}

// floats returns n numbers for the kernels.
func (m *memory) floats(n int) []float32 {
	if m.count(4 * n) {
		return nil
	}
	return kernel.Alloc(n)
}

// table returns the rotary embedding of heads of dim elements, as it is in batches whose
// longest row has tokens tokens; see kernel.RopeTable.
func (m *memory) table(positions, dim, tokens int, r *architecture.Rope) []float32 {
	if m.count(4 * positions * r.Dim(dim)) {
		return nil
	}
	return kernel.RopeTable(positions, r.Frequencies(dim, tokens), factor(r.Scale))
}

// room returns n elements of a type that the kernels do not work on.
func room[T any](m *memory, n int) []T {
	var one T
	if m.count(n * int(unsafe.Sizeof(one))) {
		return nil
	}
	return make([]T, n)
}

// count adds bytes and reports whether nothing is to be allocated.
func (m *memory) count(bytes int) bool {
	m.bytes += bytes
	return m.countOnly
}
