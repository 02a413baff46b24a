package tensorfile

import (
	"cmp"
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

// Has reports whether the model has a tensor of this name.
func (g *GGUF) Has(tensor string) bool {
	_, in := g.find(tensor)
	return in != nil
}

// Rows is the number of rows of a matrix, 0 if there is none of this name.
func (g *GGUF) Rows(matrix string) int {
	if t, in := g.find(matrix); in != nil && len(t.shape) == 2 && t.shape[1] <= math.MaxInt32 {
		return int(t.shape[1])
	}
	return 0
}

// Vector reads a tensor of one dimension and at most limit elements, nil if there
// is none of this name.
func (g *GGUF) Vector(name string, limit int) ([]float64, error) {
	entry, in := g.find(name)
	if in == nil {
		return nil, nil
	}
	t, err := in.locate(entry)
	if err == nil && (len(t.Shape) != 1 || t.Shape[0] > limit) {
		err = fmt.Errorf("has shape %v, but at most %d elements in one dimension are read", t.Shape, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("tensor %s %w", name, err)
	}
	x, err := t.Read()
	if err = cmp.Or(err, CheckFinite(x)); err != nil {
		return nil, fmt.Errorf("read tensor %s: %w", name, err)
	}
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return wide, nil
}

// find looks up a tensor, and the file that it is in; nil: none.
func (g *GGUF) find(name string) (ggufTensor, *GGUF) {
	for _, part := range g.whole() {
		if i := slices.IndexFunc(part.tensors, func(t ggufTensor) bool { return t.name == name }); i >= 0 {
			return part.tensors[i], part
		}
	}
	return ggufTensor{}, nil
}

// Tensors checks every tensor against its file and returns them by the names
// that rename gives them. An error names the file.
func (g *GGUF) Tensors(rename func(string) string) (map[string]Tensor, error) {
	if err := g.checkCount(); err != nil {
		return nil, fmt.Errorf("%s: %w", g.file.name, err)
	}
	tensors := map[string]Tensor{}
	for _, part := range g.whole() {
		if err := part.addTensors(tensors, rename); err != nil {
			return nil, fmt.Errorf("%s: %w", part.file.name, err)
		}
	}
	return tensors, nil
}

// addTensors adds the tensors of one file.
func (g *GGUF) addTensors(tensors map[string]Tensor, rename func(string) string) error {
	ours := map[string]Tensor{}
	for _, t := range g.tensors {
		s, err := g.locate(t)
		if err != nil {
			return fmt.Errorf("tensor %s %w", t.name, err)
		}
		name := rename(t.name)
		if _, twice := tensors[name]; twice {
			return fmt.Errorf("tensor %s stands twice", t.name)
		}
		ours[name], tensors[name] = s, s
	}
	_, err := checkLayout(ours, g.data, g.alignment)
	return err
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
