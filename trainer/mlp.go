package trainer

import "sweep/trainer/kernel"

// mlp is the body of gated units (Shazeer, arXiv 2002.05202):
//
//	down_proj(f(gate_proj(n)) * up_proj(n))
type mlp struct {
	activation kernel.Activation // f
	sources    []projection
	gate, up   columns // (M, hidden); their gradients after backward
	down       *linear

	n []float32 // of the last forward (M, width), the caller's
}

// forward sets y (M, width) to what the MLP adds, or adds it.
func (f *mlp) forward(p *pass, n, y []float32, add bool) {
	defer p.clock.to(p.clock.to(gated))
	f.n = n
	project(p, f.sources, n)
	p.k.Gate(f.activation, p.tokens, f.down.in, f.gate.y, f.up.y, f.gate.stride, p.hidden)
	f.down.forward(p, p.hidden, y, add)
}

// backward sets dn, unless it is nil, or adds it. The input of down_proj is
// computed again where its gradient needs it, rather than kept for every block.
func (f *mlp) backward(p *pass, dy, dn []float32, add bool) {
	defer p.clock.to(p.clock.to(gated))
	if f.down.trains() {
		p.k.Gate(f.activation, p.tokens, f.down.in, f.gate.y, f.up.y, f.gate.stride, p.hidden2)
	}
	f.down.backward(p, p.hidden2, dy, p.hidden, false)
	p.k.GateGrad(f.activation, p.tokens, f.down.in, f.gate.y, f.up.y, f.gate.stride, p.hidden)
	projectBack(p, f.sources, f.n, dn, add)
}

func (f *mlp) linears() []*linear { return append(linearsOf(f.sources), f.down) }

func (f *mlp) norms() []*norm { return nil }
