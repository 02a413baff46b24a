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

// frozen are weights that do not train: read once a process, shared by all
// runs, never written to again.
type frozen struct {
	config   architecture.Config
	matrices map[string]*kernel.Matrix // W (out, in) by tensor name
	vectors  map[string][]float32      // norms and biases
}

// readFrozen reads every tensor of a model, where m does not only count.
func readFrozen(m *memory, c *pretrained.Model) (*frozen, error) {
	f := newFrozen(c.Config)
	for _, name := range c.Names() {
		var value []float32
		var err error
		if !m.countOnly {
			value, err = c.Tensor(name)
		}
		if err != nil {
			return nil, err
		}
		f.add(m, name, value)
	}
	return f, nil
}

func newFrozen(c architecture.Config) *frozen {
	return &frozen{c, map[string]*kernel.Matrix{}, map[string][]float32{}}
}

// add takes in a tensor.
func (f *frozen) add(m *memory, name string, value []float32) {
	t, _ := f.config.Tensor(name)
	shape := f.config.Shape(name)
	switch {
	case m.count(4 * product(shape)):
	case t.IsMatrix():
		f.matrices[name] = kernel.Float32Matrix(value, shape[0], shape[1])
	default:
		f.vectors[name] = value
	}
}

// matrix looks up a matrix of so many rows and columns.
func (f *frozen) matrix(name string, rows, columns int) (*kernel.Matrix, error) {
	w, ok := f.matrices[name]
	if !ok || w.Rows() != rows || w.Columns() != columns {
		return nil, fmt.Errorf("model has no matrix %s of [%d, %d]", name, rows, columns)
	}
	return w, nil
}

func (f *frozen) linear(p *pass, name string, out, in int) (*linear, error) {
	if p.memory.countOnly {
		return &linear{in: in, out: out}, nil
	}
	w, err := f.matrix(name, out, in)
	return &linear{in: in, out: out, w: w}, err
}

func (f *frozen) vector(p *pass, name string, n int) (vector, error) {
	value, ok := f.vectors[name]
	if !p.memory.countOnly && (!ok || len(value) != n) {
		return vector{}, fmt.Errorf("model has no vector %s of %d", name, n)
	}
	return vector{value: value}, nil
}

func (f *frozen) embedding(p *pass, name string) (*embedding, error) {
	c := f.config
	e := &embedding{width: c.Width, scale: factor(c.EmbeddingScale), y: p.perToken(c.Width)}
	var err error
	if !p.memory.countOnly {
		e.table, err = f.matrix(name, c.Vocab, c.Width)
	}
	return e, err
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
	return &linear{in: in, out: out, weight: w, w: w.matrix()}, nil
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
		width: c.Width, table: w.matrix(), weight: w, tied: c.Tied, scale: factor(c.EmbeddingScale), pad: c.Pad,
		y: p.perToken(c.Width),
	}, nil
}
