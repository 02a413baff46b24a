package tensorfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"unicode/utf8"
)

// GGUF is the content of a GGUF file but for the tensors' data.
//
// The container is read here rather than by a library: a header is some 200
// lines to read, and no number in it may size an allocation unchecked.
type GGUF struct {
	Metadata map[string]any // bool, int64, float64, string, or Array

	file      *File
	parts     []*GGUF // the other files of a split model
	tensors   []ggufTensor
	data      int64 // where the tensors' data begins
	alignment int64 // of each tensor's data
}

// Array is an array of the metadata, which stays in the file until Fields reads
// it: most are never asked for.
type Array struct {
	file *File
	at   int64 // where its elements begin
	kind uint32
	n    uint64
}

// ggufMagic is "GGUF", which opens a file.
const ggufMagic = 'G' | 'G'<<8 | 'U'<<16 | 'F'<<24

// Limits of a header: llama.cpp writes some 50 pairs of metadata. The tensors
// are bounded by maxTensors.
const (
	maxPairs     = 1 << 16
	maxAlignment = 1 << 20
)

// ggufReader reads the little-endian values of a GGUF header one after the
// other. The first error sticks: every later read returns zero.
type ggufReader struct {
	file *File
	r    *bufio.Reader
	at   int64 // the byte to be read next
	word [8]byte
	err  error
}

func newGGUFReader(f *File, at int64) *ggufReader {
	return &ggufReader{file: f, r: bufio.NewReaderSize(io.NewSectionReader(f.data, at, f.size-at), 1<<16), at: at}
}

// ReadGGUF reads the header, the metadata and the list of tensors.
func ReadGGUF(f *File) (*GGUF, error) {
	r := newGGUFReader(f, 0)
	if magic := r.uint32(); r.err == nil && magic != ggufMagic {
		return nil, errors.New("it is neither a folder nor a GGUF file; name a Hugging Face folder (not a file in it) or a .gguf file")
	}
	if version := r.uint32(); r.err == nil {
		r.err = checkVersion(version)
	}
	tensors, pairs := r.uint64(), r.uint64()
	if r.err == nil && (tensors > maxTensors || pairs > maxPairs) {
		return nil, fmt.Errorf("its header is to hold %d tensors and %d pairs of metadata, but at most %d and %d are allowed", tensors, pairs, maxTensors, maxPairs)
	}
	g := &GGUF{Metadata: map[string]any{}, file: f}
	for i := uint64(0); i < pairs && r.err == nil; i++ {
		key := r.name()
		if _, twice := g.Metadata[key]; twice && r.err == nil {
			r.err = fmt.Errorf("metadata key %q stands twice", key)
		}
		g.Metadata[key] = r.value(r.uint32(), key)
	}
	for i := uint64(0); i < tensors && r.err == nil; i++ {
		g.tensors = append(g.tensors, r.tensor())
	}
	if r.err != nil {
		return nil, r.err
	}
	return g, g.align(r.at)
}

// checkVersion refuses what is not laid out as versions 2 and 3 are, which differ
// only in that 3 has a big-endian sister.
func checkVersion(version uint32) error {
	switch swapped := bits.ReverseBytes32(version); {
	case version == 2 || version == 3:
		return nil
	case version == 1:
		return errors.New("it is a GGUF file of version 1, whose lengths have 32 bits; only versions 2 and 3 are read; convert the model again")
	case swapped <= 3:
		return fmt.Errorf("it is a big-endian GGUF file (version %d), but only little-endian ones are read; run `gguf-convert-endian FILE little` of the Python package gguf on a copy", swapped)
	default:
		return fmt.Errorf("it is a GGUF file of version %d, but only versions 2 and 3 are read; convert the model again", version)
	}
}

// Fields looks up the metadata.
func (g *GGUF) Fields() *Fields { return &Fields{values: g.Metadata} }

// align finds the beginning of the data after a header of so many bytes.
func (g *GGUF) align(header int64) error {
	alignment := int64(32)
	if v, ok := g.Metadata["general.alignment"]; ok {
		alignment, _ = v.(int64)
	}
	if alignment <= 0 || alignment > maxAlignment || alignment&(alignment-1) != 0 {
		return fmt.Errorf("general.alignment is %v, but must be a power of two in 1..%d", g.Metadata["general.alignment"], maxAlignment)
	}
	g.alignment = alignment
	g.data = (header + alignment - 1) / alignment * alignment
	return nil
}

