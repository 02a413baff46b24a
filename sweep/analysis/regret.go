package analysis

import (
	"math"
)

// A Regret is the loss paid at one value of By for reusing the x, such as the
// learning rate, that was tuned at another.
type Regret struct {
	By       Value
	Reused   float64  // the x tuned at the first value of By
	Best     Optimum  // what tuning x at By itself gives
	Absolute Estimate // nats a token, never negative
	Relative Estimate // of the tuned loss
	OnGrid   Estimate // the same from the cells alone: the lowest cell's x reused, against By's lowest cell; unknown where By was not tried at that x
	AtLeast  bool     // By's own best lies beyond the grid, so that the regret may be larger
	Diverges bool     // the reused x diverges at By, so that there is no number
}

// Regrets returns the regret at each value of By but the first, for reusing
// the best x of the first. There are none if the first has no best.
//
// OnGrid is a check on the parabola, which a valley that rises gently on one
// side and steeply on the other leads below any loss that a run had.
//
// Between cells the loss follows the parabola in log x and log loss through
// the three nearest; the interval takes in the uncertainty of both optima, on
// paired seeds. Near a regret of nothing it errs on the wide side, as what is
// squared cannot be negative.
func (s Slice) Regrets() []Regret {
	if len(s.ByLR) == 0 || s.ByLR[0].Best.Place == NoOptimum {
		return nil
	}
	var regrets []Regret
	for _, v := range s.ByLR[1:] {
		regrets = append(regrets, s.regret(v))
	}
	return regrets
}

func (s Slice) regret(v LossByLR) Regret {
	first := s.ByLR[0]
	g := Regret{
		By: v.By, Reused: first.Best.At, Best: v.Best,
		AtLeast: v.Best.Bound(), Diverges: v.diverges(first.Best.At),
	}
	all := estimates(s.seeds(), func(w *weights) []float64 {
		first, own := first.tune(w), v.tune(w)
		absolute, relative := own.paid(first.best.At)
		return []float64{absolute, relative, own.paidOnGrid(first)}
	})
	g.Absolute, g.Relative, g.OnGrid = all[0].above(0), all[1].above(0), all[2].above(0)
	return g
}

// MeanRegret is the mean relative regret over all values of By but the first.
// It is unknown if any of them has none.
func (s Slice) MeanRegret() Estimate {
	return estimate(s.seeds(), s.meanRegret).above(0)
}

// RegretGap is by how much another slice's mean regret exceeds this one's, on
// paired seeds.
func (s Slice) RegretGap(other Slice) Estimate {
	seeds := seedsOf(append(append([]LossByLR{}, s.ByLR...), other.ByLR...))
	return estimate(seeds, func(w *weights) float64 { return other.meanRegret(w) - s.meanRegret(w) })
}

func (s Slice) meanRegret(weights *weights) float64 {
	if len(s.ByLR) == 0 {
		return math.NaN()
	}
	first, sum := s.ByLR[0].tune(weights), 0.0
	for _, v := range s.ByLR[1:] {
		_, relative := v.tune(weights).paid(first.best.At)
		sum += relative
	}
	return sum / float64(len(s.ByLR)-1)
}

// tuned is a valley by a resample of its seeds.
type tuned struct {
	cells []Cell
	means []float64
	best  Optimum
}

func (v LossByLR) tune(weights *weights) tuned {
	means := weightedMeans(v.Cells, weights)
	return tuned{v.Cells, means, optimum(v.Cells, means)}
}

// paid is the regret for an x, NaN where there is none.
func (t tuned) paid(reused float64) (absolute, relative float64) {
	absolute = lossAt(t.cells, t.means, reused) - t.best.Loss
	if absolute < 0 {
		absolute = 0
	}
	return absolute, absolute / math.Max(t.best.Loss, lossFloor)
}

// paidOnGrid is the relative regret for the best x of first, with no parabola:
// both losses are means of runs.
func (t tuned) paidOnGrid(first tuned) float64 {
	if first.best.Cell < 0 || t.best.Cell < 0 {
		return math.NaN()
	}
	for i, c := range t.cells {
		if c.X == first.cells[first.best.Cell].X && eligible(c) {
			return t.means[i]/math.Max(t.means[t.best.Cell], lossFloor) - 1
		}
	}
	return math.NaN()
}

// diverges reports whether x lies at a cell that diverges or beside one.
func (v LossByLR) diverges(x float64) bool {
	for i, c := range v.Cells {
		if c.Tally.Diverged == 0 || !c.X.Numeric {
			continue
		}
		from, to := c.X.Number, c.X.Number
		if i > 0 && v.Cells[i-1].X.Number < x {
			from = math.Nextafter(v.Cells[i-1].X.Number, math.Inf(1))
		}
		if i+1 < len(v.Cells) && v.Cells[i+1].X.Number > x {
			to = math.Nextafter(v.Cells[i+1].X.Number, 0)
		}
		if from <= x && x <= to {
			return true
		}
	}
	return false
}
