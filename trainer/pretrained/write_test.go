package pretrained

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile/filetest"
)

// fileSystem is a folder of a configuration and weights.
func fileSystem(configuration, weights []byte) fstest.MapFS {
	return fstest.MapFS{configFile: {Data: configuration}, weightsFile: {Data: weights}}
}

// small is a configuration that uses every setting.
func small() architecture.Config {
	return architecture.Config{
		Architecture: architecture.Llama,
		Vocab:        5, Width: 6, Hidden: 7, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 10, MaxPositions: 64, NormEps: 1e-6,
		Rope: architecture.Rope{Theta: 5e5, Type: "llama3", Factor: 8, LowFreq: 1, HighFreq: 4, OriginalPositions: 32},
		BOS:  -1, EOS: 4, Pad: 3,
	}
}

// ramp fills every tensor with values that bfloat16 holds.
func ramp(c architecture.Config) map[string][]float32 {
	tensors := map[string][]float32{}
	for i, name := range c.Names() {
		x := make([]float32, product(c.Shape(name)))
		for j := range x {
			x[j] = float32((i+j)%64) / 64
		}
		tensors[name] = x
	}
	return tensors
}

func product(shape []int) int {
	n := 1
	for _, size := range shape {
		n *= size
	}
	return n
}

func TestACheckpointComesBackAsItWasWritten(t *testing.T) {
	tokenizer, err := os.ReadFile(filepath.Join("..", "tokenizer", "testdata", "tokenizers", "digits.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dtype := range []string{"F32", "BF16"} {
		for _, tied := range []bool{false, true} {
			c := small()
			c.Vocab, c.Tied = 600, tied
			want := ramp(c)
			dir := filepath.Join(t.TempDir(), "new", "model")
			if err := Write(dir, c, want, dtype, tokenizer); err != nil {
				t.Fatal(err)
			}
			got := openTest(t, dir)
			if !reflect.DeepEqual(got.Config, c) {
				t.Errorf("configuration is %+v, want %+v", got.Config, c)
			}
			if _, err := got.Tokenizer(); err != nil {
				t.Error(err)
			}
			for name, x := range readAll(t, got) {
				if !slices.Equal(x, want[name]) {
					t.Errorf("%s %s differs", dtype, name)
				}
			}
		}
	}
}

func TestWriteCheckpointWritesTheSameBytesTwice(t *testing.T) {
	c := small()
	var hashes []string
	for range 2 {
		dir := t.TempDir()
		if err := Write(dir, c, ramp(c), "BF16", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		hash, err := openTest(t, dir).Hash()
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, hash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("hashes %q differ", hashes)
	}
}

func TestWriteCheckpointRefusesWhatCannotBeReadBack(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*architecture.Config, map[string][]float32) (dtype string)
		want  string
	}{
		"dtype": {func(*architecture.Config, map[string][]float32) string { return "F64" }, `"F64"`},
		"missing tensor": {func(_ *architecture.Config, x map[string][]float32) string {
			delete(x, "model.norm.weight")
			return "F32"
		}, "model.norm.weight has 0"},
		"surplus tensor": {func(_ *architecture.Config, x map[string][]float32) string { x["model.bias"] = nil; return "F32" }, "model.bias"},
		"short tensor": {func(_ *architecture.Config, x map[string][]float32) string {
			x["lm_head.weight"] = x["lm_head.weight"][1:]
			return "F32"
		}, "lm_head.weight has 29"},
		"NaN": {func(_ *architecture.Config, x map[string][]float32) string {
			x["lm_head.weight"][3] = float32(math.NaN())
			return "F32"
		}, "lm_head.weight has NaN at element 3"},
		"beyond bfloat16": {func(_ *architecture.Config, x map[string][]float32) string {
			x["lm_head.weight"][3] = math.MaxFloat32
			return "BF16"
		}, "BF16"},
		"configuration": {func(c *architecture.Config, _ map[string][]float32) string { c.KVHeads = 3; return "F32" }, "heads"},
	} {
		t.Run(name, func(t *testing.T) {
			configuration := small()
			tensors := ramp(configuration)
			dtype := c.spoil(&configuration, tensors)
			dir := filepath.Join(t.TempDir(), "model")
			filetest.Refused(t, Write(dir, configuration, tensors, dtype, nil), "write model", dir, c.want)
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s was made: %v", dir, err)
			}
		})
	}
}

func TestAFailedWriteLeavesTheFolderAsItWas(t *testing.T) {
	dir := t.TempDir()
	c := small()
	if err := os.MkdirAll(filepath.Join(dir, configFile, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, c, ramp(c), "F32", nil); err == nil {
		t.Fatal("no error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}
