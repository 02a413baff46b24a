package pretrained

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// checkRedundant drops tensors that repeat another tensor or the configuration.
// As in transformers 5, a head that differs from the embedding unties a model
// whose configuration ties the two, and a head without an embedding serves as
// both. Stored frequencies of the rotary embedding must be those that the
// configuration gives.
func (m *Model) checkRedundant() error {
	if err := m.checkTied(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.tensors)) {
		if !strings.HasSuffix(name, ".rotary_emb.inv_freq") {
			continue
		}
		if err := m.checkFrequencies(m.tensors[name]); err != nil {
			return fmt.Errorf("%s: tensor %s %w", m.tensors[name].File.Name(), name, err)
		}
		delete(m.tensors, name)
	}
	return nil
}

func (m *Model) checkTied() error {
	headName, embeddingName := m.Config.Of().Head.Name, m.Config.Of().Embedding.Name
	head, ok := m.tensors[headName]
	if !m.Config.Tied || !ok {
		return nil
	}
	embedding, ok := m.tensors[embeddingName]
	if !ok {
		m.tensors[embeddingName] = head
		delete(m.tensors, headName)
		return nil
	}
	same, err := equal(embedding, head)
	if err != nil {
		return fmt.Errorf("compare %s of %s with the embedding: %w", headName, head.File.Name(), err)
	}
	if same {
		delete(m.tensors, headName)
		return nil
	}
	m.Config.Tied = false
	m.Contradictions = append(m.Contradictions, "tie_word_embeddings is true, but the weights hold an lm_head that differs from the embedding; it is used, as in transformers 5")
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

// checkFrequencies compares a stored buffer of inverse frequencies, perhaps
// rounded to BF16, with the configuration. Older versions of transformers stored them
// before they were scaled.
func (m *Model) checkFrequencies(t tensorfile.Tensor) error {
	x, err := t.Read()
	if err != nil {
		return err
	}
	plain := architecture.Rope{Theta: m.Config.Rope.Theta, Type: "default"}
	for _, r := range []architecture.Rope{m.Config.Rope, plain} {
		if nearly(x, r.Frequencies(m.Config.HeadDim, 1)) {
			return nil
		}
	}
	return fmt.Errorf("holds other frequencies than rope_theta %v gives; correct the configuration, or remove the tensor", m.Config.Rope.Theta)
}

// nearly reports whether x equals want to the precision of BF16, or of the
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
