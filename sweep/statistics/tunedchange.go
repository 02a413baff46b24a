package statistics

import (
	"math"
	"slices"
)

// prices are the log losses by which a valley's loss at its best x is judged, by seed.
type prices struct {
	chosen []float64   // at the x that the other seeds choose, NaN where it has none
	at     [][]float64 // at each x that all seeds with any loss have; NaN for the others
}

// tunedPrices are those of valleys, over all seeds that any of them has; worst is the
// log loss at which what diverges is taken.
func tunedPrices(valleys []Valley, worst float64) []prices {
	all := make([]prices, len(valleys))
	for i, s := range scansOf(valleys) {
		all[i] = pricesOf(s, worst)
	}
	return all
}

func pricesOf(s Scan, worst float64) prices {
	p := prices{chosen: Tuned(s, worst)}
	s = s.capped(worst)
	for i := range s.X {
		column := make([]float64, len(s.Loss))
		complete := true
		for k, seed := range s.Loss {
			column[k] = seed[i]
			complete = complete && (!math.IsNaN(seed[i]) || s.empty(k))
		}
		if complete {
			p.at = append(p.at, column)
		}
	}
	return p
}

// less is by how much the log loss of one valley at its best x exceeds that of another,
// over the seeds that both have, with an interval of a confidence. The seeds that
// choose an x choose it less well than it is known to all, and much alike: so each end
// takes in that the best x of the lower one may be any that was trained.
func (p prices) less(other prices, confidence float64) Estimate {
	own := paired(p.chosen, other.chosen)
	if len(own) < 2 {
		return Exactly(own.mean())
	}
	errors := studentQuantile(confidence, float64(len(own)-1))
	e := own.reaching(errors)
	for _, at := range other.at {
		if d := paired(p.chosen, at); len(d) == len(own) {
			e.High = max(e.High, d.reaching(errors).High)
		}
	}
	for _, at := range p.at {
		if d := paired(at, other.chosen); len(d) == len(own) {
			e.Low = min(e.Low, d.reaching(errors).Low)
		}
	}
	return e
}

// TunedChange is by what share the loss at tuned x is higher in a second valley than
// in a first, over the seeds that both have, and how many these are. Other seeds choose
// the x of each; what diverges counts as a log loss of worst.
func TunedChange(first, second Valley, worst float64) (change Estimate, seeds int) {
	p := tunedPrices([]Valley{first, second}, worst)
	differences := paired(p[1].chosen, p[0].chosen)
	return p[1].less(p[0], confidence).Ratio(), len(differences)
}

// paired is the differences over the seeds that both have.
func paired(first, second []float64) sample {
	differences := make(sample, len(first))
	for k := range first {
		differences[k] = first[k] - second[k]
	}
	return slices.DeleteFunc(differences, func(d float64) bool { return math.IsNaN(d) })
}
