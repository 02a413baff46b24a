package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Encode writes rows of so many columns, row by row in values, into the blocks of a
// format, which take f.Bytes(rows, columns) bytes of to. It rounds where the format is
// narrower, in blocks to what is near in the mean square.
func (f Format) Encode(to []byte, values []float32, rows, columns int) {
	sizes("Encode", rows, columns)
	need("Encode", "values", values, rows*columns)
	size := f.rowBytes(columns)
	need("Encode", "to", to, rows*size)
	form := formats[f]
	if form.encode == nil {
		panic(fmt.Sprintf("kernel: Encode: %s is read only", f))
	}
	padded := make([]float32, size/form.bytes*form.elements)
	for i := range rows {
		copy(padded, values[i*columns:(i+1)*columns])
		form.encode(to[i*size:(i+1)*size], padded)
	}
}

func encodeFloat32(to []byte, from []float32) {
	for i, x := range from {
		binary.LittleEndian.PutUint32(to[4*i:], math.Float32bits(x))
	}
}

func encodeBFloat16(to []byte, from []float32) {
	for i, x := range from {
		binary.LittleEndian.PutUint16(to[2*i:], bfloat16(x))
	}
}

// bfloat16 is the upper half of x, rounded to nearest, ties to even; zero below 2^-55 and
// a NaN for a NaN.
func bfloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	switch {
	case x != x:
		return uint16(bits>>16) | 0x40
	case math.Float32frombits(bits&0x7fffffff) < 0x1p-55:
		return 0
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
