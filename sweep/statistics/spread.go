package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Spread is the typical log distance of curves from their mean, at the X of
// every cell of every curve where two or more reach so far, and how many such
// places there are. Cells ascend in X; between them a curve is linear in
// log-log. The interval is by a bootstrap over the seeds given.
func Spread(curves [][]Cell, seeds []int) (spread Estimate, overlap int) {
	places := crossings(curves)
	for _, here := range places {
		if len(here) > 1 {
			overlap++
		}
	}
	return estimate(seeds, func(w *weights) float64 { return spreadAt(curves, places, w) }).above(0), overlap
}

// crossing is where a curve passes an x.
type crossing struct {
	curve int
	cell  int     // at x, or the first above it
	share float64 // of the way from the cell before, in log x: 1 at the cell
}

// crossings are, for every cell of every curve, where the curves pass its x
// that reach so far.
func crossings(curves [][]Cell) [][]crossing {
	var all [][]crossing
	for _, curve := range curves {
		for i := range curve {
			var here []crossing
			for j, other := range curves {
				if cell, share, ok := pass(other, curve[i].X); ok {
					here = append(here, crossing{j, cell, share})
				}
			}
			all = append(all, here)
		}
	}
	return all
}

// pass is where a curve passes x.
func pass(cells []Cell, x float64) (cell int, share float64, ok bool) {
	const rounding = 1e-9
	for i, c := range cells {
		if math.Abs(x-c.X) <= rounding*x {
			return i, 1, true
		}
		if i > 0 && cells[i-1].X < x && x < c.X {
			return i, math.Log(x/cells[i-1].X) / math.Log(c.X/cells[i-1].X), true
		}
	}
	return 0, 0, false
}

// spreadAt is the root mean variance of the log losses at the places where two
// curves or more pass.
func spreadAt(curves [][]Cell, places [][]crossing, weights *weights) float64 {
	losses := make([][]float64, len(curves))
	for i, cells := range curves {
		losses[i] = weightedMeans(cells, weights)
		for j, mean := range losses[i] {
			losses[i][j] = LogLoss(mean)
		}
	}
	sum, overlap := 0.0, 0
	var here []float64
	for _, place := range places {
		here = here[:0]
		for _, x := range place {
			y := losses[x.curve][x.cell]
			if x.share < 1 {
				y = (1-x.share)*losses[x.curve][x.cell-1] + x.share*y
			}
			here = append(here, y)
		}
		if len(here) > 1 {
			sum += stat.Variance(here, nil)
			overlap++
		}
	}
	return math.Sqrt(sum / float64(overlap))
}
