package trainer

// block is a decoder block: attention, then the MLP, or both at once.
type block struct {
	name   string
	deep   bool        // something below trains and needs the gradient
	layers []*sublayer // one after the other
	y      [][]float32 // (M, width), of each of them
}

func (b *block) String() string { return b.name }

func (b *block) linears() []*linear {
	var list []*linear
	for _, s := range b.layers {
		for _, body := range s.bodies {
			list = append(list, body.linears()...)
		}
	}
	return list
}

// norms lists those of the residual stream before those within attention.
func (b *block) norms() []*norm {
	var outer, inner []*norm
	for _, s := range b.layers {
		outer = append(outer, s.norms()...)
		for _, body := range s.bodies {
			inner = append(inner, body.norms()...)
		}
	}
	return append(outer, inner...)
}

func (b *block) parameters() []*parameter {
	var list []*parameter
	for _, n := range b.norms() {
		list = append(list, n.weight.parameters()...)
	}
	for _, l := range b.linears() {
		list = append(list, l.parameters()...)
	}
	return list
}

func (b *block) forward(p *pass, x []float32) []float32 {
	defer p.clock.to(p.clock.to(residual))
	if p.shared != nil {
		p.shared.owner = b
	}
	for i, s := range b.layers {
		s.forward(p, x, b.y[i])
		x = b.y[i]
	}
	return x
}

// keepRows lets batches go on with a row.
func (b *block) keepRows(p *pass) {
	for _, s := range b.layers {
		for _, body := range s.bodies {
			if a, ok := body.(*attention); ok {
				n := p.positions * a.KVHeads * a.Dim
				a.kept = cache{p.memory.floats(n), p.memory.floats(n)}
			}
		}
	}
}

func (b *block) backward(p *pass) {
	defer p.clock.to(p.clock.to(residual))
	p.recomputed(b)
	for i := len(b.layers) - 1; i >= 0; i-- {
		b.layers[i].backward(p, p.grad, b.deep || i > 0)
	}
}

func (b *block) refresh() {
	for _, n := range b.norms() {
		n.refresh()
	}
}
