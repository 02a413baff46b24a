package architecture

import (
	"fmt"
	"math"
	"slices"
)

// Config is the shape of a model. Sizes are in elements.
type Config struct {
	Architecture string // its name in the registry
	Vocab        int
	Width        int // of the residual stream: hidden_size
	Hidden       int // of the MLP: intermediate_size
	Layers       int
	Heads        int // query heads
	KVHeads      int // key and value heads; a divisor of Heads
	HeadDim      int // need not be Width/Heads
	MaxPositions int
	NormEps      float64
	Tied         bool // the head is the embedding
	BOS, EOS     int  // token ids, -1 = none
	Pad          int  // token id, -1 = none; its row of a trained embedding gets no gradient

	AttentionBias, MLPBias bool       // where the architecture leaves it to the model
	Activation             Activation // of the MLP's gate

	Rope      Rope
	LocalRope *Rope // of the layers with a window, where they turn otherwise
	// Window is how many tokens a layer with a window attends to, a token itself
	// included. Windowed says which layers have it, and Unturned which do without the
	// rotary embedding; nil: none does.
	Window             int
	Windowed, Unturned []bool

	ClipQKV float64 // bound of queries, keys and values, either sign, after their biases; 0: none

	// Factors; 0 stands for none, so for 1.
	EmbeddingScale float64 // of the embedded tokens
	ResidualScale  float64 // of what attention and MLP add to the residual stream
	LogitScale     float64 // of the logits, before LogitCap
	AttentionScale float64 // of query times key; 0: 1/sqrt(head_dim)

	// Soft caps: x becomes cap tanh(x/cap) (arXiv 2408.00118, section 2); 0: none.
	AttentionCap, LogitCap float64
}

// Layer is what one decoder block has of its own.
type Layer struct {
	Window int   // how many tokens it attends to, itself included; 0: all before
	Rope   *Rope // nil: its queries and keys do not turn
}

// Layer returns what the decoder block of this number has of its own.
func (c *Config) Layer(i int) Layer {
	l := Layer{Rope: &c.Rope}
	if len(c.Windowed) > i && c.Windowed[i] {
		l.Window = c.Window
		if c.LocalRope != nil {
			l.Rope = c.LocalRope
		}
	}
	if len(c.Unturned) > i && c.Unturned[i] {
		l.Rope = nil
	}
	return l
}

// Upper limits of a believable model. They keep the product of any two sizes
// within an int64.
const (
	maxSize   = 1 << 24
	maxLayers = 1 << 12
)

// Of returns the architecture, nil if the registry has none of its name.
func (c Config) Of() *Architecture { return Find(c.Architecture) }

// Block lists the tensors of one of the model's decoder blocks, in the order of the
// forward pass.
func (c Config) Block() []Tensor {
	var list []Tensor
	for _, t := range c.Of().Block {
		if t.If == nil || t.If(&c) {
			list = append(list, t)
		}
	}
	return list
}

// Has reports whether the model's blocks have a tensor of that role.
func (c Config) Has(role Role) bool {
	return slices.ContainsFunc(c.Block(), func(t Tensor) bool { return t.Role == role })
}

// Names lists every tensor of the model by its Hugging Face name, in the order
// of the forward pass.
func (c Config) Names() []string {
	a := c.Of()
	if a == nil {
		return nil
	}
	names := []string{a.Embedding.Name}
	for layer := range c.Layers {
		for _, t := range c.Block() {
			if !t.Ones {
				names = append(names, t.In(layer))
			}
		}
	}
	if !a.FinalNorm.Ones {
		names = append(names, a.FinalNorm.Name)
	}
	if !c.Tied {
		names = append(names, a.Head.Name)
	}
	return names
}

// Name returns the name of the tensor that plays a role, in a block where the
// role is one of a block's, "" if the architecture has none. The head of a tied
// model is its embedding.
func (c Config) Name(role Role, layer int) string {
	a := c.Of()
	if a == nil {
		return ""
	}
	if role == Head && c.Tied {
		role = Embedding
	}
	for _, t := range []Tensor{a.Embedding, a.FinalNorm, a.Head} {
		if t.Role == role {
			return t.Name
		}
	}
	for _, t := range c.Block() {
		if t.Role == role {
			return t.In(layer)
		}
	}
	return ""
}

