package plots

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

const curveColumns = 3

// Curves draws loss against step from the points held by run key, one line for
// each value of an axis. Each combination of the other axes that vary is a
// panel, lr among them; panels that do not fit go on to further figures. It
// fails where analysis.Trace does.
func Curves(results []sweep.Result, curves map[string][]sweep.Point, axis string, o Options) ([]Figure, error) {
	h, err := analysis.Trace(results, curves, axis)
	if err != nil {
		return nil, err
	}
	by := values(results, axis)
	sheet := curveSheet{by: by, styles: stylesOf(by), span: curveExtent(h), reach: smoothing(h)}
	var figures []Figure
	for part := range slices.Chunk(h.Panels, o.shape().down*o.shape().columns(curveColumns)) {
		f := o.figure()
		f.caption, f.data = curveCaption(h, sheet.reach, results), curveData(axis, part)
		if len(by) > 1 {
			f.legend = newLegend(axis, by, sheet.styles)
		}
		f.panels = f.grid(sheet.panels(part))
		figures = append(figures, f)
	}
	return number(figures), nil
}

// curveSheet is what the panels of a Curves figure share.
type curveSheet struct {
	by     []analysis.Value
	styles []style
	span   curveSpan
	reach  int // of the smoothing, in steps to either side
}

// curveSpan is the range of the curves.
type curveSpan struct{ steps, losses extent }

// panels returns the panels and how many stand side by side.
func (s curveSheet) panels(traces []analysis.Traces) (panels []panel, columns int) {
	for _, t := range traces {
		panels = append(panels, s.panel(t))
	}
	if len(panels) == 4 { // two by two
		return panels, 2
	}
	return panels, curveColumns
}

func (s curveSheet) panel(t analysis.Traces) panel {
	p := newPanel(fixedTitle(t.Fixed), "step", "loss (nats per token)")
	linearAxis(&p.X, s.span.steps.low, s.span.steps.high)
	p.X.Min = s.span.steps.low
	lossAxis(&p.Y, s.span.losses.low, s.span.losses.high)
	addGrid(p)
	for _, l := range t.Lines {
		style := s.lookOf(l.By)
		style.dashes = nil
		for _, run := range l.Diverged {
			addDiverging(p, run, style)
		}
		addCurve(p, l.Train, draw.LineStyle{Color: style.faint(), Width: 0.4})
	}
	for _, l := range t.Lines {
		style := s.lookOf(l.By)
		addCurve(p, analysis.Smooth(l.Train, s.reach), style.line(1))
		addPoints(p, l.Eval, style)
	}
	return p
}

func (s curveSheet) lookOf(v analysis.Value) style {
	for i, by := range s.by {
		if by == v {
			return s.styles[i]
		}
	}
	return s.styles[0]
}

func addCurve(p panel, samples []analysis.Sample, style draw.LineStyle) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		line := make([]vg.Point, len(samples))
		for i, s := range samples {
			line[i] = vg.Point{X: x(float64(s.Step)), Y: y(s.Loss)}
		}
		if len(line) > 1 {
			c.StrokeLines(style, c.ClipLinesXY(line)...)
		}
	})
}

func addPoints(p panel, samples []analysis.Sample, l style) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, s := range samples {
			at := vg.Point{X: x(float64(s.Step)), Y: y(s.Loss)}
			if c.Contains(at) {
				c.DrawGlyph(l.hollow(1.6), at)
			}
		}
	})
}

// addDiverging draws a diverged run up to the panel's top edge, where a cross
// marks the step at which it left.
func addDiverging(p panel, run []analysis.Sample, l style) {
	end := 0
	for end < len(run) && run[end].Loss <= p.Y.Max {
		end++
	}
	step := p.X.Min
	if end > 0 {
		step = float64(run[end-1].Step)
	}
	addCurve(p, run[:end], draw.LineStyle{Color: l.color, Width: 0.5})
	add(p, func(c draw.Canvas, x, _ func(float64) vg.Length) {
		drawCross(c, l, 1.9, vg.Point{X: x(step), Y: c.Max.Y - 3})
	})
}

// curveExtent is the range of steps and of the averaged losses over all
// panels. What diverges may leave it.
func curveExtent(h analysis.History) curveSpan {
	span := curveSpan{noExtent(), noExtent()}
	for _, t := range h.Panels {
		for _, l := range t.Lines {
			for _, samples := range [][]analysis.Sample{l.Eval, l.Train} {
				for _, s := range samples {
					span.steps.include(float64(s.Step))
					span.losses.include(s.Loss)
				}
			}
			for _, run := range l.Diverged {
				for _, s := range run {
					span.steps.include(float64(s.Step))
				}
				if len(run) > 0 {
					span.losses.include(run[0].Loss)
				}
			}
		}
	}
	span.steps.low, span.steps.high = span.steps.or(0, 1)
	span.losses.low, span.losses.high = span.losses.or(1, 10)
	return span
}

// smoothing is a fiftieth of the longest curve, to either side.
func smoothing(h analysis.History) int {
	longest := 0
	for _, t := range h.Panels {
		for _, l := range t.Lines {
			longest = max(longest, len(l.Train))
		}
	}
	return longest / 50
}

func smoothingNote(reach int) string {
	if reach == 0 {
		return ""
	}
	return fmt.Sprintf(", smoothed over %d steps (unsmoothed: faint)", 2*reach+1)
}
