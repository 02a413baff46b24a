package main

import (
	"math"
	"slices"
	"testing"
)

func TestTheModelHasTheParametersItClaims(t *testing.T) {
	total := 0
	for _, values := range randomWeights(shape(tinyWidth)) {
		total += len(values)
	}
	if total != 885_888 {
		t.Errorf("%d parameters", total)
	}
}

func TestRandomWeightsHaveTheSpreadTheyClaim(t *testing.T) {
	tensors := randomWeights(shape(tinyWidth))
	for name, want := range map[string]float64{
		"model.embed_tokens.weight":              0.05,
		"model.layers.0.self_attn.q_proj.weight": 0.05,
		"model.layers.3.self_attn.o_proj.weight": 0.05 / math.Sqrt(8),
		"model.layers.1.mlp.down_proj.weight":    0.05 / math.Sqrt(8),
	} {
		mean, square := 0.0, 0.0
		for _, x := range tensors[name] {
			mean += float64(x)
			square += float64(x) * float64(x)
		}
		n := float64(len(tensors[name]))
		if std := math.Sqrt(square/n - mean*mean/n/n); math.Abs(std/want-1) > 0.05 || math.Abs(mean/n) > want/20 {
			t.Errorf("%s has mean %v and standard deviation %v, want 0 and %v", name, mean/n, std, want)
		}
	}
	for _, name := range []string{"model.norm.weight", "model.layers.2.input_layernorm.weight", "model.layers.2.post_attention_layernorm.weight"} {
		if values := tensors[name]; len(values) != 128 || slices.Min(values) != 1 || slices.Max(values) != 1 {
			t.Errorf("%s is %v, want 128 ones", name, values)
		}
	}
}

func TestEveryByteHasACharacterOfItsOwn(t *testing.T) {
	seen := map[rune]bool{}
	for _, char := range byteAlphabet() {
		seen[char] = true
	}
	if len(seen) != 256 {
		t.Errorf("256 bytes have %d characters", len(seen))
	}
	// The space and the newline of GPT-2's vocabulary.
	if a := byteAlphabet(); a[' '] != 'Ġ' || a['\n'] != 'Ċ' || a['A'] != 'A' {
		t.Errorf("space, newline and A are %q %q %q", a[' '], a['\n'], a['A'])
	}
}
