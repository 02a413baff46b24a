package trainer

import (
	"context"
	"fmt"
	"strings"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
)

// model is a decoder with what trains in it.
type model struct {
	stages []stage // embedding, blocks, head
	head   *head
	loras  map[string]*lora // by module: "model.layers.0.self_attn.q_proj"
}

// newPass returns the memory that the layers of a model share, for batches of at most
// capacity tokens of rows of at most so many positions.
func newPass(m *memory, k *kernel.Set, c architecture.Config, params sweep.Params, targets adapted, capacity, positions int) *pass {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	p := &pass{k: k, memory: m, targets: targets, width: c.Width, capacity: capacity, positions: positions, match: params.Measures("match")}
	if m.recompute {
		p.shared = &activations{of: map[int][][]float32{}, taken: map[int]int{}}
	}
	p.places = room[int](m, p.capacity)
	p.grad, p.norm = p.perToken(c.Width), p.perToken(c.Width)
	p.hidden = p.perToken(max(c.Hidden, q))
	if c.Has(architecture.QueryKeyValue) {
		p.dq = p.perToken(q + 2*kv)
		p.dk, p.dv = from(p.dq, q), from(p.dq, q+kv)
	} else {
		p.dq, p.dk, p.dv = p.perToken(q), p.perToken(kv), p.perToken(kv)
	}
	if c.Has(architecture.PostAttentionNorm) || c.Has(architecture.PostMLPNorm) || factor(c.ResidualScale) != 1 {
		p.added = p.perToken(c.Width)
	}
	p.attend = m.floats(attending(c).Scratch(positions))
	p.slab = m.floats(slabOf(k, c, dtypes[params.DType], capacity, targets))
	if params.Method == "lora" {
		p.lora = p.perToken(targets.rank())
	}
	if params.Method == "full" || targets.hasAny("down_proj") {
		p.hidden2 = p.perToken(c.Hidden)
	}
	return p
}

// slabOf is the scratch that products by the model's matrices take, and by their LoRA
// factors.
func slabOf(k *kernel.Set, c architecture.Config, d dtype, capacity int, targets adapted) int {
	most := 0
	for _, m := range matricesOf(c) {
		most = max(most, k.Scratch(d.blocks, capacity, m.out, m.in), k.Scratch(d.ends, capacity, m.out, m.in),
			k.Scratch(kernel.Float32, capacity, targets.rank(), max(m.out, m.in)))
	}
	return most
}

// newModel lays out the network over w, with LoRA on the targets of params.
func newModel(p *pass, c architecture.Config, w weights, params sweep.Params) (*model, error) {
	m := &model{loras: map[string]*lora{}}
	e, err := w.embedding(p, c.Name(architecture.Embedding, 0))
	if err != nil {
		return nil, err
	}
	m.stages = append(m.stages, e)
	deep := e.weight != nil
	ropes := newRotaries(p.memory, c, p.positions)
	for i := range c.Layers {
		b, err := m.newBlock(p, c, w, params, i, ropes[i])
		if err != nil {
			return nil, err
		}
		b.deep = deep
		deep = deep || len(b.parameters()) > 0
		m.stages = append(m.stages, b)
	}
	if m.head, err = newModelHead(p, c, w); err != nil {
		return nil, err
	}
	m.stages = append(m.stages, m.head)
	return m, nil
}

// newLinear lays out a projection, with LoRA where it is a target.
func (m *model) newLinear(p *pass, c architecture.Config, w weights, params sweep.Params, t architecture.Tensor, name string) (*linear, error) {
	shape := c.ShapeOf(t)
	l, err := w.linear(p, name, shape[0], shape[1])
	module := strings.TrimSuffix(name, ".weight")
	if _, target := p.targets[module]; err == nil && target {
		l.lora = newLoRA(p, module, l.in, l.out, p.targets.params(module, params))
		m.loras[module] = l.lora
	}
	return l, err
}

func newModelHead(p *pass, c architecture.Config, w weights) (*head, error) {
	h := newHead(p, c)
	var err error
	if h.proj, err = w.linear(p, c.Name(architecture.Head, 0), c.Vocab, c.Width); err != nil {
		return nil, err
	}
	v, err := newVector(p, w, c.Of().FinalNorm, c.Of().FinalNorm.Name, c.Width)
	h.norm = newNorm(p, c, v, c.Width, 1)
	return h, err
}

// parameters lists what trains, from the embedding to the head.
func (m *model) parameters() []*parameter {
	var list []*parameter
	for _, s := range m.stages {
		list = append(list, s.parameters()...)
	}
	return list
}

// evaluate runs the loaded batch forward and returns the sum of its losses, in
// nats, and the number of tokens that count.
func (m *model) evaluate(ctx context.Context, p *pass) (sum float64, counted int, err error) {
	x, err := m.hidden(ctx, p)
	if err != nil {
		return 0, 0, err
	}
	m.head.forward(p, x)
	p.k.Wait()
	return m.head.sum(), len(m.head.at), nil
}

// hidden runs the loaded batch forward up to the head and returns what that reads
// (M, width).
func (m *model) hidden(ctx context.Context, p *pass) (x []float32, err error) {
	for _, s := range m.stages[:len(m.stages)-1] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x = s.forward(p, x)
		p.k.WaitIfLong()
	}
	return x, nil
}

// keepRows lets batches go on with a row: attention keeps what it reads of its tokens.
func (m *model) keepRows(p *pass) {
	for _, s := range m.stages {
		if b, ok := s.(*block); ok {
			b.keepRows(p)
		}
	}
}

// refresh follows an update of the parameters.
func (m *model) refresh() {
	for _, s := range m.stages {
		s.refresh()
	}
}

// load copies an adapter's factors over the start of the LoRA updates.
func (m *model) load(a *adapter.Adapter) error {
	for module, l := range m.loras {
		f, ok := a.Factors[module]
		if !ok {
			return fmt.Errorf("adapter has no factors for %s", module)
		}
		if len(f.A) != l.r*l.in || len(f.B) != l.out*l.r {
			return fmt.Errorf("adapter's factors for %s hold %d and %d values; r = %d wants %d and %d", module, len(f.A), len(f.B), l.r, l.r*l.in, l.out*l.r)
		}
		copy(l.a.value, f.A)
		transpose(l.bt.value, f.B, l.out, l.r)
	}
	return nil
}

// adapter returns the LoRA updates as they stand.
func (m *model) adapter() *adapter.Adapter {
	a := &adapter.Adapter{Factors: map[string]adapter.Factor{}}
	for module, l := range m.loras {
		f := adapter.Factor{R: l.r, A: append([]float32(nil), l.a.value...), B: make([]float32, l.out*l.r)}
		transpose(f.B, l.bt.value, l.r, l.out)
		a.Factors[module] = f
	}
	return a
}

// transpose sets to (cols, rows) to from (rows, cols) transposed.
func transpose(to, from []float32, rows, cols int) {
	for i := range rows {
		for j := range cols {
			to[j*rows+i] = from[i*cols+j]
		}
	}
}

func blockName(layer int) string { return fmt.Sprintf("model.layers.%d", layer) }
