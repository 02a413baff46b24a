package trainer

import "sweep/trainer/kernel"

// mlp is the second half of a decoder block, SwiGLU (Shazeer, arXiv
// 2002.05202):
//
//	y = x + down_proj(silu(gate_proj(n)) * up_proj(n)), n = norm(x)
type mlp struct {
	norm           *norm
	gate, up, down *linear

	// of the last forward
	x []float32 // (M, width), the caller's
	n []float32 // (M, width)
	g []float32 // gate_proj(n) (M, hidden); its gradient after backward
	u []float32 // up_proj(n) (M, hidden); its gradient after backward
}

// forward sets y (M, width).
func (f *mlp) forward(p *pass, x, y []float32) {
	f.x = x
	f.norm.forward(p.k, p.tokens, x, f.n)
	f.gate.forward(p, f.n, f.g, false)
	f.up.forward(p, f.n, f.u, false)
	p.k.Gate(kernel.SiLU, p.tokens, f.gate.out, f.g, f.u, f.gate.out, p.hidden)
	copy(y[:p.tokens*f.down.out], x)
	f.down.forward(p, p.hidden, y, true)
}

// backward turns dy (M, width) in place into dx. The input of down_proj is
// computed again where its gradient needs it, rather than kept for every block.
func (f *mlp) backward(p *pass, dy []float32) {
	n := f.gate.out
	if f.down.trains() {
		p.k.Gate(kernel.SiLU, p.tokens, n, f.g, f.u, n, p.hidden2)
	}
	f.down.backward(p, p.hidden2, dy, p.hidden, false)
	p.k.GateGrad(kernel.SiLU, p.tokens, n, f.g, f.u, n, p.hidden)
	f.gate.backward(p, f.n, f.g, p.norm, false)
	f.up.backward(p, f.n, f.u, p.norm, true)
	f.norm.backward(p.k, p.tokens, f.x, p.norm, dy)
}
