package kernel

/*
#cgo CFLAGS: -std=c11 -O3
#cgo LDFLAGS: -lm
#include "kernels.h"

#cgo noescape peak
#cgo nocallback peak
static idx peak(const kernels *k, int format, idx rounds) { return k->peak[format != FLOAT32](rounds); }

#ifdef __clang__
static const char *compiler(void) { return __VERSION__; }
#else
static const char *compiler(void) { return "GCC " __VERSION__; }
#endif
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// Set is the kernels of one instruction-set level. It is immutable and safe
// for concurrent use.
type Set struct {
	table *C.kernels
	queue *queue // nil: calls are run as they are made
}

// All returns every level this CPU runs, the portable one first and the widest
// last.
func All() []*Set {
	return append([]*Set{{table: &C.kernels_portable}}, wider()...)
}

// Best returns the widest level this CPU runs.
func Best() *Set {
	sets := All()
	return sets[len(sets)-1]
}

// ByName returns the level called "portable", "avx2", "avx512", "avx512_bf16" or "neon", or
// an error if this CPU does not run it.
func ByName(name string) (*Set, error) {
	var known []string
	for _, k := range All() {
		if k.Name() == name {
			return k, nil
		}
		known = append(known, k.Name())
	}
	return nil, fmt.Errorf("choosing kernels: this CPU has no level %q; it runs %s", name, strings.Join(known, ", "))
}

// Name returns the level's name, as ByName takes it.
func (k *Set) Name() string { return C.GoString(k.table.name) }

// Compiler names the C compiler that made the kernels, such as "GCC 14.2.0".
func Compiler() string { return C.GoString(C.compiler()) }

// Peak runs a loop of what products by matrices of a format are made of, which never
// leaves the registers, and returns how many floating-point operations it did. Timed,
// it gives the speed no kernel of this level can exceed.
func (k *Set) Peak(f Format, rounds int) int {
	return int(C.peak(k.table, C.int(f), C.idx(rounds)))
}

// Alloc returns n zeros that start at a multiple of 64 bytes, the size of a
// cache line and of the widest vector.
func Alloc(n int) []float32 {
	const line = 64 / 4
	x := make([]float32, n+line-1)
	offset := -int(uintptr(unsafe.Pointer(unsafe.SliceData(x)))/4) & (line - 1)
	return x[offset : offset+n : offset+n]
}

// flag is b as C takes it.
func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
