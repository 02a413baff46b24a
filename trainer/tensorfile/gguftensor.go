package tensorfile

import (
	"fmt"
	"math"
	"slices"
)

type ggufTensor struct {
	name   string
	shape  []uint64 // innermost dimension first
	kind   uint32   // ggml's tensor type
	offset uint64   // from the beginning of the data
}

// Has reports whether the file holds a tensor of this name.
func (g *GGUF) Has(tensor string) bool {
	return slices.ContainsFunc(g.tensors, func(t ggufTensor) bool { return t.name == tensor })
}

// Rows is the number of rows of a matrix, 0 if there is none of this name.
func (g *GGUF) Rows(matrix string) int {
	for _, t := range g.tensors {
		if t.name == matrix && len(t.shape) == 2 && t.shape[1] <= math.MaxInt32 {
			return int(t.shape[1])
		}
	}
	return 0
}

// Tensors checks every tensor against the file and returns them by the names
// that rename gives them.
func (g *GGUF) Tensors(rename func(string) string) (map[string]Tensor, error) {
	tensors := map[string]Tensor{}
	for _, t := range g.tensors {
		s, err := g.locate(t)
		if err != nil {
			return nil, fmt.Errorf("tensor %s %w", t.name, err)
		}
		name := rename(t.name)
		if _, twice := tensors[name]; twice {
			return nil, fmt.Errorf("tensor %s stands twice", t.name)
		}
		tensors[name] = s
	}
	_, err := checkLayout(tensors, g.data, g.alignment)
	return tensors, err
}

// locate checks a tensor against the file.
func (g *GGUF) locate(t ggufTensor) (Tensor, error) {
	format, err := ggufFormat(t.kind)
	if err != nil {
		return Tensor{}, err
	}
	shape, n, err := volume(t.shape)
	if err != nil {
		return Tensor{}, err
	}
	if t.offset > uint64(g.file.size) {
		return Tensor{}, fmt.Errorf("begins at byte %d of the data, but the file has %d bytes; it is truncated", t.offset, g.file.size)
	}
	if shape[0]%format.elements != 0 {
		return Tensor{}, fmt.Errorf("has rows of %d elements, which do not fill blocks of %d as %s has them", shape[0], format.elements, format.name)
	}
	offset := g.data + int64(t.offset)
	if err := format.fits(n, offset, g.file.size); err != nil {
		return Tensor{}, err
	}
	slices.Reverse(shape)
	return Tensor{File: g.file, offset: offset, Shape: shape, format: format}, nil
}
