package analysis

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// A Bracket holds the border of divergence at one value of By: it lies above
// Low and at or below High.
type Bracket struct {
	By   Value
	Low  float64 // the largest x up to which nothing diverged; 0 if even the smallest did
	High float64 // the smallest x from which every run diverged; +Inf if the largest did not
}

// Open reports whether the grid ends before the border on either side.
func (b Bracket) Open() bool { return b.Low == 0 || math.IsInf(b.High, 1) }

// A Boundary is the border between runs that learn and runs that diverge.
type Boundary struct {
	Brackets []Bracket // ascending in By
	Closed   int       // brackets with both ends
	Middle   float64   // slope of log border against log By through the middles of the closed brackets; NaN for fewer than two
	Slopes   [2]float64
	OneLaw   bool // some power law passes through every bracket
}

// Boundary finds where runs begin to diverge. Slopes are the least and the
// greatest of all power laws that pass through every bracket, the open ones
// too: a range that rests on no assumption about noise. It may be infinite
// where the grid does not bound it, and is NaN if no law passes.
func (s Slice) Boundary() Boundary {
	var b Boundary
	for _, v := range s.ByLR {
		if v.By.Numeric && v.By.Number > 0 {
			b.Brackets = append(b.Brackets, v.bracket())
		}
	}
	b.Slopes = feasible(b.Brackets)
	if b.OneLaw = b.Slopes[0] <= b.Slopes[1]; !b.OneLaw {
		b.Slopes = [2]float64{math.NaN(), math.NaN()}
	}
	b.Middle = math.NaN()
	var x, y []float64
	for _, k := range b.Brackets {
		if !k.Open() {
			x = append(x, math.Log(k.By.Number))
			y = append(y, (math.Log(k.Low)+math.Log(k.High))/2)
		}
	}
	if b.Closed = len(x); b.Closed > 1 {
		_, b.Middle = stat.LinearRegression(x, y, nil, false)
	}
	return b
}

// bracket looks at the cells whose runs ended.
func (v LossByLR) bracket() Bracket {
	b := Bracket{By: v.By, High: math.Inf(1)}
	for _, c := range v.Cells {
		if c.Tally.Diverged > 0 {
			break
		}
		if c.Tally.Done > 0 {
			b.Low = c.X.Number
		}
	}
	for i := len(v.Cells) - 1; i >= 0; i-- {
		c := v.Cells[i]
		if c.Tally.Done > 0 {
			break
		}
		if c.Tally.Diverged > 0 {
			b.High = c.X.Number
		}
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
			run := math.Log(right.By.Number / left.By.Number)
			greatest = math.Min(greatest, (math.Log(right.High)-math.Log(left.Low))/run)
			least = math.Max(least, (math.Log(right.Low)-math.Log(left.High))/run)
		}
	}
	return [2]float64{least, greatest}
}
