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
	linear(name string, out, in int) (*linear, error)
	norm(name string, capacity int) (*norm, error)
	embedding(name string, capacity int) (*embedding, error)
}

// frozen are weights that do not train: packed once a process, shared by all
// runs, never written to again.
type frozen struct {
	config architecture.Config
	down   map[string]*kernel.Panels // W^T (in, out) by tensor name
	up     map[string]*kernel.Panels // W (out, in)
	plain  map[string][]float32      // norms and the embedding
}

// readFrozen packs every tensor of a model.
func readFrozen(k *kernel.Set, c *pretrained.Model) (*frozen, error) {
	f := &frozen{c.Config, map[string]*kernel.Panels{}, map[string]*kernel.Panels{}, map[string][]float32{}}
	for _, name := range c.Names() {
		value, err := c.Tensor(name)
		if err != nil {
			return nil, err
		}
		t, _ := c.Config.Tensor(name)
		isEmbedding := t.Role == architecture.Embedding
		if !t.IsMatrix() || isEmbedding {
			f.plain[name] = value
		}
		if t.IsMatrix() && (!isEmbedding || c.Config.Tied) {
			shape := c.Config.Shape(name)
			out, in := shape[0], shape[1]
			f.down[name] = k.Pack(kernel.Float32, value, in, out, 1, in)
			f.up[name] = k.Pack(kernel.Float32, value, out, in, in, 1)
		}
	}
	return f, nil
}

func (f *frozen) linear(name string, out, in int) (*linear, error) {
	down, ok := f.down[name]
	if !ok || down.K() != in || down.N() != out {
		return nil, fmt.Errorf("model has no matrix %s of [%d, %d]", name, out, in)
	}
	return &linear{in: in, out: out, down: down, up: f.up[name]}, nil
}

func (f *frozen) norm(name string, capacity int) (*norm, error) {
	return &norm{eps: float32(f.config.NormEps), value: f.plain[name], inv: kernel.Alloc(capacity)}, nil
}

func (f *frozen) embedding(name string, capacity int) (*embedding, error) {
	c := f.config
	return &embedding{vocab: c.Vocab, width: c.Width, value: f.plain[name], y: kernel.Alloc(capacity * c.Width)}, nil
}

// trained are a run's own weights, every one a parameter.
type trained struct {
	k          *kernel.Set
	model      *pretrained.Model
	parameters map[string]*parameter
}

// parameter reads a tensor from the model; a second call returns the same.
func (t *trained) parameter(name string, shape ...int) (*parameter, error) {
	if p, ok := t.parameters[name]; ok {
		return p, nil
	}
	value, err := t.model.Tensor(name)
	if err != nil {
		return nil, err
	}
	p := newParameter(name, shape...)
	if len(value) != len(p.value) {
		return nil, fmt.Errorf("tensor %s has %d values, want shape %v", name, len(value), shape)
	}
	copy(p.value, value)
	t.parameters[name] = p
	return p, nil
}

func (t *trained) linear(name string, out, in int) (*linear, error) {
	w, err := t.parameter(name, out, in)
	if err != nil {
		return nil, err
	}
	return &linear{in: in, out: out, weight: w, down: t.k.Pack(kernel.Float32, w.value, in, out, 1, in)}, nil
}

func (t *trained) norm(name string, capacity int) (*norm, error) {
	c := t.model.Config
	w, err := t.parameter(name, c.Width)
	if err != nil {
		return nil, err
	}
	return &norm{eps: float32(c.NormEps), value: w.value, weight: w, inv: kernel.Alloc(capacity)}, nil
}

func (t *trained) embedding(name string, capacity int) (*embedding, error) {
	c := t.model.Config
	w, err := t.parameter(name, c.Vocab, c.Width)
	if err != nil {
		return nil, err
	}
	return &embedding{
		vocab: c.Vocab, width: c.Width, value: w.value, weight: w, tied: c.Tied, pad: c.Pad,
		y: kernel.Alloc(capacity * c.Width),
	}, nil
}
