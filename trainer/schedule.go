package trainer

import (
	"math"

	"sweep/sweep"
	"sweep/trainer/kernel"
)

// scheduleFactor is what the learning rates are multiplied by at step s, counted
// from 0, under the schedules of transformers (get_constant_schedule_with_warmup,
// get_linear_schedule_with_warmup, get_cosine_schedule_with_warmup): a linear
// rise over the warm-up, whose first step has rate zero, then constant, a
// straight line to zero, or half a cosine to zero.
func scheduleFactor(p sweep.Params, s int) float64 {
	if s < p.Warmup {
		return float64(s) / float64(p.Warmup)
	}
	rest := float64(max(1, p.Steps-p.Warmup))
	switch p.Schedule {
	case "linear":
		return float64(max(0, p.Steps-s)) / rest
	case "cosine":
		progress := float64(s-p.Warmup) / rest
		return max(0, float64(0.5*float64(1+kernel.Cos(float64(math.Pi*progress)))))
	default:
		return 1
	}
}
