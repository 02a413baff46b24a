package pretrained

import (
	"cmp"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile/filetest"
)

// convertedGolden is what testdata/make_converted.py recorded of a model.
type convertedGolden struct {
	Config  json.RawMessage   `json:"config"`  // config.json
	Tensors map[string]string `json:"tensors"` // SHA-256 of float32s, 16 digits
}

func TestFilesOfLlamaCppsConverterAreTheModelsThatTheyWereMadeOf(t *testing.T) {
	checkConverted(t, "testdata")
}

// SWEEP_CONVERTED names the folder that make_converted.py wrote.
func TestLargerFilesOfLlamaCppsConverterAreTheModelsThatTheyWereMadeOf(t *testing.T) {
	folder := os.Getenv("SWEEP_CONVERTED")
	if folder == "" {
		t.Skip("set SWEEP_CONVERTED to the folder that testdata/make_converted.py wrote")
	}
	checkConverted(t, folder)
}

func checkConverted(t *testing.T, folder string) {
	t.Helper()
	var goldens map[string]convertedGolden
	filetest.ReadJSON(t, filepath.Join(folder, "converted.json"), &goldens)
	for name, golden := range goldens {
		t.Run(name, func(t *testing.T) {
			c := openTest(t, filepath.Join(folder, "converted", name+".gguf"))
			want, _, err := parseConfig(golden.Config)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := rest(c.Config), rest(want); !reflect.DeepEqual(got, want) {
				t.Errorf("configuration is\n%+v, want\n%+v", got, want)
			}
			if got, want := layersOf(c.Config), layersOf(want); !sameLayers(got, want) {
				t.Errorf("layers are\n%+v, want\n%+v", got, want)
			}
			if len(c.Names()) != len(golden.Tensors) {
				t.Errorf("%d tensors, want %d", len(c.Names()), len(golden.Tensors))
			}
			for tensor, x := range readAll(t, c) {
				if filetest.SumOf(x)[:16] != golden.Tensors[tensor] {
					t.Errorf("%s differs from what it was made of", tensor)
				}
			}
		})
	}
}

// layerFacts is what a decoder block has of its own, to the precision of a GGUF file.
type layerFacts struct {
	Window      int
	Short, Long []float32 // inverse frequencies in short rows and in the longest, nil: it does not turn
	Scale       float32
}

func layersOf(c architecture.Config) (list []layerFacts) {
	for i := range c.Layers {
		layer := c.Layer(i)
		of := layerFacts{Window: layer.Window}
		if r := layer.Rope; r != nil {
			of.Short, of.Long = singles(r.Frequencies(c.HeadDim, 1)), singles(r.Frequencies(c.HeadDim, c.MaxPositions))
			of.Scale = float32(cmp.Or(r.Scale, 1))
		}
		list = append(list, of)
	}
	return list
}

func singles(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// sameLayers reports whether blocks do the same, but for the last bits of frequencies.
func sameLayers(a, b []layerFacts) bool {
	return slices.EqualFunc(a, b, func(x, y layerFacts) bool {
		return x.Window == y.Window && near(x.Short, y.Short) && near(x.Long, y.Long) && near([]float32{x.Scale}, []float32{y.Scale})
	})
}

func near(x, y []float32) bool {
	return slices.EqualFunc(x, y, func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-6*math.Abs(float64(b)) })
}

// rest is c without what layersOf tells and without token ids, which a file without a
// tokenizer does not have.
func rest(c architecture.Config) architecture.Config {
	c.Rope, c.LocalRope, c.Window, c.Windowed, c.Unturned = architecture.Rope{}, nil, 0, nil, nil
	c.BOS, c.EOS, c.Pad = -1, -1, -1
	for _, x := range []*float64{&c.EmbeddingScale, &c.ResidualScale, &c.LogitScale} {
		*x = float64(float32(cmp.Or(*x, 1)))
	}
	c.AttentionScale = float64(float32(cmp.Or(c.AttentionScale, 1/math.Sqrt(float64(c.HeadDim)))))
	for _, x := range []*float64{&c.NormEps, &c.ClipQKV, &c.AttentionCap, &c.LogitCap} {
		*x = float64(float32(*x))
	}
	if c.Architecture == "mistral" {
		c.Architecture = architecture.Llama // so the files call it, and it is the same without a window
	}
	return c
}
