package trainer

import (
	"sweep/sweep"
	"sweep/trainer/kernel"
)

// lora is the low-rank update of a frozen projection (Hu et al., LoRA, arXiv
// 2106.09685, section 4.1):
//
//	y += s (dropout(x) A^T) B^T    x (M, in), A (r, in), B (out, r), y (M, out)
//
// with s = alpha/r by default. A starts random and B zero, so that before
// training the update is zero. B is kept transposed, as B^T (r, out).
type lora struct {
	in, out, r int
	s          float32
	a          *parameter // A (r, in)
	bt         *parameter // B^T (r, out)
	dropout    *dropout   // nil without

	h []float32 // s x A^T of the last forward (M, r)

	// The factors as products take them.
	matrixA  *kernel.Matrix
	matrixBt *kernel.Matrix
}

// newLoRA returns the update of the projection called module, such as
// "model.layers.0.self_attn.q_proj", at its start.
func newLoRA(p *pass, module string, in, out int, params sweep.Params) *lora {
	l := &lora{
		in: in, out: out, r: params.R, s: float32(params.Scale()),
		a:  newParameter(p.memory, module+".lora_A", params.R, in),
		bt: newParameter(p.memory, module+".lora_B", params.R, out),
		h:  p.activation(params.R),
	}
	l.a.factor, l.bt.factor = 'A', 'B'
	l.matrixA, l.matrixBt = l.a.matrix(), l.bt.matrix()
	if params.Dropout > 0 {
		l.dropout = newDropout(p, in, module, params)
	}
	if !p.memory.countOnly {
		l.initialise(module, params)
	}
	return l
}

// forward adds the update of x to y.
func (l *lora) forward(p *pass, x, y []float32) {
	defer p.clock.to(p.clock.to(updated))
	m, h := p.tokens, l.h[:p.tokens*l.r]
	x = l.dropout.forward(p, x[:m*l.in])
	p.k.MulT(h, l.r, x, l.in, m, l.matrixA, false, p.slab)                // h = x A^T
	p.k.Scale(h, l.s)                                                     // h = s x A^T
	p.k.Gemm(m, l.out, l.r, h, l.r, 1, l.bt.value, l.out, y, l.out, true) // y += h B^T
}

// backward sets the gradients of A and B from that of y, and adds the update's
// share to dx unless dx is nil.
func (l *lora) backward(p *pass, x, dy, dx []float32) {
	defer p.clock.to(p.clock.to(updated))
	m, dh := p.tokens, p.lora[:p.tokens*l.r]
	x = l.dropout.output(x)
	p.k.Gemm(l.r, l.out, m, l.h, 1, l.r, dy, l.out, l.bt.grad, l.out, false) // dB^T = h^T dy
	p.k.MulT(dh, l.r, dy, l.out, m, l.matrixBt, false, p.slab)
	p.k.Scale(dh, l.s)                                                 // dh = s dy B
	p.k.Gemm(l.r, l.in, m, dh, 1, l.r, x, l.in, l.a.grad, l.in, false) // dA = dh^T x
	if dx == nil {
		return
	}
	if l.dropout == nil {
		p.k.Gemm(m, l.in, l.r, dh, l.r, 1, l.a.value, l.in, dx, l.in, true) // dx += dh A
		return
	}
	p.k.Gemm(m, l.in, l.r, dh, l.r, 1, l.a.value, l.in, x, l.in, false)
	l.dropout.backward(p, x[:m*l.in], dx) // dx += mask dh A
}
