package pretrained

import (
	"encoding/binary"
	"math"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
	"sweep/trainer/tensorfile/filetest"
)

// tinyWithFactors is tiny, one pair of whose elements turns, with tensors of one
// factor each.
func tinyWithFactors(t *testing.T, names []string, factor float32, pairs ...[]byte) *tensorfile.GGUF {
	t.Helper()
	tensors := tinyTensors()
	for _, name := range names {
		tensors = append(tensors, filetest.Tensor{Name: name, Shape: []int{1}})
	}
	data := filetest.GGUF(tensors, append(tinyMetadata(), pairs...)...)
	for i := range names {
		binary.LittleEndian.PutUint32(data[len(data)-32*(i+1):], math.Float32bits(factor)) // each is padded to 32 bytes
	}
	g, err := tensorfile.ReadGGUF(tensorfile.InMemory("x.gguf", data))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestFactorsOfPairsInGGUFStretchTheRotaryEmbedding(t *testing.T) {
	linear := [][]byte{filetest.Pair("llama.rope.scaling.type", "linear"), filetest.Pair("llama.rope.scaling.factor", float32(4))}
	long := [][]byte{filetest.Pair("llama.rope.scaling.attn_factor", float32(1.5)), filetest.Pair("llama.rope.scaling.original_context_length", 4)}
	both := []string{shortFactors, longFactors}
	for name, c := range map[string]struct {
		tensors     []string
		pairs       [][]byte
		short, long float64 // inverse frequencies
		scale       float64
	}{
		"of all rows":              {[]string{allFactors}, nil, 0.5, 0.5, 0},
		"and a linear factor":      {[]string{allFactors}, linear, 0.125, 0.125, 0},
		"of short and long rows":   {both, long, 0.5, 0.5, 1.5},
		"of rows and a type":       {both, append(long, filetest.Pair("llama.rope.scaling.type", "longrope")), 0.5, 0.5, 1.5},
		"of all rows come first":   {append(both, allFactors), nil, 0.5, 0.5, 0},
		"none and a linear factor": {nil, linear, 0.25, 0.25, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := configOf(tinyWithFactors(t, c.tensors, 2, c.pairs...))
			if err != nil {
				t.Fatal(err)
			}
			if short, long := got.Rope.Frequencies(2, 1)[0], got.Rope.Frequencies(2, 8)[0]; short != c.short || long != c.long || got.Rope.Scale != c.scale {
				t.Errorf("frequencies are %v and %v, scaled by %v; want %v", short, long, got.Rope.Scale, c)
			}
		})
	}
}

func TestFactorsOfPairsInGGUFThatCannotBeReadAreRefused(t *testing.T) {
	yarn := [][]byte{filetest.Pair("llama.rope.scaling.type", "yarn"), filetest.Pair("llama.rope.scaling.factor", float32(4))}
	for name, c := range map[string]struct {
		tensors []string
		factor  float32
		pairs   [][]byte
		want    string
	}{
		"with yarn":          {[]string{allFactors}, 2, yarn, "yarn"},
		"zero":               {[]string{allFactors}, 0, nil, "needs positive ones"},
		"infinite":           {[]string{allFactors}, float32(math.Inf(1)), nil, "rope_freqs.weight: element 0"},
		"short ones alone":   {[]string{shortFactors}, 2, nil, longFactors},
		"none":               {nil, 2, [][]byte{filetest.Pair("llama.rope.scaling.type", "longrope")}, shortFactors},
		"original positions": {[]string{shortFactors, longFactors}, 2, [][]byte{filetest.Pair("llama.rope.scaling.original_context_length", 0)}, "original_max_position_embeddings 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := configOf(tinyWithFactors(t, c.tensors, c.factor, c.pairs...))
			filetest.Refused(t, err, c.want)
		})
	}
	tensors := append(tinyTensors(), filetest.Tensor{Name: allFactors, Shape: []int{2}})
	g, err := tensorfile.ReadGGUF(tensorfile.InMemory("x.gguf", filetest.GGUF(tensors, tinyMetadata()...)))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = configOf(g)
	filetest.Refused(t, err, "2 values", "1 pairs turn")
}

func TestYaRNInGGUFIsReadAsTransformersWritesIt(t *testing.T) {
	yarn := map[string]any{
		"llama.rope.scaling.type": "yarn", "llama.rope.scaling.factor": 4.0, "llama.rope.scaling.original_context_length": int64(32),
	}
	plain := architecture.Rope{
		Theta: 20000, Type: "yarn", Factor: 4, OriginalPositions: 32, BetaFast: 32, BetaSlow: 1, Scale: architecture.YaRNScale(4, 0, 0),
	}
	for name, c := range map[string]struct {
		key    string
		value  any
		change func(*architecture.Rope)
	}{
		"plain":              {"x", 0.0, func(*architecture.Rope) {}},
		"beta_fast":          {"yarn_beta_fast", 16.0, func(r *architecture.Rope) { r.BetaFast = 16 }},
		"beta_slow":          {"yarn_beta_slow", 2.0, func(r *architecture.Rope) { r.BetaSlow = 2 }},
		"attention_factor":   {"yarn_attn_factor", 1.25, func(r *architecture.Rope) { r.Scale = 1.25 }},
		"mscale_all_dim":     {"yarn_log_multiplier", 1.0, func(r *architecture.Rope) { r.Scale = 1 }},
		"attn_factor":        {"attn_factor", 2.0, func(r *architecture.Rope) { r.Scale *= 2 }},
		"factor one":         {"factor", 1.0, func(r *architecture.Rope) { *r = architecture.Rope{Theta: 20000, Type: "default"} }},
		"original positions": {"original_context_length", int64(64), func(r *architecture.Rope) { r.OriginalPositions = 64 }},
	} {
		t.Run(name, func(t *testing.T) {
			g := ggufWith(t, yarn)
			if c.key != "x" {
				g.Metadata["llama.rope.scaling."+c.key] = c.value
			}
			got, _, err := configOf(g)
			if err != nil {
				t.Fatal(err)
			}
			want := plain
			c.change(&want)
			if !got.Rope.Equal(want) {
				t.Errorf("%+v, want %+v", got.Rope, want)
			}
		})
	}
}
