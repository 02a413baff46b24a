package tensorfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"
)

// DType is how the elements of a tensor are written.
type DType string

// The formats that tensors are written in.
const (
	F32  DType = "F32"
	F16  DType = "F16"  // rounded to even
	BF16 DType = "BF16" // rounded to even
)

// ParseDType reads the name of a format that tensors are written in.
func ParseDType(name string) (DType, error) {
	if kind := DType(name); kind == F32 || kind == F16 || kind == BF16 {
		return kind, nil
	}
	return "", fmt.Errorf("dtype is %q, but must be \"F32\", \"F16\" or \"BF16\"", name)
}

// bytes is what an element takes.
func (k DType) bytes() int {
	if k == F32 {
		return 4
	}
	return 2
}

// safetensors is what the library calls the kind.
func (k DType) safetensors() safetensors.DType {
	return map[DType]safetensors.DType{F32: safetensors.F32, F16: safetensors.F16, BF16: safetensors.BF16}[k]
}

// stored is x as the kind holds it.
func (k DType) stored(x float32) float32 {
	switch k {
	case F16:
		return halfToFloat(floatToHalf(x))
	case BF16:
		return math.Float32frombits(uint32(floatToBF16(x)) << 16)
	default:
		return x
	}
}

// Output is a tensor to be written. Data encodes it when it is written.
type Output struct {
	kind   DType
	shape  []uint64
	values []float32
}

// NewOutput checks that values are finite, as stored, and fill the shape.
func NewOutput(kind DType, shape []int, values []float32) (Output, error) {
	v := Output{kind: kind, values: values}
	n := 1
	for _, size := range shape {
		n *= size
		v.shape = append(v.shape, uint64(size))
	}
	if n != len(values) {
		return Output{}, fmt.Errorf("has %d elements, but shape %v needs %d", len(values), shape, n)
	}
	for i, x := range values {
		if x = kind.stored(x); x-x != 0 {
			return Output{}, fmt.Errorf("has %v at element %d, which cannot be stored as %v", values[i], i, kind)
		}
	}
	return v, nil
}

// DType is what safetensors calls the kind.
func (v Output) DType() safetensors.DType { return v.kind.safetensors() }

// Shape is the tensor's shape.
func (v Output) Shape() []uint64 { return v.shape }

// DataLen is the number of bytes that Data returns.
func (v Output) DataLen() uint64 { return uint64(len(v.values) * v.kind.bytes()) }

// Data encodes the tensor's elements.
func (v Output) Data() []byte {
	b := make([]byte, 0, v.DataLen())
	for _, x := range v.values {
		switch v.kind {
		case F16:
			b = binary.LittleEndian.AppendUint16(b, floatToHalf(x))
		case BF16:
			b = binary.LittleEndian.AppendUint16(b, floatToBF16(x))
		default:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	return b
}

// WriteSafetensors writes the tensors with the metadata by which transformers
// and PEFT know a file of PyTorch tensors.
func WriteSafetensors(views map[string]Output, w io.Writer) error { return writeViews(views, w) }

func writeViews[V safetensors.View](views map[string]V, w io.Writer) error {
	return safetensors.SerializeToWriter(views, map[string]string{"format": "pt"}, w)
}
