package architecture

import (
	"slices"
	"testing"
)

// sized is a model of an architecture whose sizes all differ.
func sized(a *Architecture) Config {
	return Config{Architecture: a.Name, Vocab: 5, Width: 6, Hidden: 7, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 10, AttentionBias: true, MLPBias: true}
}

func TestEveryTensorHasAShapeAndOneRole(t *testing.T) {
	for _, a := range All() {
		c := sized(a)
		roles := map[Role]bool{}
		for _, tensor := range slices.Concat([]Tensor{a.Embedding, a.FinalNorm, a.Head}, c.Block()) {
			if roles[tensor.Role] {
				t.Errorf("%s: %s has the role of another tensor", a.Name, tensor.Name)
			}
			roles[tensor.Role] = true
			if name := c.Name(tensor.Role, 1); slices.Contains(c.Names(), name) == tensor.Ones {
				t.Errorf("%s: whether a model's files have tensor %q is not %v", a.Name, name, !tensor.Ones)
			}
		}
		for _, name := range c.Names() {
			if shape := c.Shape(name); len(shape) == 0 || slices.Contains(shape, 0) {
				t.Errorf("%s: %s has shape %v", a.Name, name, shape)
			}
		}
	}
}

func TestNamesInGGUFStandForThoseOfHuggingFace(t *testing.T) {
	for _, a := range All() {
		c := sized(a)
		names := c.Names()
		for _, tensor := range c.Block() {
			if tensor.Ones {
				continue
			}
			if name := a.HuggingFaceName("blk.1." + tensor.GGUF); !slices.Contains(names, name) {
				t.Errorf("%s: %s becomes %q", a.Name, tensor.GGUF, name)
			}
		}
		for _, name := range []string{"blk.1.attn_sinks.weight", "blk.1.unknown.weight", "attn_q.weight", "rope_freqs.weight"} {
			if got := a.HuggingFaceName(name); got != name {
				t.Errorf("%s: %s becomes %q", a.Name, name, got)
			}
		}
	}
}

func TestAModelOfAnUnknownArchitectureIsRefused(t *testing.T) {
	c := sized(&Architecture{Name: "perceptron"})
	if err := c.Check(); err == nil || c.Names() != nil || c.Shape("lm_head.weight") != nil {
		t.Errorf("error is %v, names are %q", err, c.Names())
	}
}
