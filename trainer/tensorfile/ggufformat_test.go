package tensorfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

// blockGolden is what testdata/make_blocks.py recorded of a format.
type blockGolden struct {
	Number   uint32 `json:"number"`
	Elements int    `json:"elements"`
	Bytes    int    `json:"bytes"`
	Blocks   []struct {
		What  string `json:"what"`
		Bytes []byte `json:"bytes"`
		Sum   string `json:"sum"` // first 16 digits of the SHA-256
	} `json:"blocks"`
}

func TestBlocksDecodeToTheBitsOfGGUFPy(t *testing.T) {
	var want map[string]blockGolden
	filetest.ReadJSON(t, filepath.Join("testdata", "blocks.json"), &want)
	if len(want) != len(ggufFormats) {
		t.Errorf("blocks of %d formats, but %d are read", len(want), len(ggufFormats))
	}
	checkBlocks(t, want)
}

// SWEEP_PYTHON names a Python with gguf 0.19.0.
func TestManyRandomBlocksDecodeToTheBitsOfGGUFPy(t *testing.T) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Skip("set SWEEP_PYTHON to a Python with gguf 0.19.0")
	}
	out, err := exec.Command(python, filepath.Join("testdata", "make_blocks.py"), "2000").Output()
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]blockGolden
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	checkBlocks(t, want)
}

func checkBlocks(t *testing.T, want map[string]blockGolden) {
	t.Helper()
	for name, w := range want {
		f, err := ggufFormat(w.Number)
		if err != nil || f.name != name || f.elements != w.Elements || f.bytes != w.Bytes {
			t.Errorf("type %d is %s of %d elements in %d bytes, %v; want %s of %d in %d", w.Number, f.name, f.elements, f.bytes, err, name, w.Elements, w.Bytes)
			continue
		}
		for _, b := range w.Blocks {
			x := make([]float32, f.elements)
			f.decode(x, b.Bytes)
			if filetest.SumOf(x)[:16] != b.Sum {
				t.Errorf("%s: a block of %s, %x, decodes to %v", name, b.What, b.Bytes, x)
			}
		}
	}
}

func TestATensorOfManyBlocksIsReadFromAnyBlockOn(t *testing.T) {
	const blocks = 5000 // more than are read at once
	for kind, f := range ggufFormats {
		data := make([]byte, blocks*f.bytes)
		for i := range data {
			data[i] = byte(i * i / 7)
		}
		tensor := Tensor{File: InMemory("x", data), Shape: []int{blocks, f.elements}, format: f}
		whole, err := tensor.Read()
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range []int{0, 1, 4095, 4096, blocks - 1} {
			x, part := make([]float32, f.elements), make([]float32, f.elements)
			f.decode(x, data[block*f.bytes:])
			if err := tensor.ReadFrom(block*f.elements, part); err != nil {
				t.Fatal(err)
			}
			want := filetest.SumOf(x)
			if filetest.SumOf(part) != want || filetest.SumOf(whole[block*f.elements:][:f.elements]) != want {
				t.Errorf("block %d of type %d differs", block, kind)
			}
		}
	}
}

func TestNumberFormatsThatAreNotReadAreRefusedByName(t *testing.T) {
	for kind, name := range ggufUnread {
		_, err := ggufFormat(kind)
		filetest.Refused(t, err, "stored as "+name+",", "F32, F16, Q4_0, Q4_1", "BF16 and MXFP4")
	}
	_, err := ggufFormat(1000)
	filetest.Refused(t, err, "ggml type 1000")
}

// FuzzGGUFTensors reads every tensor of a file, whatever its format and shape.
func FuzzGGUFTensors(f *testing.F) {
	for _, kind := range slices.Sorted(maps.Keys(ggufFormats)) {
		data := filetest.GGUF([]filetest.Tensor{{Name: "a", Shape: []int{2, 256}}, {Name: "b", Shape: []int{32}}}, filetest.Pair("general.alignment", 32))
		_, rest, _ := bytes.Cut(data, filetest.String("a"))
		binary.LittleEndian.PutUint32(rest[4+2*8:], kind)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ReadGGUF(InMemory("x.gguf", data))
		if err != nil {
			return
		}
		tensors, err := g.Tensors(func(name string) string { return name })
		if err != nil && !strings.Contains(err.Error(), "x.gguf") {
			t.Errorf("error %q does not name the file", err)
		}
		for name, tensor := range tensors {
			if x, err := tensor.Read(); err != nil || len(x) != tensor.Len() {
				t.Errorf("%s of shape %v has %d elements, %v", name, tensor.Shape, len(x), err)
			}
		}
	})
}

// Decoding must not take minutes for a file of gigabytes.
func BenchmarkDecode(b *testing.B) {
	for _, f := range ggufFormats {
		b.Run(f.name, func(b *testing.B) {
			const elements = 1 << 20
			data := make([]byte, elements/f.elements*f.bytes)
			for i := range data {
				data[i] = byte(i * i / 7 & 0x3f)
			}
			tensor := Tensor{File: InMemory("x", data), Shape: []int{elements}, format: f}
			x := make([]float32, elements)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if err := tensor.ReadFrom(0, x); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(elements)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mweights/s")
		})
	}
}
