package kernel

// #include "kernels.h"
import "C"

import "fmt"

// Format is how a matrix of weights stores its elements. Whatever it is, products
// take and give float32, and sum in float32; those by Float32 round nothing else, those
// by the others round what they multiply to bfloat16.
//
// A new format is a name here with its entry in formats, the same name in kernels.h,
// and its mul, row and, if it is written, encode in table.h. Code that multiplies by
// matrices stays as it is.
type Format int

// The formats.
const (
	Float32  Format = C.FLOAT32  // elements as they are
	BFloat16 Format = C.BFLOAT16 // the upper half of each, rounded to nearest, ties to even

	// The blocks of ggml that are called so, as GGUF files have them. A block has a scale, or
	// several, and integers of 4, 5, 6 or 8 bits.
	Q8_0 Format = C.Q8_0
	Q4_0 Format = C.Q4_0
	Q4_1 Format = C.Q4_1
	Q5_0 Format = C.Q5_0
	Q5_1 Format = C.Q5_1
	Q4_K Format = C.Q4_K
	Q5_K Format = C.Q5_K
	Q6_K Format = C.Q6_K

	// NF4 is blocks of 64 elements: the largest size among them, in half precision, and 4 bits
	// an element, which choose one of 16 quantiles of the normal distribution. In a byte
	// elements lie as in Q4_0. (Dettmers et al., QLoRA, arXiv 2305.14314, whose scales are
	// quantised once more.)
	NF4 Format = C.NF4
)

// form is what a format's name stands for: blocks of so many elements of a row in so many
// bytes.
type form struct {
	name            string
	elements, bytes int
}

var formats = [C.FORMATS]form{
	Float32:  {"float32", 1, 4},
	BFloat16: {"bfloat16", 1, 2},
	Q8_0:     {"Q8_0", 32, 34},
	Q4_0:     {"Q4_0", 32, 18},
	Q4_1:     {"Q4_1", 32, 20},
	Q5_0:     {"Q5_0", 32, 22},
	Q5_1:     {"Q5_1", 32, 24},
	Q4_K:     {"Q4_K", 256, 144},
	Q5_K:     {"Q5_K", 256, 176},
	Q6_K:     {"Q6_K", 256, 210},
	NF4:      {"NF4", 64, 34},
}

// ByFormatName returns the format of a name, as String gives it.
func ByFormatName(name string) (Format, bool) {
	for f, form := range formats {
		if form.name == name {
			return Format(f), true
		}
	}
	return 0, false
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
