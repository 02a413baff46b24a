package sweep

import "math"

// Rescale returns the settings under which the factor A is a times, and B is b
// times, what it is under p, from the start and through all of training, while the
// loss stays the same. LoRA's update s (x A^T) B^T does not change if A becomes aA,
// B becomes bB and s becomes s/(ab). Its steps do not change either if what acts on
// A is multiplied (times) or divided (by) as well:
//
//	standard deviation that A is drawn with    times a
//	lr_a of adamw and adam, whose steps        times a
//	  are lr m/(sqrt(v) + eps)
//	eps_a, as the gradient of A is divided     by a
//	  by a
//	lr_a of sgd, with any momentum             times a^2
//	weight_decay_a of adamw, so that lr_a      by a
//	  times it does not change
//	weight_decay_a of adam and sgd, which      by a^2
//	  add it to the gradient
//
// What acts on B is changed in the same way with b. Clip is divided by a, and then
// needs a = b, as does init "both", which draws A and B with one standard deviation.
// A factor whose standard deviation depends on the shape of the model (init_std = 0,
// unless init is "gaussian" or "swapped") can be multiplied only by 1. What LoRA does
// not read (lr, eps, weight_decay) is set to what A has.
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

// drawn returns the standard deviation of the factors that start random, and whether
// it is known, as it does not depend on the shape of the model.
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
