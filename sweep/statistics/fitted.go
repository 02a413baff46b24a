package statistics

import "math"

// fitted is the lowest place of a valley by a parabola through the lowest cell and
// its neighbours, three cells or as many as make it broad enough, in log x and log
// loss. Where the loss rises like a cliff on one side, all of them lie on the
// other. It holds the truth where a valley is a parabola.
type fitted struct {
	at, loss   float64
	place      Place
	cell       int
	first, end int  // range of the parabola's cells, if Inside
	cliff      bool // the parabola has no vertex between them: at is the lowest cell
}

// fitParabola finds the lowest of the cells' mean losses, one mean for each cell.
func fitParabola(cells []Cell, means []float64) fitted {
	best := -1
	for i := range cells {
		if cells[i].Eligible() && (best < 0 || means[i] < means[best]) {
			best = i
		}
	}
	o := fitted{at: math.NaN(), loss: math.NaN(), place: NoOptimum, cell: best}
	if best < 0 {
		return o
	}
	o.at, o.loss, o.place = cells[best].X, means[best], place(cells, best)
	if o.place == Inside {
		o.first, o.end = fitWindow(cells, means, best)
		at, loss := newQuadratic(cells[o.first:o.end]).vertex(means[o.first:o.end])
		if o.cliff = math.IsNaN(at); !o.cliff {
			o.at, o.loss = at, loss
		}
	}
	return o
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

// place tells what lies on either side of the cell at best. A neighbour
// without any result is an edge.
func place(cells []Cell, best int) Place {
	low := best > 0 && cells[best-1].Eligible()
	high := best+1 < len(cells) && cells[best+1].Eligible()
	diverges := func(i int) bool { return i >= 0 && i < len(cells) && len(cells[i].Diverged) > 0 }
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
