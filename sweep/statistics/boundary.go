package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// A Bracket holds the border of divergence at one place: it lies above Low and
// at or below High.
type Bracket struct {
	By   float64 // the place, positive
	Low  float64 // the largest x up to which nothing diverged; 0 if even the smallest did
	High float64 // the smallest x from which every run diverged; +Inf if the largest did not
}

// Open reports whether the grid ends before the border on either side.
func (b Bracket) Open() bool { return b.Low == 0 || math.IsInf(b.High, 1) }

// Bracket looks at the cells whose runs ended.
func (v Valley) Bracket(by float64) Bracket {
	b := Bracket{By: by, High: math.Inf(1)}
	for _, c := range v.cells {
		if len(c.Diverged) > 0 {
			break
		}
		if len(c.Losses) > 0 {
			b.Low = c.X
		}
	}
	for i := len(v.cells) - 1; i >= 0; i-- {
		c := v.cells[i]
		if len(c.Losses) > 0 {
			break
		}
		if len(c.Diverged) > 0 {
			b.High = c.X
		}
	}
	return b
}

// A Boundary is the border between runs that learn and runs that diverge.
type Boundary struct {
	Brackets []Bracket // ascending in By
	Closed   int       // brackets with both ends
	Middle   float64   // slope of log border against log By through the middles of the closed brackets; NaN for fewer than two
	Slopes   [2]float64
	OneLaw   bool // some power law passes through every bracket
}

// NewBoundary finds how the border moves through brackets that ascend in By.
// Slopes are the least and the greatest of all power laws that pass through
// every bracket, the open ones too: a range that rests on no assumption about
// noise. It may be infinite where the grid does not bound it, and is NaN if no
// law passes.
func NewBoundary(brackets []Bracket) Boundary {
	b := Boundary{Brackets: brackets, Slopes: feasible(brackets), Middle: math.NaN()}
	if b.OneLaw = b.Slopes[0] <= b.Slopes[1]; !b.OneLaw {
		b.Slopes = [2]float64{math.NaN(), math.NaN()}
	}
	var x, y []float64
	for _, k := range b.Brackets {
		if !k.Open() {
			x = append(x, math.Log(k.By))
			y = append(y, (math.Log(k.Low)+math.Log(k.High))/2)
		}
	}
	if b.Closed = len(x); b.Closed > 1 {
		_, b.Middle = stat.LinearRegression(x, y, nil, false)
	}
	return b
}

// feasible is the range of slopes of lines through all brackets in log-log:
// between any two brackets a line climbs at most from the bottom of the left
// one to the top of the right one.
func feasible(brackets []Bracket) [2]float64 {
	least, greatest := math.Inf(-1), math.Inf(1)
	for i, left := range brackets {
		for _, right := range brackets[i+1:] {
			run := math.Log(right.By / left.By)
			greatest = math.Min(greatest, (math.Log(right.High)-math.Log(left.Low))/run)
			least = math.Max(least, (math.Log(right.Low)-math.Log(left.High))/run)
		}
	}
	return [2]float64{least, greatest}
}
