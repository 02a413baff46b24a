package llama

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Config is the shape of a Llama model. Sizes are in elements.
type Config struct {
	Vocab        int
	Width        int // of the residual stream: hidden_size
	Hidden       int // of the SwiGLU block: intermediate_size
	Layers       int
	Heads        int // query heads
	KVHeads      int // key and value heads; a divisor of Heads
	HeadDim      int // need not be Width/Heads
	MaxPositions int
	NormEps      float64
	Rope         Rope
	Tied         bool // the head is the embedding
	BOS, EOS     int  // token ids, -1 = none
	Pad          int  // token id, -1 = none: a trained embedding gets no gradient at it
}

// Upper limits of a believable model. They keep the product of any two sizes
// within an int64.
const (
	maxSize   = 1 << 24
	maxLayers = 1 << 12
)

// Projections lists the seven linear layers of a decoder block that an adapter
// may target, in the order of the forward pass.
func Projections() []string {
	return []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
}

// Names lists every tensor of the architecture by its Hugging Face name, in the
// order of the forward pass.
func (c Config) Names() []string {
	names := []string{embeddingTensor}
	for l := range c.Layers {
		for _, part := range []string{
			"input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
			"post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
		} {
			names = append(names, fmt.Sprintf("model.layers.%d.%s.weight", l, part))
		}
	}
	names = append(names, "model.norm.weight")
	if !c.Tied {
		names = append(names, headTensor)
	}
	return names
}

// Shape returns the shape of a tensor of the architecture: [out, in] for a
// projection, [vocab, width] for the embedding and the head, [width] for a norm.
// It is nil if the architecture has no tensor of that name.
func (c Config) Shape(name string) []int {
	switch name {
	case embeddingTensor:
		return []int{c.Vocab, c.Width}
	case "model.norm.weight":
		return []int{c.Width}
	case headTensor:
		if c.Tied {
			return nil
		}
		return []int{c.Vocab, c.Width}
	}
	part, ok := c.layerPart(name)
	if !ok {
		return nil
	}
	return c.layerShape(part)
}

// layerPart returns "self_attn.q_proj" for
// "model.layers.0.self_attn.q_proj.weight".
func (c Config) layerPart(name string) (part string, ok bool) {
	name, prefixed := strings.CutPrefix(name, "model.layers.")
	name, suffixed := strings.CutSuffix(name, ".weight")
	number, part, found := strings.Cut(name, ".")
	layer, err := strconv.Atoi(number)
	canonical := err == nil && strconv.Itoa(layer) == number
	return part, prefixed && suffixed && found && canonical && layer >= 0 && layer < c.Layers
}

func (c Config) layerShape(part string) []int {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	switch part {
	case "input_layernorm", "post_attention_layernorm":
		return []int{c.Width}
	case "self_attn.q_proj":
		return []int{q, c.Width}
	case "self_attn.k_proj", "self_attn.v_proj":
		return []int{kv, c.Width}
	case "self_attn.o_proj":
		return []int{c.Width, q}
	case "mlp.gate_proj", "mlp.up_proj":
		return []int{c.Hidden, c.Width}
	case "mlp.down_proj":
		return []int{c.Width, c.Hidden}
	}
	return nil
}

// check says what keeps c from being a Llama model.
func (c Config) check() error {
	for _, size := range []struct {
		name  string
		value int
	}{
		{"vocabulary", c.Vocab},
		{"width (hidden_size)", c.Width},
		{"feed-forward width (intermediate_size)", c.Hidden},
		{"number of attention heads", c.Heads},
		{"number of key and value heads", c.KVHeads},
		{"head_dim", c.HeadDim},
		{"number of positions (max_position_embeddings)", c.MaxPositions},
	} {
		if size.value <= 0 || size.value > maxSize {
			return fmt.Errorf("the %s is %d, but must be in 1..%d", size.name, size.value, maxSize)
		}
	}
	return c.checkRelations()
}

func (c Config) checkRelations() error {
	switch {
	case c.Layers <= 0 || c.Layers > maxLayers:
		return fmt.Errorf("the number of layers is %d, but must be in 1..%d", c.Layers, maxLayers)
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("%d attention heads cannot share %d key and value heads evenly", c.Heads, c.KVHeads)
	case c.HeadDim%2 != 0:
		return fmt.Errorf("head_dim is %d, but the rotary embedding needs an even one", c.HeadDim)
	case c.Heads*c.HeadDim > maxSize:
		return fmt.Errorf("%d heads of %d elements exceed %d", c.Heads, c.HeadDim, maxSize)
	case !(c.NormEps > 0) || math.IsInf(c.NormEps, 0):
		return fmt.Errorf("the RMSNorm epsilon is %v, but must be positive", c.NormEps)
	case c.BOS < -1 || c.BOS >= c.Vocab:
		return fmt.Errorf("the BOS token id %d is outside the vocabulary of %d", c.BOS, c.Vocab)
	case c.EOS < -1 || c.EOS >= c.Vocab:
		return fmt.Errorf("the EOS token id %d is outside the vocabulary of %d", c.EOS, c.Vocab)
	case c.Pad < -1 || c.Pad >= c.Vocab:
		return fmt.Errorf("the padding token id %d is outside the vocabulary of %d", c.Pad, c.Vocab)
	}
	return c.Rope.check()
}