// within reports whether the file has n more bytes.
func (r *ggufReader) within(n uint64) bool {
	if r.err == nil && n > uint64(r.file.size-r.at) {
		r.err = fmt.Errorf("the header asks for %d bytes at byte %d, but the file ends at byte %d; it is truncated or damaged", n, r.at, r.file.size)
	}
	return r.err == nil
}

// fill reads len(b) bytes.
func (r *ggufReader) fill(b []byte) {
	if !r.within(uint64(len(b))) {
		return
	}
	if _, err := io.ReadFull(r.r, b); err != nil {
		r.err = fmt.Errorf("read %d bytes at byte %d: %w", len(b), r.at, reason(err))
	}
	r.at += int64(len(b))
}

// skip passes over n bytes.
func (r *ggufReader) skip(n uint64) {
	if !r.within(n) {
		return
	}
	r.at += int64(n)
	if n <= uint64(r.r.Buffered()) {
		_, r.err = r.r.Discard(int(n))
		return
	}
	r.r.Reset(io.NewSectionReader(r.file.data, r.at, r.file.size-r.at))
}

// unsigned reads a little-endian integer of n bytes.
func (r *ggufReader) unsigned(n int) uint64 {
	r.fill(r.word[:n])
	if r.err != nil {
		return 0
	}
	word := [8]byte{}
	copy(word[:], r.word[:n])
	return binary.LittleEndian.Uint64(word[:])
}

func (r *ggufReader) uint32() uint32 { return uint32(r.unsigned(4)) }
func (r *ggufReader) uint64() uint64 { return r.unsigned(8) }

func (r *ggufReader) string() string {
	n := r.uint64()
	if !r.within(n) {
		return ""
	}
	b := make([]byte, n)
	r.fill(b)
	if r.err == nil && !utf8.Valid(b) {
		r.err = fmt.Errorf("the text that ends at byte %d is not valid UTF-8; the file is damaged", r.at)
	}
	return string(b)
}

// name reads the name of a pair or of a tensor.
func (r *ggufReader) name() string {
	name := r.string()
	if r.err == nil {
		r.err = checkName(name)
	}
	return name
}

func (r *ggufReader) tensor() ggufTensor {
	t := ggufTensor{name: r.name()}
	dimensions := r.uint32()
	if r.err == nil && (dimensions == 0 || dimensions > maxDimensions) {
		r.err = fmt.Errorf("tensor %q has %d dimensions, but 1 to %d are possible; the file is damaged", t.name, dimensions, maxDimensions)
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
	ggufList
	ggufUint64
	ggufInt64
	ggufFloat64
)

// value reads a metadata value of one of GGUF's types.
func (r *ggufReader) value(kind uint32, key string) any {
	if kind == ggufList {
		return r.array(key)
	}
	return r.scalar(kind, key)
}

// array passes over the elements of an array.
func (r *ggufReader) array(key string) Array {
	a := Array{file: r.file, kind: r.uint32(), n: r.uint64()}
	a.at = r.at
	switch width := ggufWidth(a.kind); {
	case r.err != nil:
	case a.kind == ggufList:
		r.err = fmt.Errorf("metadata key %q is an array of arrays, which is not read", key)
	case a.kind == ggufString:
		for i := uint64(0); i < a.n && r.err == nil; i++ {
			r.skip(r.uint64())
		}
	case width == 0:
		r.err = unknownKind(key, a.kind)
	case a.n > math.MaxInt64/width:
		r.within(math.MaxUint64)
	default:
		r.skip(a.n * width)
	}
	return a
}

// ggufWidth is the number of bytes of a value of one of GGUF's types, 0 where
// it has no fixed one or there is no such type.
func ggufWidth(kind uint32) uint64 {
	switch kind {
	case ggufUint8, ggufInt8, ggufBool:
		return 1
	case ggufUint16, ggufInt16:
		return 2
	case ggufUint32, ggufInt32, ggufFloat32:
		return 4
	case ggufUint64, ggufInt64, ggufFloat64:
		return 8
	}
	return 0
}

func unknownKind(key string, kind uint32) error {
	return fmt.Errorf("metadata key %q has the unknown type %d; the file is damaged or newer than this program", key, kind)
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
		r.err = unknownKind(key, kind)
	}
	return nil
}
