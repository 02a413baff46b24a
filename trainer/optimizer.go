package trainer

import (
	"math"

	"sweep/sweep"
	"sweep/trainer/kernel"
)

// optimizer is a graph.Solver with PyTorch's update rules: "adamw" (decoupled
// decay), "adam" (decay added to the gradient) and "sgd" (with momentum, no
// dampening). It clips the global norm of the gradients and follows the
// learning-rate schedule.
type optimizer struct {
	k      *kernel.Set
	params sweep.Params
	groups []group     // of each parameter
	step   int         // steps taken
	state  [][]float32 // of each parameter: Adam's m then v; SGD's momentum, if any
	norm   float64     // global gradient norm of the last step, before clipping
}

// group are the settings of one parameter. A and B may differ in them (LoRA+,
// arXiv 2402.12354, in the learning rate).
type group struct{ lr, eps, decay float64 }

func newOptimizer(m *memory, k *kernel.Set, p sweep.Params, parameters []*parameter) *optimizer {
	o := &optimizer{k: k, params: p}
	for _, q := range parameters {
		g := group{p.LR, p.Eps, p.WeightDecay}
		switch q.factor {
		case 'A':
			g = group{p.LRA, p.EpsA, p.WeightDecayA}
		case 'B':
			g = group{p.LRB, p.EpsB, p.WeightDecayB}
		}
		o.groups = append(o.groups, g)
		o.state = append(o.state, m.floats(moments(p)*q.size()))
	}
	return o
}

// moments is how many numbers the optimizer keeps for each that it trains.
func moments(p sweep.Params) int {
	switch {
	case p.Optimizer != "sgd":
		return 2
	case p.Momentum != 0:
		return 1
	default:
		return 0
	}
}

// update updates the values in place from their gradients, in the order of the
// parameters. Gradients are clipped in place.
func (o *optimizer) update(values, grads [][]float32) {
	o.clip(grads)
	factor := scheduleFactor(o.params, o.step)
	o.step++
	for i, w := range values {
		o.updateOne(i, w, grads[i], factor)
	}
	o.k.Wait()
}

// clip sets norm and, where it exceeds the limit c, scales the gradients by
// c/norm. PyTorch's clip_grad_norm_ divides by norm + 1e-6; without that term
// scaling every gradient and c by a power of two changes no bit of an update.
func (o *optimizer) clip(grads [][]float32) {
	squares := 0.0
	for _, g := range grads {
		squares += o.k.SumSquares(g)
	}
	o.norm = math.Sqrt(squares)
	if c := o.params.Clip; c > 0 && o.norm > c {
		for _, g := range grads {
			o.k.Scale(g, float32(c/o.norm))
		}
	}
}

func (o *optimizer) updateOne(i int, w, g []float32, factor float64) {
	p, s := o.params, o.groups[i]
	lr := s.lr * factor
	if p.Optimizer == "sgd" {
		o.k.SGD(w, g, o.state[i], kernel.SGDStep{LR: lr, Momentum: p.Momentum, Decay: s.decay, Step: o.step, Nesterov: p.Nesterov})
		return
	}
	first, second := o.state[i][:len(w)], o.state[i][len(w):]
	o.k.Adam(w, g, first, second, kernel.AdamStep{
		LR: lr, Beta1: p.Beta1, Beta2: p.Beta2, Eps: s.eps, Decay: s.decay,
		Step: o.step, Decoupled: p.Optimizer == "adamw",
	})
}
