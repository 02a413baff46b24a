package statistics

import (
	"math"
)

// A Place says what kind of value an Optimum is.
type Place string

// The places of an optimum.
const (
	Inside       Place = "inside"        // the vertex of a parabola through three cells
	AtLow        Place = "at low edge"   // the smallest x tried: the best lies there or below
	AtHigh       Place = "at high edge"  // the largest x tried: the best lies there or above
	AtDivergence Place = "at divergence" // runs diverge beside it: the best lies between the two
	NoOptimum    Place = "nowhere"       // no cell is eligible
)

// An Optimum is the x of lowest loss along a valley.
//
// A cell is eligible if its x is positive, at least one of its seeds is done
// and none diverged: a setting that diverges for one seed in three is not the
// best, however low the other two. Of an eligible cell of lowest mean loss with
// eligible neighbours, the parabola is fitted to the three lowest cells about it,
// or to as many as make it broad enough, in log x and log loss, so that the
// vertex is a loss that a run can have. Where the loss rises like a cliff on one
// side, all these cells lie on the other: a parabola over the cliff would dip far
// below any loss that a run has.
type Optimum struct {
	At        float64 // NaN if NoOptimum
	Loss      float64 // at the vertex, or of the cell where Place is not Inside
	Low, High float64 // 95 % interval, bootstrap over paired seeds; NaN for one seed, and unless Inside
	Place     Place
	Cell      int // index of the lowest cell in the valley, -1 if NoOptimum

	first, end int       // range of the parabola's cells, if Inside
	cliff      bool      // the parabola has no vertex between them: At is the lowest cell
	draws      []float64 // log At of each bootstrap resample
	seeds      int       // that were resampled
}

// FitCells is how many cells the parabola is fitted to, 0 if there is none.
func (o Optimum) FitCells() int { return o.end - o.first }

// Bound reports whether the optimum lies on the edge of what was tried, so
// that At is a bound and no estimate.
func (o Optimum) Bound() bool { return o.Place == AtLow || o.Place == AtHigh }

// optimum finds the lowest of the cells' mean losses, one mean for each cell.
func optimum(cells []Cell, means []float64) Optimum {
	best := -1
	for i := range cells {
		if cells[i].Eligible() && (best < 0 || means[i] < means[best]) {
			best = i
		}
	}
	o := Optimum{At: math.NaN(), Loss: math.NaN(), Low: math.NaN(), High: math.NaN(), Place: NoOptimum, Cell: best}
	if best < 0 {
		return o
	}
	o.At, o.Loss, o.Place = cells[best].X, means[best], place(cells, best)
	if o.Place == Inside {
		o.first, o.end = fitWindow(cells, means, best)
		at, loss := newQuadratic(cells[o.first:o.end]).vertex(means[o.first:o.end])
		if o.cliff = math.IsNaN(at); !o.cliff {
			o.At, o.Loss = at, loss
		}
	}
	return o
}

// hidden is how far below and above log At, at a cliff, the best may lie: half-way
// to the cells on either side. Elsewhere the parabola says.
func (o Optimum) hidden(cells []Cell) (below, above float64) {
	if !o.cliff {
		return 0, 0
	}
	at := math.Log(o.At)
	return (at - math.Log(cells[o.Cell-1].X)) / 2, (math.Log(cells[o.Cell+1].X) - at) / 2
}

// leastFitRatio is the least ratio of x from one end of a parabola to the other: over
// less, noise bends it.
const leastFitRatio = 4

// fitWindow is the range of cells that grows from the best one towards the lower
// side until it has three and is as broad as a parabola should be.
func fitWindow(cells []Cell, means []float64, best int) (first, end int) {
	first, end = best, best+1
	for end-first < 3 || cells[end-1].X < leastFitRatio*cells[first].X {
		left := first > 0 && cells[first-1].Eligible()
		right := end < len(cells) && cells[end].Eligible()
		switch {
		case left && (!right || means[first-1] <= means[end]):
			first--
		case right:
			end++
		default:
			return first, end
		}
	}
	return first, end
}

// Eligible reports whether a best x may lie at the cell.
func (c Cell) Eligible() bool {
	return c.X > 0 && len(c.Losses) > 0 && !c.Diverged
}

// place tells what lies on either side of the cell at best. A neighbour
// without any result is an edge.
func place(cells []Cell, best int) Place {
	low := best > 0 && cells[best-1].Eligible()
	high := best+1 < len(cells) && cells[best+1].Eligible()
	diverges := func(i int) bool { return i >= 0 && i < len(cells) && cells[i].Diverged }
	switch {
	case low && high:
		return Inside
	case !low && !diverges(best-1):
		return AtLow
	case !high && !diverges(best+1):
		return AtHigh
	default:
		return AtDivergence
	}
}
