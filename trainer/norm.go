package trainer

import (
	"slices"

	"sweep/trainer/architecture"
)

// vector is a tensor of one dimension, frozen or trained.
type vector struct {
	value  []float32
	weight *parameter // where it trains
}

func (v vector) parameters() []*parameter {
	if v.weight == nil {
		return nil
	}
	return []*parameter{v.weight}
}

// norm normalises rows of width elements, several of which may lie in a token:
//
//	RMSNorm        y = w x / rms(x)
//	RMSNormOffset  y = (1 + w) x / rms(x)
//	LayerNorm      y = w (x - mean(x)) / std(x)
type norm struct {
	kind     architecture.Norm
	eps      float32
	width    int
	perToken int // rows
	weight   vector
	factor   []float32 // w or 1 + w (width)

	// of the last forward
	mean []float32 // of each row, of a LayerNorm
	inv  []float32 // 1/rms or 1/std of each row
}

// newNorm returns the norm of rows of width elements by w.
func newNorm(p *pass, c architecture.Config, w vector, width, perToken int) *norm {
	n := &norm{kind: c.Of().Norm, eps: float32(c.NormEps), width: width, perToken: perToken, weight: w, factor: w.value, inv: p.perToken(perToken)}
	switch n.kind {
	case architecture.RMSNormOffset:
		n.factor = p.memory.floats(width)
		n.refresh()
	case architecture.LayerNorm:
		n.mean = p.perToken(perToken)
	}
	return n
}

// refresh follows an update of w.
func (n *norm) refresh() {
	if n.kind != architecture.RMSNormOffset {
		return
	}
	for i, w := range n.weight.value {
		n.factor[i] = 1 + w
	}
}

// forward sets y to the norm of x, both of so many tokens.
func (n *norm) forward(p *pass, tokens int, x, y []float32) {
	defer p.clock.to(p.clock.to(normed))
	rows := tokens * n.perToken
	if n.kind == architecture.LayerNorm {
		p.k.LayerNorm(rows, n.width, n.eps, x, n.factor, y, n.mean, n.inv)
		return
	}
	p.k.RMSNorm(rows, n.width, n.eps, x, n.factor, y, n.inv)
}

// backward sets the gradient of w, where it trains, and adds that of x to dx.
func (n *norm) backward(p *pass, tokens int, x, dy, dx []float32) {
	defer p.clock.to(p.clock.to(normed))
	rows, w := tokens*n.perToken, n.weight.weight
	if n.kind == architecture.LayerNorm {
		if w != nil {
			p.k.LayerNormWeightGrad(rows, n.width, x, n.mean, n.inv, dy, w.grad)
		}
		p.k.LayerNormGrad(rows, n.width, x, n.factor, n.mean, n.inv, dy, dx)
		return
	}
	if w != nil {
		p.k.RMSNormWeightGrad(rows, n.width, x, n.inv, dy, w.grad)
	}
	p.k.RMSNormGrad(rows, n.width, x, n.factor, n.inv, dy, dx)
}

// overflowed is true where the inverse of a row's root mean square came out as
// zero.
func (n *norm) overflowed(tokens int) bool { return slices.Contains(n.inv[:tokens*n.perToken], 0) }
