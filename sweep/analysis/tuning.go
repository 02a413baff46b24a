package analysis

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Tuning tells what is left of the differences between the values of By once
// each has its own best x, beside what one x shared by all makes of them.
type Tuning struct {
	Shared   Value    // the x that is best on average over By, in log loss
	AtShared Estimate // variance of the log loss between values of By at Shared
	AtTuned  Estimate // the same, each at its own best x
	Left     Estimate // AtTuned / AtShared
	LeftGrid Estimate // the same with each valley's lowest cell in place of its parabola

	SharedOrder []Value // By from the lowest loss to the highest at Shared
	TunedOrder  []Value // the same, each at its own best x
	Rankings    []Ranking
}

// A Ranking sets the order of By's values at one x beside that at tuned x.
type Ranking struct {
	X         Value
	Agreement float64 // Kendall's tau-b: 1 the same order, 0 unrelated, -1 reversed; NaN if all tie
	Variance  float64 // of the log loss between values of By at X
	Best      Value   // the By of lowest loss at X
}

// Tuning compares the values of By at shared and at tuned x over a balanced
// grid, as Decompose takes it; it fails where that does. Seeds' noise adds to
// both variances, so that Left errs towards 1.
func (s Slice) Tuning() (Tuning, error) {
	g, err := s.balance()
	if err != nil {
		return Tuning{}, err
	}
	shared := g.bestColumn(nil)
	t := Tuning{Shared: g.Over[shared]}
	all := estimates(g.Seeds, func(w *weights) []float64 {
		at, tuned := variance(g.column(g.bestColumn(w), w)), variance(s.tuned(w))
		return []float64{at, tuned, tuned / at, variance(s.lowest(w)) / at}
	})
	t.AtShared, t.AtTuned, t.Left, t.LeftGrid = all[0].above(0), all[1].above(0), all[2].above(0), all[3].above(0)
	tuned := s.tuned(nil)
	t.SharedOrder, t.TunedOrder = order(g.By, g.column(shared, nil)), order(g.By, tuned)
	for j, x := range g.Over {
		at := g.column(j, nil)
		t.Rankings = append(t.Rankings, Ranking{X: x, Agreement: tau(at, tuned), Variance: variance(at), Best: order(g.By, at)[0]})
	}
	return t, nil
}

// column is the mean log loss of each By at one value of Over.
func (g balanced) column(j int, weights *weights) []float64 {
	w := make([]float64, len(g.Seeds))
	for k, seed := range g.Seeds {
		w[k] = 1
		if weights != nil {
			w[k] = weights.of(seed)
		}
	}
	means := make([]float64, len(g.By))
	for i := range g.By {
		means[i] = stat.Mean(g.loss[i][j], w)
	}
	return means
}

// bestColumn is the value of Over that is best on average.
func (g balanced) bestColumn(weights *weights) int {
	best, lowest := 0, math.Inf(1)
	for j := range g.Over {
		if mean := stat.Mean(g.column(j, weights), nil); mean < lowest {
			best, lowest = j, mean
		}
	}
	return best
}

// tuned is each valley's log loss at its own best x.
func (s Slice) tuned(weights *weights) []float64 {
	losses := make([]float64, len(s.ByLR))
	for i, v := range s.ByLR {
		losses[i] = logLoss(v.tune(weights).best.Loss)
	}
	return losses
}

// lowest is each valley's log loss at its lowest cell.
func (s Slice) lowest(weights *weights) []float64 {
	losses := make([]float64, len(s.ByLR))
	for i, v := range s.ByLR {
		t := v.tune(weights)
		if losses[i] = math.NaN(); t.best.Cell >= 0 {
			losses[i] = logLoss(t.means[t.best.Cell])
		}
	}
	return losses
}

func variance(xs []float64) float64 { return stat.PopVariance(xs, nil) }

// order sorts values by what goes with them, ascending.
func order(values []Value, by []float64) []Value {
	places := make([]int, len(values))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(by[a], by[b]) })
	sorted := make([]Value, len(values))
	for i, place := range places {
		sorted[i] = values[place]
	}
	return sorted
}

// tau is Kendall's tau-b between two lists, which counts ties on either side.
func tau(x, y []float64) float64 {
	concordance, untiedX, untiedY := 0.0, 0.0, 0.0
	for i := range x {
		for j := range i {
			a, b := sign(x[i]-x[j]), sign(y[i]-y[j])
			concordance += a * b
			untiedX += a * a
			untiedY += b * b
		}
	}
	return concordance / math.Sqrt(untiedX*untiedY)
}

func sign(x float64) float64 { return float64(cmp.Compare(x, 0)) }
