package llama

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/trainer/tensorfile"
)

const (
	embeddingTensor = "model.embed_tokens.weight"
	headTensor      = "lm_head.weight"
)

// checkRedundant looks at the tensors of a folder that repeat what others or the
// configuration say, and sets aside those that do. As in transformers 5, a head
// of its own unties a model whose configuration ties the two, and a head alone
// is the embedding as well. Frequencies of the rotary embedding that the
// configuration does not give are an error.
func (c *Checkpoint) checkRedundant() error {
	if err := c.checkTied(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.tensors)) {
		if !strings.HasSuffix(name, ".rotary_emb.inv_freq") {
			continue
		}
		if err := c.checkFrequencies(c.tensors[name]); err != nil {
			return fmt.Errorf("%s: tensor %s %w", c.tensors[name].File.Name(), name, err)
		}
		delete(c.tensors, name)
	}
	return nil
}

func (c *Checkpoint) checkTied() error {
	head, ok := c.tensors[headTensor]
	if !c.Config.Tied || !ok {
		return nil
	}
	embedding, ok := c.tensors[embeddingTensor]
	if !ok {
		c.tensors[embeddingTensor] = head
		delete(c.tensors, headTensor)
		return nil
	}
	same, err := equal(embedding, head)
	if err != nil {
		return fmt.Errorf("compare %s of %s with the embedding: %w", headTensor, head.File.Name(), err)
	}
	if same {
		delete(c.tensors, headTensor)
		return nil
	}
	c.Config.Tied = false
	c.Settled = append(c.Settled, "tie_word_embeddings is true, but the weights hold an lm_head that differs from the embedding; it is used, as in transformers 5")
	return nil
}

// equal compares two tensors by the values of their elements.
func equal(a, b tensorfile.Tensor) (bool, error) {
	if !slices.Equal(a.Shape, b.Shape) {
		return false, nil
	}
	const many = 1 << 16
	x, y := make([]float32, many), make([]float32, many)
	for first, n := 0, a.Len(); first < n; first += many {
		k := min(many, n-first)
		if err := errors.Join(a.ReadFrom(first, x[:k]), b.ReadFrom(first, y[:k])); err != nil {
			return false, err
		}
		if !slices.Equal(x[:k], y[:k]) {
			return false, nil
		}
	}
	return true, nil
}

// checkFrequencies holds a stored buffer of inverse frequencies, perhaps rounded
// to BF16, against the configuration. Older versions of transformers stored them
// before they were scaled.
func (c *Checkpoint) checkFrequencies(t tensorfile.Tensor) error {
	x, err := t.Read()
	if err != nil {
		return err
	}
	plain := Rope{Theta: c.Config.Rope.Theta, Type: "default"}
	for _, r := range []Rope{c.Config.Rope, plain} {
		if nearly(x, r.Frequencies(c.Config.HeadDim)) {
			return nil
		}
	}
	return fmt.Errorf("holds other frequencies than rope_theta %v gives; correct the configuration, or remove the tensor", c.Config.Rope.Theta)
}

// nearly tells whether x holds want to the precision of BF16, or of the
// smallest numbers of F16.
func nearly(x []float32, want []float64) bool {
	if len(x) != len(want) {
		return false
	}
	for i, f := range want {
		if math.Abs(float64(x[i])-f) > 0x1p-7*f+0x1p-24 {
			return false
		}
	}
	return true
}
