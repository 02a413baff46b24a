package plots

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// bestPanel draws the best value of each valley against the axis compared.
func (v valleySheet) bestPanel(s analysis.Slice) *panel {
	span := bestExtent(v.Comparison, v.across, s)
	best := axis{name: v.Over, kind: logarithmic, span: span}
	p := newPanel(fixedTitle(s.Fixed), parameterAxis(v.across), best, axisLabel(v.By), "best "+axisLabel(v.Over))
	p.note = slopeNote(s)
	if v.across.kind == logarithmic {
		if v.layer == 0 {
			for _, law := range v.Theory(s) {
				addTheory(p, law, v.By, s)
			}
		}
		v.addTrend(p, s)
	}
	for _, valley := range s.ByLR {
		if valley.Best.Place != statistics.NoOptimum {
			_, style := v.of(valley.By)
			addBest(p, valley, v.across.at(valley.By), func(draw.Canvas, func(float64) vg.Length) vg.Length { return v.shift() }, style)
			p.has(v.name(valley.By))
		}
	}
	return p
}

// shift is by how many points the marks of one of several sweeps stand beside their
// place, so that they do not cover those of another.
func (l look) shift() vg.Length { return 4 * vg.Length(l.layer) }

// bestExtent is the range of best values and their intervals, and of the lines of
// theory as long as these do not dwarf the values.
func bestExtent(c analysis.Comparison, across scale, s analysis.Slice) extent {
	e, lines := noExtent(), noExtent()
	for _, v := range s.ByLR {
		e.include(v.Best.At, v.Best.Low, v.Best.High)
	}
	lines.include(theoryEnds(c, across, s)...)
	e.low, e.high = e.or(1e-4, 1e-1)
	e.low, e.high = e.withArrows(s.ByLR)
	room := math.Max(math.Pow(e.high/e.low, 0.4), 2)
	low, high := lines.or(e.low, e.high)
	e.include(math.Max(low, e.low/room), math.Min(high, e.high*room))
	return e
}

// withArrows is a range of best values with room for the arrows on those that are
// bounds.
func (e extent) withArrows(valleys []analysis.LossByLR) (low, high float64) {
	room := math.Max(math.Pow(e.high/e.low, 0.16), 1.4)
	for _, v := range valleys {
		if v.Best.Bound() {
			e.include(v.Best.At * math.Pow(room, direction(v.Best)))
		}
	}
	return e.low, e.high
}

// direction is that in which the best lies beyond a bound.
func direction(o statistics.Optimum) float64 {
	switch o.Place {
	case statistics.AtHigh:
		return 1
	case statistics.AtLow:
		return -1
	default:
		return 0
	}
}

// theoryEnds are where the lines of theory for a slice begin and end.
func theoryEnds(c analysis.Comparison, across scale, s analysis.Slice) []float64 {
	px, py, ok := pivot(s)
	if !ok || across.kind != logarithmic {
		return nil
	}
	var ends []float64
	for _, law := range c.Theory(s) {
		for _, v := range s.ByLR {
			ends = append(ends, py*math.Pow(v.By.Number/px, law.Value))
		}
	}
	return ends
}

// pivot is the point that lines of theory run through: the geometric mean of
// the optima inside the grid.
func pivot(s analysis.Slice) (x, y float64, ok bool) {
	n := 0.0
	for _, v := range s.ByLR {
		if v.Best.Place == statistics.Inside {
			x += math.Log(v.By.Number)
			y += math.Log(v.Best.At)
			n++
		}
	}
	return math.Exp(x / n), math.Exp(y / n), n > 0
}

