package kernel

// #include "kernels.h"
import "C"

import "math"

// Add adds x to y; they are of one length.
func (k *Set) Add(y, x []float32) {
	same("Add", "x", x, len(y))
	k.do(C.call{kernel: C.ADD, size: lengths(len(y)), at: places(at(y), at(x))})
}

// AddBias adds bias [n] to each row of y [rows][n].
func (k *Set) AddBias(rows, n int, y, bias []float32) {
	sizes("AddBias", rows, n)
	need("AddBias", "y", y, rows*n)
	need("AddBias", "bias", bias, n)
	k.do(C.call{kernel: C.ADD_BIAS, size: lengths(rows, n), at: places(at(y), at(bias))})
}

// BiasGrad sets db [n] to the gradient of AddBias's bias, the sum of dy [rows][n] over
// rows in ascending order.
func (k *Set) BiasGrad(rows, n int, dy, db []float32) {
	sizes("BiasGrad", rows, n)
	need("BiasGrad", "dy", dy, rows*n)
	need("BiasGrad", "db", db, n)
	k.do(C.call{kernel: C.BIAS_GRAD, size: lengths(rows, n), at: places(at(dy), at(db))})
}

// Copy sets y to x; they are of one length.
func (k *Set) Copy(y, x []float32) {
	same("Copy", "x", x, len(y))
	k.do(C.call{kernel: C.COPY, size: lengths(len(y)), at: places(at(y), at(x))})
}

// Clear sets x to zeros.
func (k *Set) Clear(x []float32) {
	k.do(C.call{kernel: C.CLEAR, size: lengths(len(x)), at: places(at(x))})
}

// Gather sets row i of y, of n elements, to row rows[i] of x.
func (k *Set) Gather(n int, y, x []float32, rows []int32) {
	checkRows("Gather", n, rows, "x", x, "y", y)
	k.do(C.call{kernel: C.GATHER, size: lengths(len(rows), n), at: places(at(y), at(x), at(rows))})
}

// Scatter sets row rows[i] of y, of n elements, to row i of x; of the rows none is named
// twice.
func (k *Set) Scatter(n int, y, x []float32, rows []int32) {
	checkRows("Scatter", n, rows, "y", y, "x", x)
	k.do(C.call{kernel: C.SCATTER, size: lengths(len(rows), n), at: places(at(y), at(x), at(rows))})
}

// checkRows panics unless the rows are there, and as many others.
func checkRows(op string, n int, rows []int32, from string, x []float32, to string, y []float32) {
	sizes(op, n)
	need(op, to, y, len(rows)*n)
	for _, row := range rows {
		sizes(op, int(row))
		need(op, from, x, (int(row)+1)*n)
	}
}

// Scale multiplies x by s.
func (k *Set) Scale(x []float32, s float32) {
	k.do(C.call{kernel: C.SCALE, size: lengths(len(x)), real: reals(s), at: places(at(x))})
}

// SumSquares returns the sum of the squares of x, accumulated in float64 in 16
// lanes, which are then folded 8, 4, 2 and 1 apart.
func (k *Set) SumSquares(x []float32) float64 {
	return k.ask(C.call{kernel: C.SUM_SQUARES, size: lengths(len(x)), at: places(at(x))})
}

// AdamStep is one step of Adam (arXiv 1412.6980) or, Decoupled, of AdamW
// (arXiv 1711.05101).
type AdamStep struct {
	LR, Beta1, Beta2, Eps, Decay float64

	Step      int  // from 1
	Decoupled bool // Decay shrinks the weight instead of adding to the gradient
}

// Adam updates the weights w and the moments m and v by the gradients g, all
// of one length, as PyTorch's Adam and AdamW do at step t:
//
//	Decoupled: w = w * (1 - LR*Decay), else g = g + Decay*w
//	m = Beta1*m + (1-Beta1)*g
//	v = Beta2*v + (1-Beta2)*g*g
//	w = w - LR/(1-Beta1^t) * m / (sqrt(v)/sqrt(1-Beta2^t) + Eps)
//
// The factors are worked out in float64 and rounded once. Where the last
// denominator is zero (Eps is 0 and no gradient has been seen, as for LoRA's A
// at the first step) the weight stays.
func (k *Set) Adam(w, g, m, v []float32, s AdamStep) {
	same("Adam", "g", g, len(w))
	same("Adam", "m", m, len(w))
	same("Adam", "v", v, len(w))
	step := C.adam_step{
		beta1: C.float(s.Beta1), rest1: C.float(1 - s.Beta1),
		beta2: C.float(s.Beta2), rest2: C.float(1 - s.Beta2),
		correction: C.float(math.Sqrt(1 - Pow(s.Beta2, float64(s.Step)))),
		step:       C.float(s.LR / (1 - Pow(s.Beta1, float64(s.Step)))),
		eps:        C.float(s.Eps),
		decay:      C.float(s.Decay), shrink: 1,
	}
	if s.Decoupled {
		step.decay, step.shrink = 0, C.float(1-float64(s.LR*s.Decay))
	}
	k.do(C.call{kernel: C.ADAM, size: lengths(len(w)), at: places(at(w), at(g), at(m), at(v)), adam: step})
}

// SGDStep is one step of stochastic gradient descent.
type SGDStep struct {
	LR, Momentum, Decay float64

	Step     int  // from 1
	Nesterov bool // wants Momentum
}

// SGD updates the weights w and the momentum buffer buf by the gradients g,
// all of one length, as PyTorch's SGD with dampening 0 does:
//
//	g = g + Decay*w
//	buf = g at step 1, else Momentum*buf + g
//	w = w - LR*buf, or with Nesterov w - LR*(g + Momentum*buf)
//
// Without Momentum buf is not used, may be nil, and w = w - LR*g.
func (k *Set) SGD(w, g, buf []float32, s SGDStep) {
	same("SGD", "g", g, len(w))
	step := C.sgd_step{lr: C.float(s.LR), momentum: C.float(s.Momentum), decay: C.float(s.Decay)}
	if s.Momentum != 0 {
		same("SGD", "buf", buf, len(w))
	}
	if s.Step == 1 {
		step.first = 1
	}
	if s.Nesterov {
		step.nesterov = 1
	}
	k.do(C.call{kernel: C.SGD, size: lengths(len(w)), at: places(at(w), at(g), at(buf)), sgd: step})
}
