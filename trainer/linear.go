package trainer

import (
	"sweep/trainer/kernel"
)

// linear is a projection y = x W^T with W (out, in): frozen, frozen with a
// LoRA update, or trained whole.
type linear struct {
	in, out int
	down    *kernel.Panels // W^T (in, out), for y = x W^T
	up      *kernel.Panels // W (out, in), for dx = dy W; nil where W trains
	weight  *parameter     // W, where it trains
	lora    *lora          // nil where the projection is not a target
}

// trains reports whether something in the projection trains.
func (l *linear) trains() bool { return l.lora != nil || l.weight != nil }

// forward sets y (M, out) to x W^T, or adds it.
func (l *linear) forward(p *pass, x, y []float32, add bool) {
	p.k.Mul(y, l.out, x, l.in, p.tokens, l.down, add)
	if l.lora != nil {
		l.lora.forward(p, x, y)
	}
}

// backward sets dx (M, in) to dy W, or adds it, and sets the gradients of what
// trains. dx is nil where nothing below trains.
func (l *linear) backward(p *pass, x, dy, dx []float32, add bool) {
	if dx != nil {
		l.transposed(p.k, p.tokens, dy, dx, add)
	}
	if l.weight != nil {
		p.k.Gemm(l.out, l.in, p.tokens, dy, 1, l.out, x, l.in, l.weight.grad, l.in, false) // dW = dy^T x
	}
	if l.lora != nil {
		l.lora.backward(p, x, dy, dx)
	}
}

// transposed sets dx (m, in) to dy W, or adds it.
func (l *linear) transposed(k *kernel.Set, m int, dy, dx []float32, add bool) {
	if l.up != nil {
		k.Mul(dx, l.in, dy, l.out, m, l.up, add)
		return
	}
	k.Gemm(m, l.in, l.out, dy, l.out, 1, l.weight.value, l.in, dx, l.in, add)
}

// refresh packs a trained W again after an update.
func (l *linear) refresh(k *kernel.Set) {
	if l.weight != nil {
		k.Repack(l.down, l.weight.value, 1, l.in)
	}
}

// parameters lists what trains here.
func (l *linear) parameters() []*parameter {
	var list []*parameter
	if l.weight != nil {
		list = append(list, l.weight)
	}
	if l.lora != nil {
		list = append(list, l.lora.a, l.lora.bt)
	}
	return list
}

// norm is RMSNorm (Zhang and Sennrich, arXiv 1910.07467): y = w x / rms(x).
type norm struct {
	eps    float32
	value  []float32  // w (width)
	weight *parameter // where w trains
	inv    []float32  // 1/rms of each row of the last forward (M)
}

// forward sets y (m, width) to the norm of x.
func (n *norm) forward(k *kernel.Set, m int, x, y []float32) {
	k.RMSNorm(m, len(n.value), n.eps, x, n.value, y, n.inv)
}

// backward adds the gradient of x to dx.
func (n *norm) backward(k *kernel.Set, m int, x, dy, dx []float32) {
	if n.weight != nil {
		k.RMSNormWeightGrad(m, len(n.value), x, n.inv, dy, n.weight.grad)
	}
	k.RMSNormGrad(m, len(n.value), x, n.value, n.inv, dy, dx)
}

func (n *norm) parameters() []*parameter {
	if n.weight == nil {
		return nil
	}
	return []*parameter{n.weight}
}
