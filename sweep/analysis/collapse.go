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

// Collapses puts the results that were compared into every coordinate, one
// Collapse for each combination of axes other than By, and lr. A coordinate is
// worth something only in so far as its spread is less than that of lr itself,
// over an overlap not much smaller. It fails if not lr varies.
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
			if at := x.Of(params[cell.run]); eligible(cell) && at > 0 {
				curve.Points = append(curve.Points, CollapsePoint{at, cell})
			}
		}
		slices.SortFunc(curve.Points, func(a, b CollapsePoint) int { return cmp.Compare(a.X, b.X) })
		c.Curves = append(c.Curves, curve)
	}
	places := c.crossings()
	cells := make([][]Cell, len(c.Curves))
	for i, curve := range c.Curves {
		cells[i] = curve.cells()
	}
	c.Spread = estimate(s.seeds(), func(w *weights) float64 { return spread(cells, places, w) }).above(0)
	for _, here := range places {
		if len(here) > 1 {
			c.Overlap++
		}
	}
	return c
}

// crossing is where a curve passes an x.
type crossing struct {
	curve int
	point int     // at x, or the first above it
	share float64 // of the way from the point before, in log x: 1 at the point
}

// crossings are, for every point of every curve, where the curves pass its x
// that reach so far.
func (c Collapse) crossings() [][]crossing {
	var all [][]crossing
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			var here []crossing
			for i, other := range c.Curves {
				if point, share, ok := other.pass(p.X); ok {
					here = append(here, crossing{i, point, share})
				}
			}
			all = append(all, here)
		}
	}
	return all
}

// spread looks at every point of every curve, given by its cells, and takes the
// root mean variance of the log losses there of all curves that reach so far.
func spread(curves [][]Cell, places [][]crossing, weights *weights) float64 {
	losses := make([][]float64, len(curves))
	for i, cells := range curves {
		losses[i] = weightedMeans(cells, weights)
		for j, mean := range losses[i] {
			losses[i][j] = logLoss(mean)
		}
	}
	sum, overlap := 0.0, 0
	var here []float64
	for _, place := range places {
		here = here[:0]
		for _, x := range place {
			y := losses[x.curve][x.point]
			if x.share < 1 {
				y = (1-x.share)*losses[x.curve][x.point-1] + x.share*y
			}
			here = append(here, y)
		}
		if len(here) > 1 {
			sum += stat.Variance(here, nil)
			overlap++
		}
	}
	return math.Sqrt(sum / float64(overlap))
}

func (c CollapsedCurve) cells() []Cell {
	cells := make([]Cell, len(c.Points))
	for i, p := range c.Points {
		cells[i] = p.Cell
	}
	return cells
}

// pass is where the curve, linear in log-log between its points, passes x.
func (c CollapsedCurve) pass(x float64) (point int, share float64, ok bool) {
	const rounding = 1e-9
	for i, p := range c.Points {
		if math.Abs(x-p.X) <= rounding*x {
			return i, 1, true
		}
		if i > 0 && c.Points[i-1].X < x && x < p.X {
			return i, math.Log(x/c.Points[i-1].X) / math.Log(p.X/c.Points[i-1].X), true
		}
	}
	return 0, 0, false
}
