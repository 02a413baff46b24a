package trainer

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

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
	matrices map[string]*kernel.Matrix // W (out, in) by tensor name, in formats that a dtype chose
	vectors  map[string][]float32      // norms and biases
}

// readFrozen reads every tensor of a model, where m does not only count.
func readFrozen(m *memory, c *pretrained.Model, d dtype) (*frozen, error) {
	f := newFrozen(c.Config)
	for _, name := range c.Names() {
		t, _ := c.Config.Tensor(name)
		shape := c.Config.Shape(name)
		var err error
		switch {
		case t.IsMatrix():
			f.matrices[name], err = readMatrix(m, c, name, d)
		case !m.count(4 * product(shape)):
			f.vectors[name], err = c.Tensor(name)
		}
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

func newFrozen(c architecture.Config) *frozen {
	return &frozen{c, map[string]*kernel.Matrix{}, map[string][]float32{}}
}

// readMatrix reads a matrix in the format that d chooses for it, some rows at a time on
// every core.
func readMatrix(m *memory, c *pretrained.Model, name string, d dtype) (*kernel.Matrix, error) {
	rows, columns := c.Config.Shape(name)[0], c.Config.Shape(name)[1]
	format, kept := d.format(c, name)
	if m.count(format.Bytes(rows, columns)) {
		return nil, nil
	}
	if format == kernel.Float32 {
		value := kernel.Alloc(rows * columns)
		return kernel.Float32Matrix(value, rows, columns), c.ReadRows(name, 0, value)
	}
	data := make([]byte, format.Bytes(rows, columns))
	some, size := min(rows, 1+rowsAtOnce/columns), format.Bytes(1, columns)
	k := kernel.Best()
	return kernel.NewMatrix(format, data, rows, columns), onEveryCore((rows+some-1)/some, some*columns, func(i int, part []float32) error {
		first := i * some
		n := min(some, rows-first)
		values, to := part[:n*columns], data[first*size:(first+n)*size]
		if err := c.ReadRows(name, first, values); err != nil {
			return err
		}
		if kept {
			return c.ReadBlocks(name, first, to)
		}
		k.Encode(format, to, values, n, columns)
		return nil
	})
}

// onEveryCore does what there is to do for 0 to n-1, each with room for so many numbers, and
// returns the first error, if any.
func onEveryCore(n, room int, do func(i int, part []float32) error) error {
	var workers sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, n)
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			part := make([]float32, room)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = do(i, part)
			}
		})
	}
	workers.Wait()
	return cmp.Or(errs...)
}

// rowsAtOnce is about how many elements of a matrix are in float32 at a time, on their way
// to a narrower format.
const rowsAtOnce = 1 << 18

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
