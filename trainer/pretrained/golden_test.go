package pretrained

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile/filetest"
	"sweep/trainer/tokenizer"
)

// goldens is what testdata/make_checkpoints.py recorded from transformers.
type goldens struct {
	Checkpoints map[string]checkpointGolden `json:"checkpoints"`
}

type checkpointGolden struct {
	Vocab        int               `json:"vocab"`
	Width        int               `json:"width"`
	Hidden       int               `json:"hidden"`
	Layers       int               `json:"layers"`
	Heads        int               `json:"heads"`
	KVHeads      int               `json:"kv_heads"`
	HeadDim      int               `json:"head_dim"`
	MaxPositions int               `json:"max_positions"`
	NormEps      float64           `json:"norm_eps"`
	Tied         bool              `json:"tied"`
	BOS          int               `json:"bos"`
	EOS          int               `json:"eos"`
	Frequencies  []float64         `json:"frequencies"`
	Tensors      map[string]string `json:"tensors"` // SHA-256 of float32s
}

// config is the configuration but for its Rope, which Frequencies stands for.
func (g checkpointGolden) config() architecture.Config {
	return architecture.Config{
		Architecture: architecture.Llama,
		Vocab:        g.Vocab, Width: g.Width, Hidden: g.Hidden, Layers: g.Layers, Heads: g.Heads, KVHeads: g.KVHeads,
		HeadDim: g.HeadDim, MaxPositions: g.MaxPositions, NormEps: g.NormEps, Tied: g.Tied, BOS: g.BOS, EOS: g.EOS, Pad: -1,
	}
}

func readGoldens(t testing.TB) goldens {
	t.Helper()
	var g goldens
	filetest.ReadJSON(t, filepath.Join("testdata", "golden.json"), &g)
	return g
}

func openTest(t testing.TB, path string) *Model {
	t.Helper()
	c, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestCheckpointsReadAsTransformersReadsThem(t *testing.T) {
	for name, want := range readGoldens(t).Checkpoints {
		t.Run(name, func(t *testing.T) {
			c := openTest(t, filepath.Join("testdata", "checkpoints", name))
			got := c.Config
			got.Rope = architecture.Rope{}
			if wanted := want.config(); !reflect.DeepEqual(got, wanted) {
				t.Errorf("configuration is %+v, want %+v", got, wanted)
			}
			if len(c.Names()) != len(want.Tensors) {
				t.Errorf("%d tensors, want %d", len(c.Names()), len(want.Tensors))
			}
			for _, tensor := range c.Names() {
				x, err := c.Tensor(tensor)
				if err != nil {
					t.Fatal(err)
				}
				if filetest.SumOf(x) != want.Tensors[tensor] {
					t.Errorf("%s differs from what transformers reads", tensor)
				}
			}
		})
	}
}

func TestRopeFrequenciesAreThoseOfTransformers(t *testing.T) {
	for name, want := range readGoldens(t).Checkpoints {
		c := openTest(t, filepath.Join("testdata", "checkpoints", name))
		got := c.Config.Rope.Frequencies(c.Config.HeadDim, 1)
		if len(got) != len(want.Frequencies) {
			t.Fatalf("%s: %d frequencies, want %d", name, len(got), len(want.Frequencies))
		}
		for i, f := range got {
			if math.Abs(f/want.Frequencies[i]-1) > 1e-12 {
				t.Errorf("%s: frequency %d is %v, want %v", name, i, f, want.Frequencies[i])
			}
		}
	}
}

func TestAGGUFTokenizerAgreesWithTheOneItWasMadeOf(t *testing.T) {
	c := openTest(t, filepath.Join("testdata", "checkpoints", "q4_1.gguf"))
	got, err := c.Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	if got.Size() != c.Config.Vocab {
		t.Errorf("the tokenizer has %d tokens, the model %d", got.Size(), c.Config.Vocab)
	}
	data, err := os.ReadFile(filepath.Join("..", "tokenizer", "testdata", "tokenizers", "digits.json"))
	if err != nil {
		t.Fatal(err)
	}
	original, err := tokenizer.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	filetest.ReadJSON(t, filepath.Join("..", "tokenizer", "testdata", "tokenizers", "texts.json"), &texts)
	for _, text := range texts {
		ids, err := got.Encode(text)
		want, err2 := original.Encode(text)
		if err != nil || err2 != nil || !slices.Equal(ids, want) {
			t.Errorf("Encode(%q) = %v, %v, want %v, %v", text, ids, err, want, err2)
		}
	}
}

func TestWriteCheckpointWritesTheWeightsThatTransformersWrites(t *testing.T) {
	dir := filepath.Join("testdata", "checkpoints", "tied")
	c := openTest(t, dir)
	out := filepath.Join(t.TempDir(), "copy")
	if err := Write(out, c.Config, readAll(t, c), "F32", nil); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%d bytes differ from the %d of transformers", len(got), len(want))
	}
}

func readAll(t testing.TB, c *Model) map[string][]float32 {
	t.Helper()
	tensors := map[string][]float32{}
	for _, name := range c.Names() {
		x, err := c.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		tensors[name] = x
	}
	return tensors
}
