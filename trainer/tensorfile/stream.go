package tensorfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/nlpodyssey/safetensors"
)

// Stream is a tensor to be written that is read when its turn comes, so that a file need
// not be in memory.
type Stream struct {
	Kind  DType
	Shape []int
	Read  func() ([]float32, error) // row-major, and finite
}

// Bytes is the number of bytes that the tensor takes.
func (s Stream) Bytes() int64 {
	n := int64(s.Kind.bytes())
	for _, size := range s.Shape {
		n *= int64(size)
	}
	return n
}

// streamed is a Stream as safetensors writes it. The library knows no errors of a tensor:
// the first is kept, and nothing is read after it.
type streamed struct {
	Stream
	name string
	err  *error
}

// DType is what safetensors calls the kind.
func (s streamed) DType() safetensors.DType { return s.Kind.safetensors() }

// Shape is the tensor's shape.
func (s streamed) Shape() []uint64 {
	shape := make([]uint64, len(s.Stream.Shape))
	for i, size := range s.Stream.Shape {
		shape[i] = uint64(size)
	}
	return shape
}

// DataLen is the number of bytes that Data returns.
func (s streamed) DataLen() uint64 { return uint64(s.Bytes()) }

// Data reads the tensor and encodes it.
func (s streamed) Data() []byte {
	if *s.err != nil {
		return nil
	}
	values, err := s.Read()
	if err == nil {
		var out Output
		if out, err = NewOutput(s.Kind, s.Stream.Shape, values); err == nil {
			return out.Data()
		}
	}
	*s.err = fmt.Errorf("tensor %s: %w", s.name, err)
	return nil
}

// WriteStreams is WriteSafetensors of tensors that are read one after the other.
func WriteStreams(tensors map[string]Stream, w io.Writer) error {
	var failed error
	views := map[string]streamed{}
	for name, t := range tensors {
		views[name] = streamed{t, name, &failed}
	}
	return errors.Join(writeViews(views, w), failed)
}
