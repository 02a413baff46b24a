package main

import (
	"encoding/json"
	"math"
	"strings"

	"sweep/trainer/architecture"
	"sweep/trainer/random"
)

const (
	tinyWidth = 128 // of builtin:tiny
	headDim   = 32
	maxWidth  = 4096 // so that a slip of the finger does not take all memory
)

// shape is that of a model of some width. At tinyWidth it is builtin:tiny's: 885,888
// parameters, of which the embedding serves as the head too. A token is a byte; byte
// 0 ends a text.
func shape(width int) architecture.Config {
	heads := width / headDim
	return architecture.Config{
		Architecture: architecture.Llama,
		Vocab:        256, Width: width, Hidden: 3 * width, Layers: 4, Heads: heads, KVHeads: heads, HeadDim: headDim, MaxPositions: 512,
		NormEps: 1e-5, Rope: architecture.Rope{Theta: 10_000, Type: "default"}, Tied: true, BOS: -1, EOS: 0, Pad: -1,
	}
}

// randomWeights draws each tensor from a stream of its own: norms are one,
// matrices uniform with standard deviation 0.05, those that write to the
// residual stream less by sqrt(2 layers) (Radford et al., GPT-2, section 2.3).
func randomWeights(c architecture.Config) map[string][]float32 {
	tensors := map[string][]float32{}
	for _, name := range c.Names() {
		size := 1
		for _, n := range c.Shape(name) {
			size *= n
		}
		std := 0.05
		if strings.HasSuffix(name, "o_proj.weight") || strings.HasSuffix(name, "down_proj.weight") {
			std /= math.Sqrt(float64(2 * c.Layers))
		}
		bound, stream := float32(math.Sqrt(3)*std), random.New(0, "pretrain "+name, 0)
		tensors[name] = make([]float32, size)
		for i := range tensors[name] {
			tensors[name][i] = bound * float32(2*stream.Uniform()-1)
			if strings.HasSuffix(name, "norm.weight") {
				tensors[name][i] = 1
			}
		}
	}
	return tensors
}

// byteTokenizer is a tokenizer.json of byte-level BPE without merges, whose
// ids are the bytes' values.
func byteTokenizer() ([]byte, error) {
	vocabulary := map[string]int{}
	for b, char := range byteAlphabet() {
		vocabulary[string(char)] = b
	}
	byteLevel := map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}
	return json.MarshalIndent(map[string]any{
		"version":        "1.0",
		"added_tokens":   []any{},
		"normalizer":     nil,
		"pre_tokenizer":  byteLevel,
		"post_processor": nil,
		"decoder":        byteLevel,
		"model": map[string]any{
			"type": "BPE", "vocab": vocabulary, "merges": []any{},
			"dropout": nil, "unk_token": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
			"continuing_subword_prefix": nil, "end_of_word_suffix": nil,
		},
	}, "", " ")
}

// byteAlphabet is the character that byte-level BPE (GPT-2) writes for each
// byte: the printable characters of Latin-1 stand for themselves, the others
// for the characters from U+0100 on, in turn.
func byteAlphabet() (alphabet [256]rune) {
	next := rune(0x100)
	for b := range alphabet {
		alphabet[b] = rune(b)
		if b <= ' ' || b >= 0x7f && b <= 0xa0 || b == 0xad {
			alphabet[b] = next
			next++
		}
	}
	return alphabet
}