// Shape returns the shape of a tensor: [out, in] for a projection, [vocab,
// width] for the embedding and the head, [width] for a norm. It is nil if the
// model has no tensor of that name.
func (c Config) Shape(name string) []int {
	t, ok := c.Tensor(name)
	if !ok {
		return nil
	}
	return c.ShapeOf(t)
}

// ShapeOf returns the shape of one of the architecture's tensors.
func (c Config) ShapeOf(t Tensor) []int {
	shape := make([]int, len(t.Shape))
	for i, size := range t.Shape {
		shape[i] = c.size(size)
	}
	return shape
}

// Tensor returns the architecture's tensor of that name, if the model has one.
func (c Config) Tensor(name string) (Tensor, bool) {
	a := c.Of()
	if a == nil {
		return Tensor{}, false
	}
	for _, t := range [...]*Tensor{&a.Embedding, &a.FinalNorm, &a.Head} {
		if t.Name == name {
			return *t, !t.Ones && (t.Role != Head || !c.Tied)
		}
	}
	layer, part, ok := cutLayer(name)
	i := slices.IndexFunc(a.Block, func(t Tensor) bool { return t.Name == part })
	if !ok || i < 0 || layer >= c.Layers {
		return Tensor{}, false
	}
	t := a.Block[i]
	return t, !t.Ones && (t.If == nil || t.If(&c))
}

// size is a dimension in elements.
func (c Config) size(s Size) int {
	switch s {
	case Vocab:
		return c.Vocab
	case Width:
		return c.Width
	case Hidden:
		return c.Hidden
	case Queries:
		return c.Heads * c.HeadDim
	case KeyWidth:
		return c.KVHeads * c.HeadDim
	case HeadWidth:
		return c.HeadDim
	case Attending:
		return (c.Heads + 2*c.KVHeads) * c.HeadDim
	case TwiceHidden:
		return 2 * c.Hidden
	}
	return 0
}

// Check says what keeps c from being a model.
func (c Config) Check() error {
	if c.Of() == nil {
		return fmt.Errorf("the architecture is %q, but only %s is read", c.Architecture, Listed(func(a *Architecture) string { return a.Name }))
	}
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
	case c.Heads*c.HeadDim > maxSize:
		return fmt.Errorf("%d heads of %d elements exceed %d", c.Heads, c.HeadDim, maxSize)
	case !(c.NormEps > 0) || math.IsInf(c.NormEps, 0):
		return fmt.Errorf("the norms' epsilon is %v, but must be positive", c.NormEps)
	case c.BOS < -1 || c.BOS >= c.Vocab:
		return fmt.Errorf("the BOS token id %d is outside the vocabulary of %d", c.BOS, c.Vocab)
	case c.EOS < -1 || c.EOS >= c.Vocab:
		return fmt.Errorf("the EOS token id %d is outside the vocabulary of %d", c.EOS, c.Vocab)
	case c.Pad < -1 || c.Pad >= c.Vocab:
		return fmt.Errorf("the padding token id %d is outside the vocabulary of %d", c.Pad, c.Vocab)
	}
	return c.checkLayers()
}

// checkLayers holds what differs from layer to layer, and the factors.
func (c Config) checkLayers() error {
	for _, list := range [][]bool{c.Windowed, c.Unturned} {
		if list != nil && len(list) != c.Layers {
			return fmt.Errorf("%d layers are described, but there are %d", len(list), c.Layers)
		}
	}
	if slices.Contains(c.Windowed, true) && c.Window <= 0 {
		return fmt.Errorf("the sliding window is %d, but must be positive", c.Window)
	}
	for _, factor := range []struct {
		name  string
		value float64
	}{
		{"factor of the embedding", c.EmbeddingScale},
		{"factor of the residual stream", c.ResidualScale},
		{"factor of the logits", c.LogitScale},
		{"factor of the attention", c.AttentionScale},
		{"bound of queries, keys and values (clip_qkv)", c.ClipQKV},
		{"soft cap of the attention", c.AttentionCap},
		{"soft cap of the logits", c.LogitCap},
	} {
		if !(factor.value >= 0) || math.IsInf(factor.value, 0) {
			return fmt.Errorf("the %s is %v, but must be positive", factor.name, factor.value)
		}
	}
	if c.LocalRope != nil {
		if err := c.LocalRope.check(c.HeadDim); err != nil {
			return fmt.Errorf("sliding layers: %w", err)
		}
	}
	return c.Rope.check(c.HeadDim)
}
