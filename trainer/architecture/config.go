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
	Rope         Rope
	Tied         bool // the head is the embedding
	BOS, EOS     int  // token ids, -1 = none
	Pad          int  // token id, -1 = none; its row of a trained embedding gets no gradient
}

// Upper limits of a believable model. They keep the product of any two sizes
// within an int64.
const (
	maxSize   = 1 << 24
	maxLayers = 1 << 12
)

// Of returns the architecture, nil if the registry has none of its name.
func (c Config) Of() *Architecture { return Find(c.Architecture) }

// Names lists every tensor of the model by its Hugging Face name, in the order
// of the forward pass.
func (c Config) Names() []string {
	a := c.Of()
	if a == nil {
		return nil
	}
	names := []string{a.Embedding.Name}
	for layer := range c.Layers {
		for _, t := range a.Block {
			names = append(names, t.In(layer))
		}
	}
	names = append(names, a.FinalNorm.Name)
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
	for _, t := range a.Block {
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
			return *t, t.Role != Head || !c.Tied
		}
	}
	layer, part, ok := cutLayer(name)
	i := slices.IndexFunc(a.Block, func(t Tensor) bool { return t.Name == part })
	if !ok || i < 0 || layer >= c.Layers {
		return Tensor{}, false
	}
	return a.Block[i], true
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
