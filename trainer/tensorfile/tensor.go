package tensorfile

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Tensor is the place and the format of a tensor in a file, which is known to be
// long enough for it.
type Tensor struct {
	File  *File
	Shape []int

	offset int64
	format format
}

// Len returns the tensor's elements.
func (t Tensor) Len() int {
	n := 1
	for _, size := range t.Shape {
		n *= size
	}
	return n
}

// Format is the name of the format that the tensor is stored in, such as "BF16".
func (t Tensor) Format() string { return t.format.name }

// bytes returns the bytes that the tensor takes in its file.
func (t Tensor) bytes() int64 { return int64(t.Len()/t.format.elements) * int64(t.format.bytes) }

// Read decodes the whole tensor.
func (t Tensor) Read() ([]float32, error) {
	x := make([]float32, t.Len())
	return x, t.ReadFrom(0, x)
}

// ReadFrom decodes len(x) elements from element first on, both whole blocks, a
// chunk of the file at a time.
func (t Tensor) ReadFrom(first int, x []float32) error {
	chunk := make([]byte, min(4096, len(x)/t.format.elements)*t.format.bytes)
	offset := t.offsetOf(first)
	for rest := x; len(rest) > 0; {
		blocks := min(4096, len(rest)/t.format.elements)
		part := chunk[:blocks*t.format.bytes]
		if err := t.File.readAt(part, offset); err != nil {
			return err
		}
		for b := range blocks {
			t.format.decode(rest[b*t.format.elements:], part[b*t.format.bytes:])
		}
		rest = rest[blocks*t.format.elements:]
		offset += int64(len(part))
	}
	return nil
}

// ReadBlocks copies the blocks from element first on, the first of a block, into to.
func (t Tensor) ReadBlocks(first int, to []byte) error { return t.File.readAt(to, t.offsetOf(first)) }

// BytesOf is what n elements take, which are whole blocks.
func (t Tensor) BytesOf(n int) int { return n / t.format.elements * t.format.bytes }

// offsetOf is where the block that begins with an element lies in the file.
func (t Tensor) offsetOf(element int) int64 {
	return t.offset + int64(element/t.format.elements)*int64(t.format.bytes)
}

// CheckFinite says where x holds a NaN or an infinity.
func CheckFinite(x []float32) error {
	for i, v := range x {
		if v-v != 0 { // NaN, or infinite
			return fmt.Errorf("element %d is %v; the file is damaged or its training diverged", i, v)
		}
	}
	return nil
}

// fits returns an error if n elements in format f, starting at offset, do not
// lie within a file of size bytes.
func (f format) fits(n, offset, size int64) error {
	if n%int64(f.elements) != 0 {
		return fmt.Errorf("has %d elements, which do not fill blocks of %d as %s has them", n, f.elements, f.name)
	}
	blocks := n / int64(f.elements)
	if offset < 0 || offset > size || blocks > (size-offset)/int64(f.bytes) {
		return fmt.Errorf("needs %d elements of %s at byte %d, but the file ends at byte %d; it is truncated or damaged", n, f.name, offset, size)
	}
	return nil
}

// checkLayout checks that the tensors of a file follow one another from byte
// begin on, each at the next multiple of alignment, without overlaps and gaps. It returns where the last one ends.
func checkLayout(tensors map[string]Tensor, begin, alignment int64) (end int64, err error) {
	order := slices.SortedFunc(maps.Keys(tensors), func(a, b string) int {
		return cmp.Or(cmp.Compare(tensors[a].offset, tensors[b].offset), cmp.Compare(a, b))
	})
	end, before := begin, ""
	for _, name := range order {
		t := tensors[name]
		next := (end + alignment - 1) / alignment * alignment
		switch {
		case t.offset < end:
			return 0, fmt.Errorf("tensor %s begins at byte %d, within tensor %s; the file is damaged", name, t.offset, before)
		case t.offset != next:
			return 0, fmt.Errorf("tensor %s begins at byte %d, but byte %d is expected: tensors must follow one another; the file is damaged", name, t.offset, next)
		}
		end, before = t.offset+t.bytes(), name
	}
	return end, nil
}

// volume multiplies the sizes of a shape read from a file.
func volume(shape []uint64) (sizes []int, n int64, err error) {
	if len(shape) > maxDimensions {
		return nil, 0, fmt.Errorf("has %d dimensions, but at most %d are possible; the file is damaged", len(shape), maxDimensions)
	}
	n = 1
	for _, size := range shape {
		if size == 0 || size > math.MaxInt32 || n > math.MaxInt64/int64(size) {
			return nil, 0, fmt.Errorf("has the impossible shape %v", shape)
		}
		n *= int64(size)
		sizes = append(sizes, int(size))
	}
	if n > math.MaxInt {
		return nil, 0, fmt.Errorf("has shape %v, too large for this machine", shape)
	}
	return sizes, n, nil
}

// maxDimensions is more than any tensor of a decoder has.
const maxDimensions = 4
