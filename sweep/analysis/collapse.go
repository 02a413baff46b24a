package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Coordinate is a combination of parameters to draw losses against.
type Coordinate struct {
	Name string
	of   func(sweep.Params) float64
}

// Of returns the coordinate of a run.
func (c Coordinate) Of(p sweep.Params) float64 { return c.of(p) }

// Coordinates returns those that theory knows, lr itself first. With s the
// scale of the update and std_A the size that A starts at, Adam's loss depends
// on s * std_A * lr while A stays as it started, and on sqrt(s) * lr once it has
// moved as far. Where a run leaves std_A to its init, what the model's widths
// make of it is a constant factor and left out.
func Coordinates() []Coordinate {
	return []Coordinate{
		{"lr", func(p sweep.Params) float64 { return p.LR }},
		{"s × std_A × lr", func(p sweep.Params) float64 { return p.Scale() * startSize(p) * p.LR }},
		{"sqrt(s) × lr", func(p sweep.Params) float64 { return math.Sqrt(p.Scale()) * p.LR }},
	}
}

// startSize is the standard deviation that A starts with, up to a factor that
// depends on the model alone.
func startSize(p sweep.Params) float64 {
	switch {
	case p.InitStd > 0:
		return p.InitStd
	case p.Init == "gaussian":
		return 1 / float64(p.R)
	default:
		return 1
	}
}

// A CollapsePoint is a cell in a new coordinate.
type CollapsePoint struct {
	X    float64
	Cell Cell
}

// A CollapsedCurve is the cells of one value of By.
type CollapsedCurve struct {
	By       Value
	Points   []CollapsePoint // ascending in X
	Diverged []CollapsePoint // cells of which a seed diverged, which are no part of the spread, ascending in X
}

// A Collapse is one curve for each value of By, drawn against a coordinate in
// which they may coincide.
type Collapse struct {
	Coordinate string
	Fixed      []Setting
	Curves     []CollapsedCurve
	Spread     statistics.Estimate // typical log distance of a curve from their mean, where two or more overlap
	Overlap    int                 // places at which two or more curves were compared
}

// Collapses puts the results that were compared into every coordinate, one
// Collapse for each combination of axes other than By, and lr. A coordinate is
// worth something only in so far as its spread is less than that of lr itself,
// over an overlap not much smaller. It fails if the
// comparison does not run along lr.
func (c Comparison) Collapses(results []sweep.Result) ([]Collapse, error) {
	if c.Over != "lr" {
		return nil, fmt.Errorf("collapse curves of %s: they run along %s, not lr", c.By, c.Over)
	}
	params := map[string]sweep.Params{}
	for _, r := range results {
		params[r.Key] = r.Params
	}
	var all []Collapse
	for _, s := range c.Slices {
		for _, x := range Coordinates() {
			all = append(all, s.collapse(x, params))
		}
	}
	return all, nil
}

func (s Slice) collapse(x Coordinate, params map[string]sweep.Params) Collapse {
	c := Collapse{Coordinate: x.Name, Fixed: s.Fixed}
	for _, v := range s.ByLR {
		curve := CollapsedCurve{By: v.By}
		for _, cell := range v.Cells {
			switch at := x.Of(params[cell.keys[0]]); {
			case at <= 0:
			case cell.numbers().Eligible():
				curve.Points = append(curve.Points, CollapsePoint{at, cell})
			case cell.Tally.Diverged > 0:
				curve.Diverged = append(curve.Diverged, CollapsePoint{at, cell})
			}
		}
		for _, points := range [][]CollapsePoint{curve.Points, curve.Diverged} {
			slices.SortFunc(points, func(a, b CollapsePoint) int { return cmp.Compare(a.X, b.X) })
		}
		c.Curves = append(c.Curves, curve)
	}
	curves := make([][]statistics.Cell, len(c.Curves))
	for i, curve := range c.Curves {
		curves[i] = curve.cells()
	}
	c.Spread, c.Overlap = statistics.Spread(curves, s.seeds())
	return c
}

// cells are those of the curve at its own X.
func (c CollapsedCurve) cells() []statistics.Cell {
	cells := make([]statistics.Cell, len(c.Points))
	for i, p := range c.Points {
		cells[i] = p.Cell.numbers()
		cells[i].X = p.X
	}
	return cells
}
