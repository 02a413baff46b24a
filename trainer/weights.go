package trainer

import (
	"fmt"

	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
)

// weights are a model's tensors as the layers want them: frozen and shared by
// all runs, or trained and a run's own.
type weights interface {
	linear(p *pass, name string, out, in int) (*linear, error)
	vector(p *pass, name string, n int) (vector, error)
	embedding(p *pass, name string) (*embedding, error)
}

// frozen are weights that do not train: packed once a process, shared by all
// runs, never written to again.
type frozen struct {
	config architecture.Config
	down   map[string]*kernel.Panels // W^T (in, out) by tensor name
	up     map[string]*kernel.Panels // W (out, in)
	plain  map[string][]float32      // norms, biases and the embedding
}

// readFrozen packs every tensor of a model, where m does not only count.
func readFrozen(m *memory, k *kernel.Set, c *pretrained.Model) (*frozen, error) {
	f := &frozen{c.Config, map[string]*kernel.Panels{}, map[string]*kernel.Panels{}, map[string][]float32{}}
	for _, name := range c.Names() {
		var value []float32
		var err error
		if !m.countOnly {
			value, err = c.Tensor(name)
		}
		if err != nil {
			return nil, err
		}
		f.add(m, k, name, value)
	}
	return f, nil
}

// add packs a tensor. The embedding is looked up in and, where it is the head as
// well, multiplied by.
func (f *frozen) add(m *memory, k *kernel.Set, name string, value []float32) {
	t, _ := f.config.Tensor(name)
	shape := f.config.Shape(name)
	isEmbedding := t.Role == architecture.Embedding
	if !t.IsMatrix() || isEmbedding {
		m.count(4 * product(shape))
		f.plain[name] = value
	}
	if t.IsMatrix() && (!isEmbedding || f.config.Tied) {
		out, in := shape[0], shape[1]
		f.down[name] = m.pack(k, kernel.Float32, value, in, out, 1, in)
		f.up[name] = m.pack(k, kernel.Float32, value, out, in, in, 1)
	}
}

func (f *frozen) linear(p *pass, name string, out, in int) (*linear, error) {
	if p.memory.countOnly {
		return &linear{in: in, out: out}, nil
	}
	down, ok := f.down[name]
	if !ok || down.K() != in || down.N() != out {
		return nil, fmt.Errorf("model has no matrix %s of [%d, %d]", name, out, in)
	}
	return &linear{in: in, out: out, down: down, up: f.up[name]}, nil
}

func (f *frozen) vector(p *pass, name string, n int) (vector, error) {
	value, ok := f.plain[name]
	if !p.memory.countOnly && (!ok || len(value) != n) {
		return vector{}, fmt.Errorf("model has no vector %s of %d", name, n)
	}
	return vector{value: value}, nil
}

func (f *frozen) embedding(p *pass, name string) (*embedding, error) {
	c := f.config
	return &embedding{vocab: c.Vocab, width: c.Width, scale: factor(c.EmbeddingScale), value: f.plain[name], y: p.perToken(c.Width)}, nil
}

// trained are a run's own weights, every one a parameter.
type trained struct {
	model      *pretrained.Model
	parameters map[string]*parameter
}

func newTrained(m *pretrained.Model) *trained { return &trained{m, map[string]*parameter{}} }

// parameter reads a tensor from the model; a second call returns the same.
func (t *trained) parameter(m *memory, name string, shape ...int) (*parameter, error) {
	if p, ok := t.parameters[name]; ok {
		return p, nil
	}
	p := newParameter(m, name, shape...)
	t.parameters[name] = p
	if m.countOnly {
		return p, nil
	}
	value, err := t.model.Tensor(name)
	if err != nil {
		return nil, err
	}
	if len(value) != len(p.value) {
		return nil, fmt.Errorf("tensor %s has %d values, want shape %v", name, len(value), shape)
	}
	copy(p.value, value)
	return p, nil
}

func (t *trained) linear(p *pass, name string, out, in int) (*linear, error) {
	w, err := t.parameter(p.memory, name, out, in)
	if err != nil {
		return nil, err
	}
	return &linear{in: in, out: out, weight: w, down: p.memory.pack(p.k, kernel.Float32, w.value, in, out, 1, in)}, nil
}

func (t *trained) vector(p *pass, name string, n int) (vector, error) {
	w, err := t.parameter(p.memory, name, n)
	if err != nil {
		return vector{}, err
	}
	return vector{w.value, w}, nil
}

func (t *trained) embedding(p *pass, name string) (*embedding, error) {
	c := t.model.Config
	w, err := t.parameter(p.memory, name, c.Vocab, c.Width)
	if err != nil {
		return nil, err
	}
	return &embedding{
		vocab: c.Vocab, width: c.Width, value: w.value, weight: w, tied: c.Tied, scale: factor(c.EmbeddingScale), pad: c.Pad,
		y: p.perToken(c.Width),
	}, nil
}
