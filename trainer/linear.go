package trainer

import (
	"sweep/trainer/kernel"
)

// linear is a projection y = x W^T + b with W (out, in): frozen, frozen with a
// LoRA update, or trained whole.
type linear struct {
	in, out int
	w       *kernel.Matrix // W
	weight  *parameter     // W, where it trains
	bias    *vector        // b (out); nil without
	lora    *lora          // nil where the projection is not a target
	inputs  *float64       // raised to the sum of the squares of each x; nil where nobody asks
}

// trains reports whether something in the projection trains.
func (l *linear) trains() bool { return l.lora != nil || l.weight != nil }

// forward sets y (M, out) to x W^T + b, or adds it.
func (l *linear) forward(p *pass, x, y []float32, add bool) {
	defer p.clock.to(p.clock.to(projected))
	l.project(p, p.tokens, x, y, add)
	l.complete(p, x, y)
}

// complete adds to y what is not x W^T.
func (l *linear) complete(p *pass, x, y []float32) {
	if l.inputs != nil {
		*l.inputs = max(*l.inputs, p.k.SumSquares(x[:p.tokens*l.in]))
	}
	if l.bias != nil {
		p.k.AddBias(p.tokens, l.out, y, l.bias.value)
	}
	if l.lora != nil {
		l.lora.forward(p, x, y)
	}
}

// backward sets dx (M, in) to dy W, or adds it, and sets the gradients of what
// trains. dx is nil where nothing below trains.
func (l *linear) backward(p *pass, x, dy, dx []float32, add bool) {
	defer p.clock.to(p.clock.to(projected))
	if dx != nil {
		l.projectBack(p, p.tokens, dy, dx, add)
	}
	if l.weight != nil {
		p.k.Gemm(l.out, l.in, p.tokens, dy, 1, l.out, x, l.in, l.weight.grad, l.in, false) // dW = dy^T x
	}
	if l.bias != nil && l.bias.weight != nil {
		p.k.BiasGrad(p.tokens, l.out, dy, l.bias.weight.grad)
	}
	if l.lora != nil {
		l.lora.backward(p, x, dy, dx)
	}
}

// project sets y (m, out) to x W^T, or adds it.
func (l *linear) project(p *pass, m int, x, y []float32, add bool) {
	p.k.MulT(y, l.out, x, l.in, m, l.w, add, p.slab)
}

// projectBack sets dx (m, in) to dy W, or adds it.
func (l *linear) projectBack(p *pass, m int, dy, dx []float32, add bool) {
	p.k.Mul(dx, l.in, dy, l.out, m, l.w, add, p.slab)
}

// parameters lists what trains here.
func (l *linear) parameters() []*parameter {
	var list []*parameter
	if l.weight != nil {
		list = append(list, l.weight)
	}
	if l.bias != nil {
		list = append(list, l.bias.parameters()...)
	}
	if l.lora != nil {
		list = append(list, l.lora.a, l.lora.bt)
	}
	return list
}

// projection is a linear layer with the memory for its output. Several may read one
// input.
type projection struct {
	*linear
	y  []float32 // (M, out)
	dy []float32 // (M, out): its gradient, which may be y
}

// project sets the outputs of all projections of x.
func project(p *pass, of []projection, x []float32) {
	defer p.clock.to(p.clock.to(projected))
	p.k.Together(func() {
		for _, s := range of {
			s.project(p, p.tokens, x, s.y, false)
		}
	})
	for _, s := range of {
		s.complete(p, x, s.y)
	}
}

// projectBack sets dx, the gradient of the input of the projections, or adds it, and
// sets the gradients of what trains in them. dx is nil where nothing below trains.
func projectBack(p *pass, of []projection, x, dx []float32, add bool) {
	for i, s := range of {
		s.backward(p, x, s.dy, dx, add || i > 0)
	}
}

// linearsOf lists projections.
func linearsOf(of []projection) []*linear {
	var list []*linear
	for _, s := range of {
		list = append(list, s.linear)
	}
	return list
}
