package analysis

import "math"

// A Place says what kind of value an Optimum is.
type Place string

// The places of an optimum.
const (
	Inside       Place = "inside"        // the vertex of a parabola through three cells
	AtLow        Place = "at low edge"   // the smallest x tried: the best lies there or below
	AtHigh       Place = "at high edge"  // the largest x tried: the best lies there or above
	AtDivergence Place = "at divergence" // runs diverge beside it: the best lies between the two
	Nowhere      Place = "nowhere"       // no cell is eligible
)

// An Optimum is the x of lowest loss along a valley.
//
// A cell is eligible if its x is positive, at least one of its seeds is done
// and none diverged: a setting that diverges for one seed in three is not the
// best, however low the other two. Around the eligible cell of lowest mean
// loss, the parabola runs through it and its two neighbours, in log x and log
// loss, so that the vertex is a loss that a run can have.
type Optimum struct {
	At        float64 // NaN if Nowhere
	Loss      float64 // at the vertex, or of the cell where Place is not Inside
	Low, High float64 // 95 % interval, bootstrap over paired seeds; NaN for one seed, and unless Inside
	Place     Place
	Cell      int // index of the lowest cell in the valley, -1 if Nowhere

	draws []float64 // log At of each bootstrap resample
	seeds int       // that were resampled
}

// Bound reports whether the optimum lies on the edge of what was tried, so
// that At is a bound and no estimate.
func (o Optimum) Bound() bool { return o.Place == AtLow || o.Place == AtHigh }

// lossFloor keeps the logarithm of a loss finite.
const lossFloor = 1e-12

// optimum finds the lowest of the cells' mean losses, one mean for each cell.
func optimum(cells []Cell, means []float64) Optimum {
	best := -1
	for i, c := range cells {
		if eligible(c) && (best < 0 || means[i] < means[best]) {
			best = i
		}
	}
	o := Optimum{At: math.NaN(), Loss: math.NaN(), Low: math.NaN(), High: math.NaN(), Place: Nowhere, Cell: best}
	if best < 0 {
		return o
	}
	o.At, o.Loss, o.Place = cells[best].X.Number, means[best], place(cells, best)
	if o.Place == Inside {
		o.At, o.Loss = vertex(cells[best-1:best+2], means[best-1:best+2])
	}
	return o
}

func eligible(c Cell) bool {
	return c.X.Numeric && c.X.Number > 0 && len(c.Losses) > 0 && c.Tally.Diverged == 0
}

// place tells what lies on either side of the cell at best. A neighbour
// without any result is an edge.
func place(cells []Cell, best int) Place {
	low := best > 0 && eligible(cells[best-1])
	high := best+1 < len(cells) && eligible(cells[best+1])
	diverges := func(i int) bool { return i >= 0 && i < len(cells) && cells[i].Tally.Diverged > 0 }
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

// vertex returns where the parabola through three cells has its minimum, and
// the loss there. The middle one must be the lowest.
func vertex(cells []Cell, means []float64) (at, loss float64) {
	var x, y [3]float64
	for i, c := range cells {
		x[i] = math.Log(c.X.Number)
		y[i] = math.Log(max(means[i], lossFloor))
	}
	left, right := x[1]-x[0], x[2]-x[1]
	before, after := (y[0]-y[1])/left, (y[2]-y[1])/right // both >= 0
	if before+after == 0 {
		return cells[1].X.Number, means[1]
	}
	curvature := (before + after) / (left + right)
	slope := (after*left - before*right) / (left + right) // at x[1]
	shift := -slope / (2 * curvature)
	return math.Exp(x[1] + shift), math.Exp(y[1] + shift*(slope+curvature*shift))
}
