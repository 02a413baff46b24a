package analysis

import (
	"cmp"
	"math"
	"slices"

	"sweep/sweep"
)

// A Start is where a run begins: the loss before training at a scale s.
type Start struct {
	Init  string // as the grid names it; "base model" for full fine-tuning
	Zero  bool   // one of the factors, or the whole update, is zero
	Scale float64
	R     int
	Alpha float64
	Loss  float64 // before training, nats a token
	Away  float64 // distance from the loss that most zero starts on the same rows have
}

// Starts returns the start of every run that ended, by init and scale, and
// drops equal ones. Runs are compared only with others on the same rows.
func Starts(results []sweep.Result) []Start {
	same := slices.DeleteFunc(names(), func(name string) bool { return slices.Contains(starting(), name) || name == "method" })
	var all []Start
	for _, g := range groupBy(ending(Runs(results), func(p sweep.Params) bool { return p.Adapter == "" }), same) {
		base := baseLoss(ending(g.results, zeroProduct))
		for _, r := range g.results {
			s := Start{
				Init: r.Params.Init, Zero: zeroProduct(r.Params), Scale: r.Params.Scale(),
				R: r.Params.R, Alpha: r.Params.Alpha, Loss: r.FirstLoss, Away: math.Abs(r.FirstLoss - base),
			}
			if r.Params.Method == "full" {
				s.Init = "base model"
			}
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Start) int {
		return cmp.Or(cmp.Compare(a.Init, b.Init), cmp.Compare(a.Scale, b.Scale), cmp.Compare(a.R, b.R), cmp.Compare(a.Alpha, b.Alpha), cmp.Compare(a.Loss, b.Loss))
	})
	return slices.Compact(all)
}

// baseLoss is the loss that most runs start at, NaN for none.
func baseLoss(results []sweep.Result) float64 {
	base, most := math.NaN(), 0
	for _, r := range results { // the first of equals, whatever the order of a map
		if n := starts(results)[math.Float64bits(r.FirstLoss)]; n > most {
			base, most = r.FirstLoss, n
		}
	}
	return base
}
