package statistics

import "math"

// A Regret is the loss paid in one valley for reusing the x, such as the
// learning rate, that was tuned in another.
type Regret struct {
	Reused   float64  // the x tuned in the other
	Best     Optimum  // what tuning x here gives
	Absolute Estimate // nats a token, never negative
	Relative Estimate // of the tuned loss
	OnGrid   Estimate // the same from the cells alone: the other's lowest cell's x reused, against the lowest cell here; unknown where this x was not tried here
	AtLeast  bool     // the best here lies beyond the grid, so that the regret may be larger
	Diverges bool     // the reused x diverges here, so that there is no number
}

// Regrets returns the regret in each valley but the first, for reusing
// the best x of the first. There are none if the first has no best.
//
// OnGrid is a check on the parabola, which a valley that rises gently on one
// side and steeply on the other leads below any loss that a run had.
//
// Between cells the loss follows the parabola in log x and log loss through
// the three nearest; the interval takes in the uncertainty of both optima, on
// paired seeds. Near a regret of nothing it errs on the wide side, as what is
// squared cannot be negative.
func Regrets(valleys []Valley) []Regret {
	if len(valleys) == 0 || valleys[0].Best.Place == NoOptimum {
		return nil
	}
	seeds := Seeds(valleys)
	var regrets []Regret
	for _, v := range valleys[1:] {
		regrets = append(regrets, v.regret(valleys[0], seeds))
	}
	return regrets
}

func (v Valley) regret(first Valley, seeds []int) Regret {
	g := Regret{
		Reused: first.fit.at, Best: v.Best,
		AtLeast: v.Best.Bound(), Diverges: v.diverges(first.fit.at),
	}
	all := estimates(seeds, func(w *weights) []float64 {
		first, own := first.tune(w), v.tune(w)
		absolute, relative := own.paid(first.best.at)
		return []float64{absolute, relative, own.paidOnGrid(first)}
	})
	g.Absolute, g.Relative, g.OnGrid = all[0].above(0), all[1].above(0), all[2].above(0)
	return g
}

// MeanRegret is the mean relative regret over all valleys but the first.
// It is unknown if any of them has none.
func MeanRegret(valleys []Valley) Estimate {
	return estimate(Seeds(valleys), func(w *weights) float64 { return meanRegret(valleys, w) }).above(0)
}

// RegretGap is by how much the second's mean regret exceeds the first's, on
// paired seeds.
func RegretGap(first, second []Valley) Estimate {
	return estimate(Seeds(append(append([]Valley{}, first...), second...)), func(w *weights) float64 {
		return meanRegret(second, w) - meanRegret(first, w)
	})
}

func meanRegret(valleys []Valley, weights *weights) float64 {
	if len(valleys) == 0 {
		return math.NaN()
	}
	first, sum := valleys[0].tune(weights), 0.0
	for _, v := range valleys[1:] {
		_, relative := v.tune(weights).paid(first.best.at)
		sum += relative
	}
	return sum / float64(len(valleys)-1)
}

// tuned is a valley by a resample of its seeds.
type tuned struct {
	cells []Cell
	means []float64
	best  fitted
}

func (v Valley) tune(weights *weights) tuned {
	means := weightedMeans(v.cells, weights)
	return tuned{v.cells, means, fitParabola(v.cells, means)}
}

// paid is the regret for an x, NaN where there is none.
func (t tuned) paid(reused float64) (absolute, relative float64) {
	absolute = lossAt(t.cells, t.means, reused) - t.best.loss
	if absolute < 0 {
		absolute = 0
	}
	return absolute, absolute / math.Max(t.best.loss, lossFloor)
}

// paidOnGrid is the relative regret for the best x of first, with no parabola:
// both losses are means of runs.
func (t tuned) paidOnGrid(first tuned) float64 {
	if first.best.cell < 0 || t.best.cell < 0 {
		return math.NaN()
	}
	for i, c := range t.cells {
		if c.X == first.cells[first.best.cell].X && c.Eligible() {
			return t.means[i]/math.Max(t.means[t.best.cell], lossFloor) - 1
		}
	}
	return math.NaN()
}

// diverges reports whether x lies at a cell that diverges or beside one.
func (v Valley) diverges(x float64) bool {
	for i, c := range v.cells {
		if len(c.Diverged) == 0 {
			continue
		}
		from, to := c.X, c.X
		if i > 0 && v.cells[i-1].X < x {
			from = math.Nextafter(v.cells[i-1].X, math.Inf(1))
		}
		if i+1 < len(v.cells) && v.cells[i+1].X > x {
			to = math.Nextafter(v.cells[i+1].X, 0)
		}
		if from <= x && x <= to {
			return true
		}
	}
	return false
}
