package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// ErrNothingToDraw says that results lack the axes that a kind of figure needs.
var ErrNothingToDraw = errors.New("nothing to draw")

// mapColumns is how many maps stand side by side.
const mapColumns = 2

// Heatmap draws the final loss over an axis and lr as a map, and the best lr of
// each value as the valley that runs through it. Each combination of the other
// axes that vary is a panel. It fails where analysis.Compare does, and with
// ErrNothingToDraw unless both the axis and lr vary and are numbers.
func Heatmap(results []sweep.Result, axis string, o Options) ([]Figure, error) {
	c, err := analysis.Compare(results, axis)
	if err != nil {
		return nil, err
	}
	c.Slices = withRuns(c.Slices)
	sheet := mapSheet{c, newScale(axis, values(results, axis)), newScale(c.Over, values(results, c.Over)), lossRamp(c)}
	if c.Over != "lr" || axis == "lr" || len(sheet.across.values) < 2 || sheet.across.kind == ordinal || sheet.along.kind == ordinal {
		return nil, fmt.Errorf("map the loss over %s and lr: both must vary, in positive numbers: %w", axis, ErrNothingToDraw)
	}
	var figures []Figure
	for part := range slices.Chunk(c.Slices, o.shape().down*o.shape().columns(mapColumns)) {
		f := o.figure()
		f.ramp, f.caption, f.data = sheet.ramp, mapCaption(c, results), valleyData(c, part)
		var panels []panel
		for _, s := range part {
			panels = append(panels, sheet.panel(s))
		}
		f.panels = f.grid(panels, mapColumns)
		figures = append(figures, f)
	}
	return number(figures), nil
}

// mapSheet is what the panels of a Heatmap share.
type mapSheet struct {
	analysis.Comparison
	across, along scale
	ramp          ramp
}

// lossRamp spans the mean losses of all cells.
func lossRamp(c analysis.Comparison) ramp {
	e := noExtent()
	for _, s := range c.Slices {
		for _, v := range s.ByLR {
			for _, cell := range v.Cells {
				if mean := cell.Mean(); mean > 0 {
					e.include(mean)
				}
			}
		}
	}
	r := ramp{title: lossLabel(c.Quantity)}
	r.low, r.high = e.or(1, 10)
	if r.low == r.high {
		r.high *= 1.01
	}
	return r
}

func (m mapSheet) panel(s analysis.Slice) panel {
	m.across, m.along = newScale(m.By, byValues(s)), newScale(m.Over, cellValues(s)) // arms have grids of their own
	p := newPanel(fixedTitle(s.Fixed), axisLabel(m.By), axisLabel(m.Over))
	m.across.apply(&p.X)
	m.along.apply(&p.Y)
	p.X.Min, p.X.Max = m.across.edges(0)[0], m.across.edges(len(m.across.values) - 1)[1]
	p.Y.Min, p.Y.Max = m.along.edges(0)[0], m.along.edges(len(m.along.values) - 1)[1]
	inside(&p.X)
	inside(&p.Y)
	for _, v := range s.ByLR {
		m.addColumn(p, v)
	}
	addTrack(p, s)
	return p
}

// inside drops an axis' ticks beyond its ends, which moved after they were set.
func inside(a *plot.Axis) {
	var kept plot.ConstantTicks
	for _, t := range a.Tick.Marker.Ticks(a.Min, a.Max) {
		if a.Min <= t.Value && t.Value <= a.Max {
			kept = append(kept, t)
		}
	}
	a.Tick.Marker = kept
}

// edges are the borders of the i-th value's cell, half-way to its neighbours
// and as far beyond the ends.
func (s scale) edges(i int) [2]float64 {
	halfway := func(from, to float64) float64 {
		if s.kind == logarithmic {
			return math.Sqrt(from * to)
		}
		return (from + to) / 2
	}
	opposite := func(from, edge float64) float64 {
		if s.kind == logarithmic {
			return from * from / edge
		}
		return 2*from - edge
	}
	at := s.values[i].Number
	if len(s.values) == 1 {
		return [2]float64{at / 2, at * 2}
	}
	var e [2]float64
	if i > 0 {
		e[0] = halfway(s.values[i-1].Number, at)
	}
	if i+1 < len(s.values) {
		e[1] = halfway(at, s.values[i+1].Number)
	} else {
		e[1] = opposite(at, e[0])
	}
	if i == 0 {
		e[0] = opposite(at, e[1])
	}
	return e
}

func (s scale) index(v analysis.Value) int {
	for i, w := range s.values {
		if v == w {
			return i
		}
	}
	return 0
}

// addColumn draws the cells of one value: coloured by their mean loss, pale
// with a cross where a seed diverged, blank where nothing is known.
func (m mapSheet) addColumn(p panel, v analysis.LossByLR) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		wide := m.across.edges(m.across.index(v.By))
		for _, cell := range v.Cells {
			high := m.along.edges(m.along.index(cell.X))
			left, right, bottom, top := x(wide[0]), x(wide[1]), y(high[0]), y(high[1])
			switch {
			case cell.Tally.Diverged > 0:
				c.SetColor(pale)
				fillBox(c, left, bottom, right, top)
				drawCross(c, style{color: hues()[6]}, min(3, (top-bottom)/4), vg.Point{X: (left + right) / 2, Y: (bottom + top) / 2})
			case len(cell.Losses) > 0:
				c.SetColor(m.ramp.color(cell.Mean()))
				fillBox(c, left, bottom, right, top)
			}
		}
	})
}

// addTrack draws the valley: the best lr of each value, with its interval,
// joined where the grid encloses it.
func addTrack(p panel, s analysis.Slice) {
	const rim = 2.6
	light := draw.LineStyle{Color: white, Width: 1.3}
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, v := range s.ByLR {
			if v.Best.Place == statistics.Inside {
				line = append(line, vg.Point{X: x(v.By.Number), Y: y(v.Best.At)})
			}
		}
		if len(line) > 1 {
			c.StrokeLines(light, line)
		}
		for _, v := range s.ByLR {
			if v.Best.Place == statistics.NoOptimum {
				continue
			}
			at := vg.Point{X: x(v.By.Number), Y: y(v.Best.At)}
			if v.Best.Low < v.Best.High {
				drawWhiskers(c, light, at.X, y(v.Best.Low), y(v.Best.High))
			}
			drawSpot(c, at, rim, v.Best.Place == statistics.Inside)
		}
	})
}

// drawSpot draws a disc with a white rim, hollow for what is only bounded.
func drawSpot(c draw.Canvas, at vg.Point, radius vg.Length, filled bool) {
	disc := markers()[0]
	c.SetColor(white)
	c.Fill(disc.path(radius, at))
	c.SetColor(black)
	if filled {
		c.Fill(disc.path(radius-0.8, at))
		return
	}
	c.SetLineStyle(draw.LineStyle{Color: black, Width: 0.8})
	c.Stroke(disc.path(radius-0.6, at))
}
