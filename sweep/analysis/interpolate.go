package analysis

import (
	"math"
)

// lossAt is the loss at any x within the grid: on the parabola of the optimum
// if x lies between the ends of that; beside the lowest cell but beyond that
// parabola, where the loss rises like a cliff, on the line to the next cell;
// else on the parabola through the three nearest cells. It is NaN beyond the
// grid, and beside a cell that is not eligible.
func lossAt(cells []Cell, means []float64, x float64) float64 {
	i := segment(cells, x)
	if i < 0 {
		return math.NaN()
	}
	if x == cells[i].X.Number {
		return means[i]
	}
	best := optimum(cells, means)
	switch inside := best.Place == Inside; {
	case inside && best.first <= i && i+1 < best.end:
		return newQuadratic(cells[best.first:best.end]).loss(means[best.first:best.end], x)
	case inside && (best.Cell == i || best.Cell == i+1):
		return straight(cells, means, i, x)
	}
	middle, other := i, i+1 // of the three cells; the nearer first
	if x > math.Sqrt(cells[i].X.Number*cells[i+1].X.Number) {
		middle, other = other, middle
	}
	for _, m := range []int{middle, other} {
		if triple(cells, m) {
			return newQuadratic(cells[m-1:m+2]).loss(means[m-1:m+2], x)
		}
	}
	return straight(cells, means, i, x)
}

// straight is the loss at x on the line from cell i to the next, in
// log-log.
func straight(cells []Cell, means []float64, i int, x float64) float64 {
	t := math.Log(x/cells[i].X.Number) / math.Log(cells[i+1].X.Number/cells[i].X.Number)
	return math.Exp((1-t)*logLoss(means[i]) + t*logLoss(means[i+1]))
}

// segment returns the eligible cell at x, or the one below it if the next is
// eligible too; else -1.
func segment(cells []Cell, x float64) int {
	for i := range cells {
		switch c := &cells[i]; {
		case !eligible(*c):
		case c.X.Number == x:
			return i
		case c.X.Number < x && i+1 < len(cells) && x < cells[i+1].X.Number && eligible(cells[i+1]):
			return i
		}
	}
	return -1
}

// triple reports whether a cell and both its neighbours are eligible.
func triple(cells []Cell, middle int) bool {
	return middle > 0 && middle+1 < len(cells) &&
		eligible(cells[middle-1]) && eligible(cells[middle]) && eligible(cells[middle+1])
}

// floor is the least loss that the valley can have between its lowest cell and
// the neighbours, if it is convex in log-log: it lies above the lines through
// the cells on either side.
func (v LossByLR) floor() float64 {
	best := v.Best.Cell
	if best < 0 {
		return math.NaN()
	}
	lowest := logLoss(v.Cells[best].Mean())
	for _, side := range []int{-1, 1} {
		if next := best + side; next >= 0 && next < len(v.Cells) && eligible(v.Cells[next]) {
			lowest = min(lowest, v.dip(best, side))
		}
	}
	return math.Exp(lowest)
}

// dip is the least log loss between the best cell and its neighbour on a side.
func (v LossByLR) dip(best, side int) float64 {
	next := best + side
	near, ok := v.line(best-side, best)
	if !ok {
		return math.Inf(-1)
	}
	far, bounded := v.line(next+side, next)
	at := func(x float64) float64 {
		if bounded {
			return max(near(x), far(x))
		}
		return near(x)
	}
	x, end := math.Log(v.Cells[best].X.Number), math.Log(v.Cells[next].X.Number)
	low := min(at(x), at(end))
	if bounded { // or where the lines cross
		gap, closing := near(x)-far(x), (far(end)-near(end))-(far(x)-near(x))
		if t := gap / closing; t > 0 && t < 1 {
			low = min(low, at(x+t*(end-x)))
		}
	}
	return low
}

// line is the straight line through two cells in log-log, ok if both are
// eligible.
func (v LossByLR) line(i, j int) (at func(logX float64) float64, ok bool) {
	if i < 0 || i >= len(v.Cells) || !eligible(v.Cells[i]) || !eligible(v.Cells[j]) {
		return nil, false
	}
	x, y := math.Log(v.Cells[j].X.Number), logLoss(v.Cells[j].Mean())
	slope := (logLoss(v.Cells[i].Mean()) - y) / (math.Log(v.Cells[i].X.Number) - x)
	return func(logX float64) float64 { return y + slope*(logX-x) }, true
}

func logLoss(loss float64) float64 { return math.Log(max(loss, lossFloor)) }
