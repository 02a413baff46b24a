package statistics

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Tuning tells what is left of the differences between rows once each is at its
// own lowest cell, beside what one column shared by all makes of them.
type Tuning struct {
	Shared   int      // the column that is best on average over the rows, in log loss
	AtShared Estimate // variance of the log loss between rows at Shared
	AtTuned  Estimate // the same, each at its own best x
	Left     Estimate // AtTuned / AtShared

	Columns [][]float64 // mean log loss of each row, by column
	Tuned   []float64   // log loss of each row at its own best x
}

// Tuning compares the rows at shared and at tuned x; valleys are those of the
// rows, which may have more cells than the table. Seeds' noise adds to both
// variances, so that Left errs towards 1.
func (t Table) Tuning(valleys []Valley) Tuning {
	all := estimates(t.Seeds, func(w *weights) []float64 {
		at, tuned := variance(t.column(t.bestColumn(w), w)), variance(lowestLosses(valleys, w))
		return []float64{at, tuned, tuned / at}
	})
	r := Tuning{
		Shared:   t.bestColumn(nil),
		AtShared: all[0].above(0), AtTuned: all[1].above(0), Left: all[2].above(0),
		Tuned: lowestLosses(valleys, nil),
	}
	for j := range t.Loss[0] {
		r.Columns = append(r.Columns, t.column(j, nil))
	}
	return r
}

// Variance is that of the log loss between rows at a column.
func (t Tuning) Variance(column int) float64 { return variance(t.Columns[column]) }

// Agreement is how well the order of the rows at a column agrees with that at
// their own best x, by Kendall's tau-b: 1 the same order, 0 unrelated, -1
// reversed; NaN if all tie.
func (t Tuning) Agreement(column int) float64 { return tau(t.Columns[column], t.Tuned) }

// column is the mean log loss of each row at one column.
func (t Table) column(j int, weights *weights) []float64 {
	w := make([]float64, len(t.Seeds))
	for k, seed := range t.Seeds {
		w[k] = 1
		if weights != nil {
			w[k] = weights.of(seed)
		}
	}
	means := make([]float64, len(t.Loss))
	for i := range t.Loss {
		means[i] = stat.Mean(t.Loss[i][j], w)
	}
	return means
}

// bestColumn is the column that is best on average.
func (t Table) bestColumn(weights *weights) int {
	best, lowest := 0, math.Inf(1)
	for j := range t.Loss[0] {
		if mean := stat.Mean(t.column(j, weights), nil); mean < lowest {
			best, lowest = j, mean
		}
	}
	return best
}

// lowestLosses is each valley's log loss at its lowest cell, NaN without one.
func lowestLosses(valleys []Valley, weights *weights) []float64 {
	losses := make([]float64, len(valleys))
	for i, v := range valleys {
		losses[i] = math.NaN()
		for j, mean := range weightedMeans(v.cells, weights) {
			if v.cells[j].Eligible() && !(mean >= losses[i]) {
				losses[i] = mean
			}
		}
		losses[i] = math.Log(max(losses[i], lossFloor))
	}
	return losses
}

func variance(xs []float64) float64 { return stat.PopVariance(xs, nil) }

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
