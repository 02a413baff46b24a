package pretrained

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile/filetest"
)

// TestConfigurationsMeanWhatTransformersMakesOfThem holds what a config.json
// says twice, or leaves to a default, to testdata/make_configs.py.
func TestConfigurationsMeanWhatTransformersMakesOfThem(t *testing.T) {
	var cases map[string]struct {
		Config      json.RawMessage
		Frequencies []float64
		Pad         *int
	}
	filetest.ReadJSON(t, filepath.Join("testdata", "configs.json"), &cases)
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			c, contradictions, err := parseConfig(want.Config)
			if err != nil {
				t.Fatal(err)
			}
			if pad := or(want.Pad, -1); c.Pad != pad {
				t.Errorf("the padding token is %d, want %d", c.Pad, pad)
			}
			for i, f := range c.Rope.Frequencies(c.HeadDim, 1) {
				if math.Abs(f/want.Frequencies[i]-1) > 1e-12 {
					t.Errorf("frequency %d is %v, want %v", i, f, want.Frequencies[i])
				}
			}
			if contradicts := strings.HasPrefix(name, "scaling beside"); contradicts != (len(contradictions) > 0) {
				t.Errorf("contradictions: %q", contradictions)
			}
		})
	}
}

// The names of tensors that a model may have in two places.
const (
	embeddingName = "model.embed_tokens.weight"
	headName      = "lm_head.weight"
)

// withTensors adds float32 tensors of one dimension or of the embedding's shape
// to a folder's weights, or takes them away where they are nil.
func withTensors(t *testing.T, files fstest.MapFS, change map[string][]float32) {
	t.Helper()
	c, err := OpenFS(files, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	tensors := readAll(t, c)
	maps.Copy(tensors, change)
	header, data := map[string]any{}, []byte{}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		x := tensors[name]
		if x == nil {
			continue
		}
		shape := c.Config.Shape(name)
		if shape == nil {
			shape = []int{len(x)}
		}
		if name == headName {
			shape = c.Config.Shape(embeddingName)
		}
		begin := len(data)
		for _, v := range x {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		header[name] = map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{begin, len(data)}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	files[weightsFile] = &fstest.MapFile{Data: slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, data)}
}

func TestAHeadOfItsOwnUntiesTheModel(t *testing.T) {
	original, err := OpenFS(folder(t, "tied"), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	embedding := readAll(t, original)[embeddingName]
	other := slices.Clone(embedding)
	other[len(other)-1]++
	for name, c := range map[string]struct {
		change         map[string][]float32
		tied           bool
		contradictions int
	}{
		"no head":       {nil, true, 0},
		"the same head": {map[string][]float32{headName: embedding}, true, 0},
		"another head":  {map[string][]float32{headName: other}, false, 1},
		"a head alone":  {map[string][]float32{headName: embedding, embeddingName: nil}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, "tied")
			withTensors(t, files, c.change)
			opened, err := OpenFS(files, "tiny")
			if err != nil {
				t.Fatal(err)
			}
			if opened.Config.Tied != c.tied || len(opened.Contradictions) != c.contradictions {
				t.Errorf("tied is %v, contradictions %q", opened.Config.Tied, opened.Contradictions)
			}
			tensors := readAll(t, opened)
			if !slices.Equal(tensors[embeddingName], embedding) || !c.tied && !slices.Equal(tensors[headName], other) {
				t.Error("the embedding or the head differs from the file's")
			}
		})
	}
}

func TestAnUntiedModelIsWrittenUntied(t *testing.T) {
	c, err := Open(filepath.Join("..", "testdata", "peft", "contradictory"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	out := t.TempDir()
	if err := Write(out, c.Config, readAll(t, c), "F32", nil); err != nil {
		t.Fatal(err)
	}
	again := openTest(t, out)
	if !reflect.DeepEqual(again.Config, c.Config) || len(again.Contradictions) > 0 {
		t.Errorf("reads as %+v, contradictions %q, want %+v", again.Config, again.Contradictions, c.Config)
	}
}

func TestStoredFrequenciesMustBeTheConfigurations(t *testing.T) {
	const buffer = "model.layers.0.self_attn.rotary_emb.inv_freq"
	for name, c := range map[string]struct {
		values []float32
		want   string
	}{
		"the same":     {[]float32{1, 0.1, 0.01, 0.001}, ""},
		"rounded":      {[]float32{1, 0.100098, 0.010009766, 0.0009994507}, ""},
		"another base": {[]float32{1, 0.2, 0.04, 0.008}, "rope_theta 10000"},
		"too few":      {[]float32{1, 0.1}, "rope_theta 10000"},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, "tied")
			withTensors(t, files, map[string][]float32{buffer: c.values})
			_, err := OpenFS(files, "tiny")
			if c.want != "" {
				filetest.Refused(t, err, buffer, c.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestGGUFScalingIsReadAsLlamaCppReadsIt(t *testing.T) {
	for name, c := range map[string]struct {
		metadata       map[string]any
		factor         float64 // 0: not scaled
		contradictions int
	}{
		"no scaling":          {map[string]any{}, 0, 0},
		"a factor alone":      {map[string]any{"llama.rope.scaling.factor": 4.0}, 4, 1},
		"the old key":         {map[string]any{"llama.rope.scale_linear": 4.0}, 4, 1},
		"both keys":           {map[string]any{"llama.rope.scaling.factor": 2.0, "llama.rope.scale_linear": 4.0}, 2, 1},
		"a type and a factor": {map[string]any{"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0}, 4, 0},
		"a type alone":        {map[string]any{"llama.rope.scaling.type": "linear"}, 0, 0},
		"the factor one":      {map[string]any{"llama.rope.scaling.factor": 1.0}, 0, 0},
		"none and a factor":   {map[string]any{"llama.rope.scaling.type": "none", "llama.rope.scaling.factor": 4.0}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := ggufWith(t, c.metadata)
			got, contradictions, err := configOf(g)
			if err != nil {
				t.Fatal(err)
			}
			want := architecture.Rope{Theta: 20000, Type: "default"}
			if c.factor > 0 {
				want = architecture.Rope{Theta: 20000, Type: "linear", Factor: c.factor}
			}
			if !got.Rope.Equal(want) || len(contradictions) != c.contradictions {
				t.Errorf("%+v, contradictions %q, want %+v", got.Rope, contradictions, want)
			}
		})
	}
}

func TestGGUFKeysThatAreNotReadAreRefusedByName(t *testing.T) {
	for key, c := range map[string]struct{ other, neutral any }{
		"llama.attention.scale":          {0.5, nil},
		"llama.attention.sliding_window": {int64(32), int64(0)},
		"llama.logit_scale":              {0.5, 1.0},
		"llama.rope.scaling.alpha":       {2.0, nil},
		"llama.attention.clamp_kqv":      {2.0, 0.0},
		"llama.rope.dimension_count":     {int64(4), int64(8)},
		"llama.attention.causal":         {false, true},
		"llama.vocab_size":               {int64(3), nil},
		"llama.expert_feed_forward":      {int64(3), nil},
		"llama.attention.value_length":   {int64(4), int64(8)},
	} {
		t.Run(key, func(t *testing.T) {
			_, _, err := configOf(ggufWith(t, map[string]any{key: c.other}))
			filetest.Refused(t, err, key)
			if c.neutral == nil {
				return
			}
			if _, _, err := configOf(ggufWith(t, map[string]any{key: c.neutral})); err != nil {
				t.Error(err)
			}
		})
	}
}
