package statistics

import (
	"math"
	"slices"
)

// A Cell is what the runs at one x came to that differ in nothing but seed.
type Cell struct {
	X        float64 // 0 where it is no number
	Losses   Losses
	Diverged []int // seeds of the runs that diverged
}

// A Valley is the loss along x, such as the learning rate, in which a lowest
// place is looked for.
type Valley struct {
	Best    Optimum
	cells   []Cell
	profile Profile
}

// NewValley returns the valley of cells that ascend in X.
func NewValley(cells []Cell) Valley {
	v := Valley{cells: cells, profile: NewProfile(scanOf(cells, everySeed(cells)))}
	best := v.profile.Best()
	v.Best = Optimum{At: best.Value, Loss: math.NaN(), Low: best.Low, High: best.High, Place: v.profile.Place, Cell: v.profile.Cell}
	switch {
	case v.Best.Place == Inside:
		v.Best.Loss = v.between(best.Value)
	case v.Best.Cell >= 0:
		v.Best.Loss = cells[v.Best.Cell].Losses.Mean()
	}
	return v
}

// scanOf is the log losses of cells, of some seeds.
func scanOf(cells []Cell, seeds []int) Scan {
	s := Scan{X: make([]float64, len(cells))}
	row := map[int]int{}
	for _, seed := range seeds {
		row[seed] = len(s.Loss)
		s.Loss = append(s.Loss, make([]float64, len(cells)))
	}
	for i, c := range cells {
		s.X[i] = c.X
		for _, losses := range s.Loss {
			losses[i] = math.NaN()
		}
		if c.X <= 0 {
			continue
		}
		for _, l := range c.Losses {
			s.Loss[row[l.Seed]][i] = LogLoss(l.Loss)
		}
		for _, seed := range c.Diverged {
			s.Loss[row[seed]][i] = math.Inf(1)
		}
	}
	return s
}

// everySeed is all that ended in some cell, ascending.
func everySeed(cells []Cell) []int {
	var seeds []int
	for _, c := range cells {
		seeds = append(seeds, c.Diverged...)
		for _, l := range c.Losses {
			seeds = append(seeds, l.Seed)
		}
	}
	slices.Sort(seeds)
	return slices.Compact(seeds)
}

// between is the mean loss at x on the line between the cells beside it.
func (v Valley) between(x float64) float64 {
	i := 0
	for i+2 < len(v.cells) && v.cells[i+1].X < x {
		i++
	}
	return straight(v.cells, weightedMeans(v.cells, nil), i, x)
}

// Lowest is the loss of each seed at the valley's lowest cell.
func (v Valley) Lowest() Losses {
	if v.Best.Cell < 0 {
		return nil
	}
	return v.cells[v.Best.Cell].Losses
}

// Diverges reports whether x lies at a cell that diverges or beside one.
func (v Valley) Diverges(x float64) bool {
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

// floor is the least loss that the valley can have between its lowest cell and
// the neighbours, if it is convex in log-log: it lies above the lines through
// the cells on either side.
func (v Valley) floor() float64 {
	best := v.Best.Cell
	if best < 0 {
		return math.NaN()
	}
	lowest := LogLoss(v.cells[best].Losses.Mean())
	for _, side := range []int{-1, 1} {
		if next := best + side; next >= 0 && next < len(v.cells) && v.cells[next].Eligible() {
			lowest = min(lowest, v.dip(best, side))
		}
	}
	return math.Exp(lowest)
}

// dip is the least log loss between the best cell and its neighbour on a side.
func (v Valley) dip(best, side int) float64 {
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
	x, end := math.Log(v.cells[best].X), math.Log(v.cells[next].X)
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
func (v Valley) line(i, j int) (at func(logX float64) float64, ok bool) {
	if i < 0 || i >= len(v.cells) || !v.cells[i].Eligible() || !v.cells[j].Eligible() {
		return nil, false
	}
	x, y := math.Log(v.cells[j].X), LogLoss(v.cells[j].Losses.Mean())
	slope := (LogLoss(v.cells[i].Losses.Mean()) - y) / (math.Log(v.cells[i].X) - x)
	return func(logX float64) float64 { return y + slope*(logX-x) }, true
}

// straight is the loss at x on the line from cell i to the next, in
// log-log.
func straight(cells []Cell, means []float64, i int, x float64) float64 {
	t := math.Log(x/cells[i].X) / math.Log(cells[i+1].X/cells[i].X)
	return math.Exp((1-t)*LogLoss(means[i]) + t*LogLoss(means[i+1]))
}
