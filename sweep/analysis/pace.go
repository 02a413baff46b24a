package analysis

import (
	"math"
	"slices"

	"sweep/sweep"
)

// Pace tells how many seconds a run takes, by the median of those of as many steps
// at the same r, else of all, by their steps; NaN if none was timed.
func Pace(results []sweep.Result) func(sweep.Params) float64 {
	type size struct{ r, steps, batch, seq int }
	like, of := map[size][]float64{}, func(p sweep.Params) size { return size{p.R, p.Steps, p.StepRows(), p.Seq} }
	var steps []float64
	for _, r := range Runs(results) {
		if !r.State.Final() || r.CopyOf != "" || !(r.Seconds > 0) {
			continue
		}
		if r.Steps > 0 {
			steps = append(steps, r.Seconds/float64(r.Steps))
		}
		if r.State == sweep.StateDone {
			like[of(r.Params)] = append(like[of(r.Params)], r.Seconds)
		}
	}
	return func(p sweep.Params) float64 {
		if known := like[of(p)]; len(known) > 0 {
			return median(known)
		}
		return median(steps) * float64(p.Steps)
	}
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return slices.Sorted(slices.Values(x))[len(x)/2]
}
