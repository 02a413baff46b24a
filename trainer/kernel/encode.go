package kernel

/*
#include "kernels.h"

static int encodes(int format) { return kernels_portable.encode[format] != 0; }

#cgo noescape encode
#cgo nocallback encode
static void encode(const kernels *k, int format, idx rows, idx columns, const float *x, uint8_t *to, idx size) {
	for (; rows > 0; rows--, x += columns, to += size) k->encode[format](columns, x, to);
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Encodes reports whether Encode writes the format.
func (f Format) Encodes() bool { return C.encodes(C.int(f)) != 0 }

// Encode writes rows of so many columns, row by row in values, into the blocks of a
// format, which take f.Bytes(rows, columns) bytes of to. It rounds where the format is
// narrower, in blocks to what is near in the mean square. Every level writes the same bits.
func (k *Set) Encode(f Format, to []byte, values []float32, rows, columns int) {
	sizes("Encode", rows, columns)
	need("Encode", "values", values, rows*columns)
	size := f.rowBytes(columns)
	need("Encode", "to", to, rows*size)
	if !f.Encodes() {
		panic(fmt.Sprintf("kernel: Encode: %s is read only", f))
	}
	C.encode(k.table, C.int(f), C.idx(rows), C.idx(columns), (*C.float)(at(values)), (*C.uint8_t)(unsafe.SliceData(to)), C.idx(size))
}