// addTheory draws a dashed line over the values compared, with its name
// behind the point where it ends or leaves the panel.
func addTheory(p *panel, law analysis.Power, by string, s analysis.Slice) {
	px, py, ok := pivot(s)
	if !ok || len(s.ByLR) < 2 {
		return
	}
	line := func(x float64) float64 { return py * math.Pow(x/px, law.Value) }
	first, last := s.ByLR[0].By.Number, s.ByLR[len(s.ByLR)-1].By.Number
	name := by + "^{" + strings.ReplaceAll(law.Text, "-", minus) + "}"
	style := tickStyle()
	style.Color, style.YAlign = grey, draw.YCenter
	dashed := draw.LineStyle{Color: grey, Width: 0.8, Dashes: []vg.Length{4, 3}}
	p.marks = append(p.marks, mark{
		draw: func(c draw.Canvas, x, y func(float64) vg.Length) {
			whole := []vg.Point{{X: x(first), Y: y(line(first))}, {X: x(last), Y: y(line(last))}}
			for _, visible := range c.ClipLinesXY(whole) {
				c.StrokeLines(dashed, visible)
				end := visible[len(visible)-1]
				c.FillText(style, vg.Point{X: end.X + 7, Y: max(end.Y, c.Min.Y+4) + style.FontExtents().Descent}, name)
			}
		},
		around: &surrounding{last, math.NaN(), vg.Rectangle{Max: vg.Point{X: style.Width(name) + 7, Y: 1}}},
	})
}

// addTrend joins the optima that lie inside the grid.
func (l look) addTrend(p *panel, s analysis.Slice) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, v := range s.ByLR {
			if v.Best.Place == statistics.Inside {
				line = append(line, vg.Point{X: x(v.By.Number) + l.shift(), Y: y(v.Best.At)})
			}
		}
		if len(line) > 1 {
			c.StrokeLines(draw.LineStyle{Color: dark, Width: 0.7, Dashes: dashes()[l.layer]}, line)
		}
	})
}

// addBest draws one best value, some points beside its place: filled with its
// interval where it is an estimate, hollow where it is not; an arrow points to
// where the grid ended, and a bar reaches to the value that diverges.
func addBest(p *panel, v analysis.LossByLR, by float64, beside func(draw.Canvas, func(float64) vg.Length) vg.Length, l style) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		at := vg.Point{X: x(by) + beside(c, x), Y: y(v.Best.At)}
		style := draw.LineStyle{Color: l.color, Width: 1}
		if v.Best.Bound() {
			drawArrow(c, style, at, 13*vg.Length(direction(v.Best)))
		}
		if v.Best.Low < v.Best.High {
			drawWhiskers(c, style, at.X, y(v.Best.Low), y(v.Best.High))
		}
		glyph := l.hollow(2.4)
		if v.Best.Place == statistics.Inside {
			glyph = l.glyph(2.6)
		}
		stamp(c, glyph, at)
	})
}

func drawWhiskers(c draw.Canvas, style draw.LineStyle, x, low, high vg.Length) {
	const cap = 2
	c.StrokeLine2(style, x, low, x, high)
	c.StrokeLine2(style, x-cap, low, x+cap, low)
	c.StrokeLine2(style, x-cap, high, x+cap, high)
}

func drawArrow(c draw.Canvas, style draw.LineStyle, from vg.Point, length vg.Length) {
	tip := from.Y + length
	back := tip - length/4
	c.StrokeLine2(style, from.X, from.Y, from.X, tip)
	c.StrokeLines(style, []vg.Point{{X: from.X - 2, Y: back}, {X: from.X, Y: tip}, {X: from.X + 2, Y: back}})
}

// slopeNote states the slope of the slice, if it has one.
func slopeNote(s analysis.Slice) string {
	slope, ok := s.Slope()
	if !ok {
		return ""
	}
	wide := slope.Estimate
	digits := 2
	if wide.High-wide.Low < 0.02 {
		digits = 3
	}
	note := "slope " + signed(wide.Value, digits)
	if wide.Bounded() {
		note += fmt.Sprintf(" (%s to %s)", signed(wide.Low, digits), signed(wide.High, digits))
	}
	if slope.N < len(s.ByLR) {
		note += fmt.Sprintf(", from %d of %d", slope.N, len(s.ByLR))
	}
	return note
}
