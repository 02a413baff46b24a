package trainer

import (
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/kernel"
	"sweep/trainer/llama"
)

// Hugging Face's tensor names.
const (
	embeddingName = "model.embed_tokens.weight"
	normName      = "model.norm.weight"
	headName      = "lm_head.weight"
)

// model is a Llama decoder with what trains in it.
type model struct {
	stages []stage // embedding, blocks, head
	head   *head
	loras  map[string]*lora // by module: "model.layers.0.self_attn.q_proj"
}

// projections are the seven matrices of a decoder block that LoRA can adapt, in
// the order of its forward pass.
func projections() []string {
	return []string{
		"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
		"mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
	}
}

// newPass returns the memory that the layers of a model share.
func newPass(k *kernel.Set, c llama.Config, params sweep.Params) *pass {
	capacity := params.Batch * params.Seq
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	p := &pass{
		k: k, capacity: capacity,
		grad:   kernel.Alloc(capacity * c.Width),
		norm:   kernel.Alloc(capacity * c.Width),
		hidden: kernel.Alloc(capacity * max(c.Hidden, q)),
		dq:     kernel.Alloc(capacity * q),
		dk:     kernel.Alloc(capacity * kv),
		dv:     kernel.Alloc(capacity * kv),
		attend: kernel.Alloc(kernel.AttentionScratch(params.Seq, c.Heads, c.KVHeads, c.HeadDim)),
	}
	if params.Method == "lora" {
		p.lora = kernel.Alloc(capacity * params.R)
	}
	if params.Method == "full" || slices.Contains(params.Targets, "down_proj") {
		p.hidden2 = kernel.Alloc(capacity * c.Hidden)
	}
	return p
}

// newModel lays out the network over w, with LoRA on the targets of params.
func newModel(p *pass, c llama.Config, w weights, params sweep.Params) (*model, error) {
	m := &model{loras: map[string]*lora{}}
	e, err := w.embedding(embeddingName, p.capacity)
	if err != nil {
		return nil, err
	}
	m.stages = append(m.stages, e)
	deep := e.weight != nil
	table := kernel.RopeTable(params.Seq, c.Rope.Frequencies(c.HeadDim))
	for i := range c.Layers {
		b, err := m.newBlock(p, c, w, params, i)
		if err != nil {
			return nil, err
		}
		b.attention.rope, b.deep = table, deep
		deep = deep || len(b.parameters()) > 0
		m.stages = append(m.stages, b)
	}
	if m.head, err = newModelHead(p, c, w); err != nil {
		return nil, err
	}
	m.stages = append(m.stages, m.head)
	return m, nil
}

func (m *model) newBlock(p *pass, c llama.Config, w weights, params sweep.Params, layer int) (*block, error) {
	name := blockName(layer)
	var ls []*linear
	for _, projection := range projections() {
		module := name + "." + projection
		shape := c.Shape(module + ".weight")
		l, err := w.linear(module+".weight", shape[0], shape[1])
		if err != nil {
			return nil, err
		}
		_, target, _ := strings.Cut(projection, ".")
		if params.Method == "lora" && slices.Contains(params.Targets, target) {
			l.lora = newLoRA(p, module, l.in, l.out, params)
			m.loras[module] = l.lora
		}
		ls = append(ls, l)
	}
	n1, err := w.norm(name+".input_layernorm.weight", p.capacity)
	if err != nil {
		return nil, err
	}
	n2, err := w.norm(name+".post_attention_layernorm.weight", p.capacity)
	if err != nil {
		return nil, err
	}
	alloc := func(n int) []float32 { return kernel.Alloc(p.capacity * n) }
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	return &block{
		name: name, mid: alloc(c.Width), y: alloc(c.Width),
		attention: &attention{
			heads: c.Heads, kvHeads: c.KVHeads, dim: c.HeadDim, norm: n1, q: ls[0], k: ls[1], v: ls[2], o: ls[3],
			n: alloc(c.Width), queries: alloc(q), keys: alloc(kv), values: alloc(kv), mixed: alloc(q),
		},
		mlp: &mlp{norm: n2, gate: ls[4], up: ls[5], down: ls[6], n: alloc(c.Width), g: alloc(c.Hidden), u: alloc(c.Hidden)},
	}, nil
}

func newModelHead(p *pass, c llama.Config, w weights) (*head, error) {
	h := newHead(p.capacity, c.Width, c.Vocab, c.Tied)
	name := headName
	if c.Tied {
		name = embeddingName
	}
	var err error
	if h.proj, err = w.linear(name, c.Vocab, c.Width); err != nil {
		return nil, err
	}
	h.norm, err = w.norm(normName, p.capacity)
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
func (m *model) evaluate(p *pass) (sum float64, counted int, err error) {
	var x []float32
	for _, s := range m.stages {
		if err := p.ctx.Err(); err != nil {
			return 0, 0, err
		}
		x = s.forward(p, x)
	}
	for _, l := range m.head.losses[:len(m.head.at)] {
		sum += float64(l)
	}
	return sum, len(m.head.at), nil
}

// refresh follows an update of the parameters.
func (m *model) refresh(p *pass) {
	for _, s := range m.stages {
		s.refresh(p)
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
func (m *model) adapter(params sweep.Params) *adapter.Adapter {
	a := adapterSettings(params)
	a.Factors = map[string]adapter.Factor{}
	for module, l := range m.loras {
		f := adapter.Factor{A: append([]float32(nil), l.a.value...), B: make([]float32, l.out*l.r)}
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
