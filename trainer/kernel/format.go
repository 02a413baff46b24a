package kernel

// #include "kernels.h"
import "C"

import "fmt"

// Format is how a matrix of weights stores its elements. Whatever it is, products
// take and give float32, and sum in float32; those by Float32 round nothing else, those
// by the others round what they multiply to bfloat16.
//
// A new format is a name here with its entry in formats, the same name in kernels.h,
// and its mul, row and peak in table.h. Code that multiplies by matrices stays as it
// is.
type Format int

// The formats.
const (
	Float32  Format = C.FLOAT32  // elements as they are
	BFloat16 Format = C.BFLOAT16 // the upper half of each, rounded to nearest, ties to even
)

// form is what a format's name stands for: blocks of so many elements of a row in so many
// bytes.
type form struct {
	name            string
	elements, bytes int
	encode          func(to []byte, from []float32) // a row of whole blocks
}

var formats = [C.FORMATS]form{
	Float32:  {"float32", 1, 4, encodeFloat32},
	BFloat16: {"bfloat16", 1, 2, encodeBFloat16},
}

// String returns the format's name.
func (f Format) String() string { return formats[f].name }

// rowBytes is the memory that a row of so many columns takes. Its last block may be
// partly empty.
func (f Format) rowBytes(columns int) int {
	if f < 0 || int(f) >= len(formats) {
		panic(fmt.Sprintf("kernel: there is no format %d", int(f)))
	}
	form := formats[f]
	return (columns + form.elements - 1) / form.elements * form.bytes
}

// Bytes returns the memory that the elements of a matrix take.
func (f Format) Bytes(rows, columns int) int { return rows * f.rowBytes(columns) }

// Formats lists all formats, Float32 first.
func Formats() []Format {
	list := make([]Format, len(formats))
	for i := range list {
		list[i] = Format(i)
	}
	return list
}
