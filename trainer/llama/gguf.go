package llama

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// gguf is the content of a GGUF file (version 3) but for the tensors' data.
//
// The container is read here rather than by a library: a header is some 200
// lines to read, and no number in it may size an allocation unchecked.
type gguf struct {
	metadata map[string]any // bool, int64, float64, string, or []any of those
	tensors  []ggufTensor
	data     int64 // where the tensors' data begins
}

type ggufTensor struct {
	name   string
	shape  []uint64 // innermost dimension first
	kind   uint32   // ggml's tensor type
	offset uint64   // from the beginning of the data
}

// ggufReader reads the little-endian values of a GGUF header one after the
// other. The first error sticks: every later read returns zero.
type ggufReader struct {
	r    *bufio.Reader
	size int64 // of the file
	at   int64 // bytes read
	err  error
}

// readGGUF reads the header, the metadata and the list of tensors.
func readGGUF(f *file) (*gguf, error) {
	r := &ggufReader{r: bufio.NewReaderSize(io.NewSectionReader(f.data, 0, f.size), 1<<16), size: f.size}
	if magic := r.take(4); r.err == nil && string(magic) != "GGUF" {
		return nil, errors.New("it is neither a folder nor a GGUF file; name a Hugging Face folder (not a file in it) or a .gguf file")
	}
	if version := r.uint32(); r.err == nil && version != 3 {
		return nil, fmt.Errorf("it is a GGUF file of version %d (or big-endian), but only little-endian version 3 is read; convert it again", version)
	}
	tensors, pairs := r.uint64(), r.uint64()
	g := &gguf{metadata: map[string]any{}}
	for i := uint64(0); i < pairs && r.err == nil; i++ {
		key := r.string()
		if _, twice := g.metadata[key]; twice && r.err == nil {
			r.err = fmt.Errorf("metadata key %q stands twice", key)
		}
		g.metadata[key] = r.value(r.uint32(), key)
	}
	for i := uint64(0); i < tensors && r.err == nil; i++ {
		g.tensors = append(g.tensors, r.tensor())
	}
	if r.err != nil {
		return nil, r.err
	}
	return g, g.align(r.at)
}

// align finds the beginning of the data after a header of so many bytes.
func (g *gguf) align(header int64) error {
	alignment := int64(32)
	if v, ok := g.metadata["general.alignment"]; ok {
		alignment, _ = v.(int64)
	}
	if alignment <= 0 || alignment > 1<<20 {
		return fmt.Errorf("general.alignment is %v, but must be a number in 1..%d", g.metadata["general.alignment"], 1<<20)
	}
	g.data = (header + alignment - 1) / alignment * alignment
	return nil
}

// take reads n bytes; n must not exceed the file's length.
func (r *ggufReader) take(n int64) []byte {
	if r.err == nil && n > r.size-r.at {
		r.err = fmt.Errorf("the header asks for %d bytes at byte %d, but the file ends at byte %d; it is truncated or damaged", n, r.at, r.size)
	}
	if r.err != nil {
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r.r, b); err != nil {
		r.err = fmt.Errorf("read %d bytes at byte %d: %w", n, r.at, reason(err))
		return nil
	}
	r.at += n
	return b
}

// unsigned reads a little-endian integer of n bytes.
func (r *ggufReader) unsigned(n int64) uint64 {
	var word [8]byte
	copy(word[:], r.take(n))
	return binary.LittleEndian.Uint64(word[:])
}

func (r *ggufReader) uint32() uint32 { return uint32(r.unsigned(4)) }
func (r *ggufReader) uint64() uint64 { return r.unsigned(8) }

func (r *ggufReader) string() string {
	n := r.uint64()
	if n > math.MaxInt64 {
		n = math.MaxInt64 // take refuses it
	}
	return string(r.take(int64(n)))
}

func (r *ggufReader) tensor() ggufTensor {
	t := ggufTensor{name: r.string()}
	dimensions := r.uint32()
	if r.err == nil && dimensions > 4 {
		r.err = fmt.Errorf("tensor %q has %d dimensions, but at most 4 are possible; the file is damaged", t.name, dimensions)
	}
	for range dimensions {
		if r.err != nil {
			break
		}
		t.shape = append(t.shape, r.uint64())
	}
	t.kind, t.offset = r.uint32(), r.uint64()
	return t
}

// GGUF's numbers for the types of metadata values.
const (
	ggufUint8 = iota
	ggufInt8
	ggufUint16
	ggufInt16
	ggufUint32
	ggufInt32
	ggufFloat32
	ggufBool
	ggufString
	ggufArray
	ggufUint64
	ggufInt64
	ggufFloat64
)

// value reads a metadata value of one of GGUF's types.
func (r *ggufReader) value(kind uint32, key string) any {
	if kind == ggufArray {
		return r.array(key)
	}
	return r.scalar(kind, key)
}

// array reads the elements of an array; it grows with what is read, not by the
// length that the file claims.
func (r *ggufReader) array(key string) []any {
	kind, n := r.uint32(), r.uint64()
	if kind == ggufArray && r.err == nil {
		r.err = fmt.Errorf("metadata key %q is an array of arrays, which a Llama model does not have", key)
	}
	var list []any
	for i := uint64(0); i < n && r.err == nil; i++ {
		list = append(list, r.scalar(kind, key))
	}
	return list
}

func (r *ggufReader) scalar(kind uint32, key string) any {
	switch kind {
	case ggufUint8:
		return int64(r.unsigned(1))
	case ggufInt8:
		return int64(int8(r.unsigned(1)))
	case ggufUint16:
		return int64(r.unsigned(2))
	case ggufInt16:
		return int64(int16(r.unsigned(2)))
	case ggufUint32:
		return int64(r.unsigned(4))
	case ggufInt32:
		return int64(int32(r.unsigned(4)))
	case ggufFloat32:
		return float64(math.Float32frombits(r.uint32()))
	case ggufBool:
		return r.unsigned(1) != 0
	case ggufString:
		return r.string()
	case ggufUint64, ggufInt64:
		return int64(r.uint64())
	case ggufFloat64:
		return math.Float64frombits(r.uint64())
	}
	if r.err == nil {
		r.err = fmt.Errorf("metadata key %q has the unknown type %d; the file is damaged or newer than this program", key, kind)
	}
	return nil
}
