package kernel

/*
#include "kernels.h"

#cgo noescape add
#cgo nocallback add
static void add(const kernels *k, idx n, float *y, const float *x) { k->add(n, y, x); }
#cgo noescape add_bias
#cgo nocallback add_bias
static void add_bias(const kernels *k, idx rows, idx n, float *y, const float *b) { k->add_bias(rows, n, y, b); }
#cgo noescape bias_grad
#cgo nocallback bias_grad
static void bias_grad(const kernels *k, idx rows, idx n, const float *dy, float *db) { k->bias_grad(rows, n, dy, db); }
#cgo noescape scale
#cgo nocallback scale
static void scale(const kernels *k, idx n, float *x, float s) { k->scale(n, x, s); }
#cgo noescape sum_squares
#cgo nocallback sum_squares
static double sum_squares(const kernels *k, idx n, const float *x) { return k->sum_squares(n, x); }
#cgo noescape adam
#cgo nocallback adam
static void adam(const kernels *k, idx n, float *w, const float *g, float *m, float *v, adam_step s) { k->adam(n, w, g, m, v, s); }
#cgo noescape sgd
#cgo nocallback sgd
static void sgd(const kernels *k, idx n, float *w, const float *g, float *buf, sgd_step s) { k->sgd(n, w, g, buf, s); }
*/
import "C"

import "math"

// Add adds x to y; they are of one length.
func (k *Set) Add(y, x []float32) {
	same("Add", "x", x, len(y))
	C.add(k.table, C.idx(len(y)), floats(y), floats(x))
}

// AddBias adds bias [n] to each row of y [rows][n].
func (k *Set) AddBias(rows, n int, y, bias []float32) {
	sizes("AddBias", rows, n)
	need("AddBias", "y", y, rows*n)
	need("AddBias", "bias", bias, n)
	C.add_bias(k.table, C.idx(rows), C.idx(n), floats(y), floats(bias))
}

// BiasGrad sets db [n] to the gradient of AddBias's bias, the sum of dy [rows][n] over
// rows in ascending order.
func (k *Set) BiasGrad(rows, n int, dy, db []float32) {
	sizes("BiasGrad", rows, n)
	need("BiasGrad", "dy", dy, rows*n)
	need("BiasGrad", "db", db, n)
	C.bias_grad(k.table, C.idx(rows), C.idx(n), floats(dy), floats(db))
}

// Scale multiplies x by s.
func (k *Set) Scale(x []float32, s float32) {
	C.scale(k.table, C.idx(len(x)), floats(x), C.float(s))
}

// SumSquares returns the sum of the squares of x, accumulated in float64 in 16
// lanes, which are then folded 8, 4, 2 and 1 apart.
func (k *Set) SumSquares(x []float32) float64 {
	return float64(C.sum_squares(k.table, C.idx(len(x)), floats(x)))
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
	C.adam(k.table, C.idx(len(w)), floats(w), floats(g), floats(m), floats(v), step)
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
	C.sgd(k.table, C.idx(len(w)), floats(w), floats(g), floats(buf), step)
}
