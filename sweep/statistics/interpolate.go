package statistics

import (
	"math"
)

// lossAt is the loss at any x within the grid: on the parabola of the lowest cells
// if x lies between the ends of that; beside the lowest cell but beyond that
// parabola, where the loss rises like a cliff, on the line to the next cell;
// else on the parabola through the three nearest cells. It is NaN beyond the
// grid, and beside a cell that is not eligible.
func lossAt(cells []Cell, means []float64, x float64) float64 {
	i := segment(cells, x)
	if i < 0 {
		return math.NaN()
	}
	if x == cells[i].X {
		return means[i]
	}
	best := fitParabola(cells, means)
	switch inside := best.place == Inside; {
	case inside && best.first <= i && i+1 < best.end:
		return newQuadratic(cells[best.first:best.end]).loss(means[best.first:best.end], x)
	case inside && (best.cell == i || best.cell == i+1):
		return straight(cells, means, i, x)
	}
	middle, other := i, i+1 // of the three cells; the nearer first
	if x > math.Sqrt(cells[i].X*cells[i+1].X) {
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
	t := math.Log(x/cells[i].X) / math.Log(cells[i+1].X/cells[i].X)
	return math.Exp((1-t)*LogLoss(means[i]) + t*LogLoss(means[i+1]))
}

// segment returns the eligible cell at x, or the one below it if the next is
// eligible too; else -1.
func segment(cells []Cell, x float64) int {
	for i := range cells {
		switch c := &cells[i]; {
		case !c.Eligible():
		case c.X == x:
			return i
		case c.X < x && i+1 < len(cells) && x < cells[i+1].X && cells[i+1].Eligible():
			return i
		}
	}
	return -1
}

// triple reports whether a cell and both its neighbours are eligible.
func triple(cells []Cell, middle int) bool {
	return middle > 0 && middle+1 < len(cells) &&
		cells[middle-1].Eligible() && cells[middle].Eligible() && cells[middle+1].Eligible()
}
