package trainer

// block is a decoder block: attention, then the MLP.
type block struct {
	name      string
	deep      bool // something below trains and needs the gradient
	attention *attention
	mlp       *mlp
	mid, y    []float32 // (M, width)
}

func (b *block) String() string { return b.name }

func (b *block) linears() []*linear {
	return []*linear{b.attention.q, b.attention.k, b.attention.v, b.attention.o, b.mlp.gate, b.mlp.up, b.mlp.down}
}

func (b *block) parameters() []*parameter {
	list := append(b.attention.norm.parameters(), b.mlp.norm.parameters()...)
	for _, l := range b.linears() {
		list = append(list, l.parameters()...)
	}
	return list
}

func (b *block) forward(p *pass, x []float32) []float32 {
	b.attention.forward(p, x, b.mid)
	b.mlp.forward(p, b.mid, b.y)
	return b.y
}

func (b *block) backward(p *pass) {
	b.mlp.backward(p, p.grad)
	b.attention.backward(p, p.grad, b.deep)
}

func (b *block) refresh(p *pass) {
	for _, l := range b.linears() {
		l.refresh(p.k)
	}
}
