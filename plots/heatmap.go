package plots

import (
	"errors"
	"fmt"

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
	return alone(draftHeatmap, subject{results: results, by: axis}, o)
}

func draftHeatmap(s subject) (draft, error) {
	c, err := analysis.Compare(s.results, s.by)
	if err != nil {
		return draft{}, err
	}
	c.Slices = withRuns(c.Slices)
	sheet := mapSheet{c, newScale(s.by, s.values(s.by)), newScale(c.Over, s.values(c.Over)), lossRamp(c)}
	if c.Over != "lr" || s.by == "lr" || len(sheet.across.values) < 2 || sheet.across.kind == ordinal || sheet.along.kind == ordinal {
		return draft{}, fmt.Errorf("map the loss over %s and lr: both must vary, in positive numbers: %w", s.by, ErrNothingToDraw)
	}
	d := draft{ramp: sheet.ramp, columns: mapColumns, notes: mapCaption(c, s.results)}
	for _, part := range c.Slices {
		d.groups = append(d.groups, group{[]*panel{sheet.panel(part)}, valleyData(c, []analysis.Slice{part})})
	}
	return d, nil
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

func (m mapSheet) panel(s analysis.Slice) *panel {
	p := newPanel(fixedTitle(s.Fixed), m.edgeAxis(m.across, byValues(s)), m.edgeAxis(m.along, cellValues(s)), axisLabel(m.By), axisLabel(m.Over))
	p.gridless = true
	for _, v := range s.ByLR {
		m.addColumn(p, v, s)
	}
	addTrack(p, s)
	return p
}

// edgeAxis ends where the cells of some values of a scale do. Arms have grids of
// their own.
func (m mapSheet) edgeAxis(s scale, among []analysis.Value) axis {
	a := parameterAxis(s.of(among))
	a.room = roomNone
	for _, v := range among {
		low, high := s.edges(v, among)
		a.span.include(low, high)
	}
	return a
}

func byValues(s analysis.Slice) []analysis.Value {
	values := make([]analysis.Value, len(s.ByLR))
	for i, v := range s.ByLR {
		values[i] = v.By
	}
	return values
}

// addColumn draws the cells of one value: coloured by the mean loss of the seeds
// that are done, pale where there is none as all diverged, blank where nothing is
// known.
func (m mapSheet) addColumn(p *panel, v analysis.LossByLR, s analysis.Slice) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		from, to := m.across.edges(v.By, byValues(s))
		for _, cell := range v.Cells {
			low, high := m.along.edges(cell.X, cellValues(s))
			switch {
			case len(cell.Losses) > 0:
				c.SetColor(m.ramp.color(cell.Mean()))
			case cell.Tally.Diverged > 0:
				c.SetColor(pale)
			default:
				continue
			}
			fillBox(c, x(from), y(low), x(to), y(high))
			if cell.Tally.Diverged > 0 {
				mark, at := cross{style: inked(), whole: true}, vg.Point{X: (x(from) + x(to)) / 2, Y: (y(low) + y(high)) / 2}
				if len(cell.Losses) > 0 { // in a corner, as the best lr may lie in the middle
					mark.whole, at = false, vg.Point{X: x(from) + 4, Y: y(high) - 4}
				}
				drawCasedCross(c, mark, at)
			}
		}
	})
}

// drawCasedCross draws a cross that shows on any colour.
func drawCasedCross(c draw.Canvas, x cross, at vg.Point) {
	size := x.size()
	for _, line := range []draw.LineStyle{{Color: white, Width: 2.4}, {Color: x.style.color, Width: 1}} {
		c.StrokeLine2(line, at.X-size, at.Y-size, at.X+size, at.Y+size)
		c.StrokeLine2(line, at.X-size, at.Y+size, at.X+size, at.Y-size)
	}
}

// addTrack draws the valley: the best lr of each value, with its interval,
// joined where the grid encloses it.
func addTrack(p *panel, s analysis.Slice) {
	const rim = 2.6
	light, casing := draw.LineStyle{Color: white, Width: 1.3}, draw.LineStyle{Color: black, Width: 2.4}
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, v := range s.ByLR {
			if v.Best.Place == statistics.Inside {
				line = append(line, vg.Point{X: x(v.By.Number), Y: y(v.Best.At)})
			}
		}
		if len(line) > 1 {
			c.StrokeLines(casing, line)
			c.StrokeLines(light, line)
		}
		for _, v := range s.ByLR {
			if v.Best.Place == statistics.NoOptimum {
				continue
			}
			at := vg.Point{X: x(v.By.Number), Y: y(v.Best.At)}
			if v.Best.Low < v.Best.High {
				drawWhiskers(c, casing, at.X, y(v.Best.Low), y(v.Best.High))
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
