package sweep

import "math"

// Rescale returns the settings under which the factor A is a times, and B b
// times, what it is under p, from the start and through all of training, while
// the loss stays the same. LoRA's update s (x A^T) B^T is what it was under
// A -> aA, B -> bB, s -> s/(ab), and so are its steps if what acts on A goes
// along:
//
//	standard deviation that A is drawn with    times a
//	lr_a of adamw and adam, whose steps        times a
//	  are lr m/(sqrt(v) + eps)
//	eps_a, as the gradient of A goes by a      by a
//	lr_a of sgd, with any momentum             times a^2
//	weight_decay_a of adamw, as lr_a times     by a
//	  it stays
//	weight_decay_a of adam and sgd, which      by a^2
//	  add it to the gradient
//
// and B in the same way with b. Clipping goes by a and needs a = b, as does init
// "both", which draws A and B with one standard deviation. A factor drawn with a
// standard deviation that hangs on the model's shape (init_std = 0, but for init
// "gaussian" and "swapped") needs to be multiplied by 1. What has no part in
// LoRA (lr, eps, weight_decay) follows A.
func (p Params) Rescale(a, b float64) Params {
	if std, known := p.drawn(); known {
		p.InitStd = std * a
		if p.Init == "swapped" {
			p.InitStd = std * b
		}
	}
	stepA, stepB := a, b
	if p.Optimizer == "sgd" {
		stepA, stepB = a*a, b*b
	}
	decayA, decayB := a, b
	if p.Optimizer != "adamw" {
		decayA, decayB = a*a, b*b
	}
	p.Alpha /= a * b
	p.LRA, p.LRB = p.LRA*stepA, p.LRB*stepB
	p.EpsA, p.EpsB = p.EpsA/a, p.EpsB/b
	p.WeightDecayA, p.WeightDecayB = p.WeightDecayA/decayA, p.WeightDecayB/decayB
	p.LR, p.Eps, p.WeightDecay = p.LRA, p.EpsA, p.WeightDecayA
	p.Clip /= a
	return p
}

// drawn is the standard deviation of the factors that start random, if it is
// known whatever the shape of the model.
func (p Params) drawn() (std float64, known bool) {
	switch {
	case p.InitStd > 0:
		return p.InitStd, true
	case p.Init == "gaussian":
		return 1 / float64(p.R), true
	case p.Init == "swapped":
		return 1 / math.Sqrt(3*float64(p.R)), true
	default:
		return 0, false
	}
}
