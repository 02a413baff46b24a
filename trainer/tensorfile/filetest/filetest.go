// Package filetest makes the files that the tests of readers read, whole or
// spoilt. It knows the formats by itself: nothing that it tests has a hand in it.
package filetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// GGUF's numbers for the types of metadata values that Pair writes.
const (
	Uint8   = 0
	Uint32  = 4
	Float32 = 6
	Bool    = 7
	Text    = 8
	List    = 9
	Int64   = 11
)

// Safetensors is a safetensors file of a header and so many bytes of zeros.
func Safetensors(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

// String is a string as GGUF stores it.
func String(s string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(s))), s...)
}

// Pair encodes a pair of a GGUF file's metadata.
func Pair(key string, value any) []byte {
	kind := func(kinds ...uint32) []byte {
		b := String(key)
		for _, k := range kinds {
			b = binary.LittleEndian.AppendUint32(b, k)
		}
		return b
	}
	switch v := value.(type) {
	case bool:
		if v {
			return append(kind(Bool), 1)
		}
		return append(kind(Bool), 0)
	case int:
		return binary.LittleEndian.AppendUint32(kind(Uint32), uint32(v))
	case float32:
		return binary.LittleEndian.AppendUint32(kind(Float32), math.Float32bits(v))
	case string:
		return append(kind(Text), String(v)...)
	case []byte:
		return append(binary.LittleEndian.AppendUint64(kind(List, Uint8), uint64(len(v))), v...)
	case []int64:
		b := binary.LittleEndian.AppendUint64(kind(List, Int64), uint64(len(v)))
		for _, x := range v {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
		return b
	case []float32:
		b := binary.LittleEndian.AppendUint64(kind(List, Float32), uint64(len(v)))
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		return b
	case []string:
		b := binary.LittleEndian.AppendUint64(kind(List, Text), uint64(len(v)))
		for _, s := range v {
			b = append(b, String(s)...)
		}
		return b
	}
	panic(fmt.Sprintf("no encoding of %T", value))
}

// Tensor is a tensor of zeros in a GGUF file.
type Tensor struct {
	Name  string
	Shape []int // innermost dimension last
}

// GGUF is a GGUF file of float32 tensors and pairs of metadata.
func GGUF(tensors []Tensor, pairs ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("GGUF"), 3)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(tensors)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(pairs)))
	b = append(b, bytes.Join(pairs, nil)...)
	offset := 0
	for _, t := range tensors {
		b = binary.LittleEndian.AppendUint32(append(b, String(t.Name)...), uint32(len(t.Shape)))
		size := 4
		for i := range t.Shape {
			dimension := t.Shape[len(t.Shape)-1-i]
			size *= dimension
			b = binary.LittleEndian.AppendUint64(b, uint64(dimension))
		}
		b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, 0), uint64(offset))
		offset += (size + 31) / 32 * 32
	}
	return append(b, make([]byte, -len(b)&31+offset)...)
}

// ReadJSON reads a file of testdata.
func ReadJSON(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// Refused checks that there is an error and that it names all of the things
// it should.
func Refused(t testing.TB, err error, names ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error %q does not name %q", err, name)
		}
	}
}

// EncodeWithin checks that a tokenizer gives ids below vocab, the same twice.
func EncodeWithin(t testing.TB, encode func(string) ([]int32, error), vocab int) (ids []int32) {
	t.Helper()
	const text = "a few words, 12 of them<e> abab"
	ids, err := encode(text)
	again, errAgain := encode(text)
	if err != nil || errAgain != nil || !slices.Equal(ids, again) {
		t.Errorf("ids are %v, %v and then %v, %v", ids, err, again, errAgain)
	}
	for _, id := range ids {
		if id < 0 || int(id) >= vocab {
			t.Errorf("id %d is outside a vocabulary of %d", id, vocab)
		}
	}
	return ids
}

// Allocated returns the bytes that f allocates.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Replace changes the one passage of a file that reads old.
func Replace(t testing.TB, files fstest.MapFS, name, old, replacement string) {
	t.Helper()
	data := files[name].Data
	if bytes.Count(data, []byte(old)) != 1 {
		t.Fatalf("%q stands %d times in %s", old, bytes.Count(data, []byte(old)), name)
	}
	files[name] = &fstest.MapFile{Data: bytes.Replace(data, []byte(old), []byte(replacement), 1)}
}

// SumOf is the SHA-256, in hex, of little-endian float32s.
func SumOf(x []float32) string {
	h := sha256.New()
	for _, v := range x {
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
