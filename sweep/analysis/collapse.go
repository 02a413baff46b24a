package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sweep/sweep"
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
	By     Value
	Points []CollapsePoint // ascending in X
}

// A Collapse is the curves of By's values in a coordinate, which may put them
// onto one another.
type Collapse struct {
	Coordinate string
	Fixed      []Setting
	Curves     []CollapsedCurve
	Spread     Estimate // typical log distance of a curve from their mean, where two or more overlap
	Overlap    int      // places at which it was taken
}

// Collapses puts a sweep into every coordinate, one Collapse for each
// combination of axes other than by, and lr. A coordinate is worth something
// only in so far as its spread is less than that of lr itself, over an overlap
// not much smaller. It fails where Compare does, or if not lr varies.
func Collapses(results []sweep.Result, by string) ([]Collapse, error) {
	c, err := Compare(results, by)
	if err != nil {
		return nil, err
	}
	if c.Over != "lr" {
		return nil, fmt.Errorf("collapse curves of %s: they run along %s, not lr", by, c.Over)
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
	for _, v := range s.Valleys {
		curve := CollapsedCurve{By: v.By}
		for _, cell := range v.Cells {
			if at := x.Of(params[cell.run]); eligible(cell) && at > 0 {
				curve.Points = append(curve.Points, CollapsePoint{at, cell})
			}
		}
		slices.SortFunc(curve.Points, func(a, b CollapsePoint) int { return cmp.Compare(a.X, b.X) })
		c.Curves = append(c.Curves, curve)
	}
	c.Spread = estimate(s.seeds(), func(w map[int]float64) float64 { spread, _ := c.spread(w); return spread }).above(0)
	_, c.Overlap = c.spread(nil)
	return c
}

// spread looks at every point of every curve and takes the root mean variance
// of the log losses there of all curves that reach so far.
func (c Collapse) spread(weights map[int]float64) (spread float64, places int) {
	means := make([][]float64, len(c.Curves))
	for i, curve := range c.Curves {
		means[i] = weightedMeans(curve.cells(), weights)
	}
	sum := 0.0
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			var here []float64
			for i, other := range c.Curves {
				if y, ok := other.at(p.X, means[i]); ok {
					here = append(here, y)
				}
			}
			if len(here) > 1 {
				sum += stat.Variance(here, nil)
				places++
			}
		}
	}
	return math.Sqrt(sum / float64(places)), places
}

func (c CollapsedCurve) cells() []Cell {
	cells := make([]Cell, len(c.Points))
	for i, p := range c.Points {
		cells[i] = p.Cell
	}
	return cells
}

// at is the curve's log loss at x, linear in log-log between its points.
func (c CollapsedCurve) at(x float64, means []float64) (y float64, ok bool) {
	const rounding = 1e-9
	for i, p := range c.Points {
		if math.Abs(x-p.X) <= rounding*x {
			return logLoss(means[i]), true
		}
		if i > 0 && c.Points[i-1].X < x && x < p.X {
			t := math.Log(x/c.Points[i-1].X) / math.Log(p.X/c.Points[i-1].X)
			return (1-t)*logLoss(means[i-1]) + t*logLoss(means[i]), true
		}
	}
	return 0, false
}
