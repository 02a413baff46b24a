package plots

import (
	"fmt"

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
	held := func() (map[string][]sweep.Point, error) { return curves, nil }
	return alone(draftCurves, subject{results: results, by: axis, curves: held}, o)
}

func draftCurves(s subject) (draft, error) {
	curves, err := s.curves()
	if err != nil {
		return draft{}, err
	}
	h, err := s.trace(curves)
	if err != nil {
		return draft{}, err
	}
	sheet := curveSheet{look: s.look(s.by), reach: smoothing(h), metric: s.metric}
	d := draft{columns: curveColumns, notes: sheet.caption(h, s.results, curves)}
	if len(sheet.values) > 1 {
		d.legend = sheet.legend()
	}
	for _, t := range h.Panels {
		d.groups = append(d.groups, group{[]*panel{sheet.panel(t)}, curveData(s.by, s.metric, []analysis.Traces{t})})
	}
	return d, nil
}

func (s subject) trace(curves map[string][]sweep.Point) (analysis.History, error) {
	if s.metric == sweep.MetricLoss {
		return analysis.Trace(s.results, curves, s.by)
	}
	return analysis.TraceMetric(s.results, curves, s.by, s.metric)
}

// curveSheet is what the panels of a Curves figure share.
type curveSheet struct {
	look
	reach  int // of the smoothing, in steps to either side
	metric sweep.Metric
}

// axis shows the losses, or a metric: on a log scale where that spans more than a decade.
func (s curveSheet) axis(span extent) axis {
	if s.metric != sweep.MetricLoss && span.high < 10*span.low {
		return axis{kind: linear, span: span}
	}
	return lossAxis(span)
}

func (s curveSheet) label() string {
	if s.metric != sweep.MetricLoss {
		return string(s.metric)
	}
	return "loss (nats per token)"
}

// curveSpan is the range of the curves.
type curveSpan struct{ steps, losses extent }

func (s curveSheet) panel(t analysis.Traces) *panel {
	span := curveExtent(t)
	p := newPanel(fixedTitle(t.Fixed), stepAxis(span.steps), s.axis(span.losses), "step", s.label())
	for _, l := range t.Lines {
		i, style := s.of(l.By)
		for _, run := range l.Diverged {
			s.addDiverging(p, run, style, i)
		}
		for _, run := range l.Partial {
			addPartial(p, run, style)
		}
		addCurve(p, l.Train, draw.LineStyle{Color: style.faint(), Width: 0.4})
	}
	for _, l := range t.Lines {
		i, style := s.of(l.By)
		smooth := analysis.Smooth(l.Train, s.reach)
		addCurve(p, smooth, style.line(1))
		addSigns(p, smooth, style, i, len(s.values))
		addPoints(p, l.Eval, style)
		if len(l.Train)+len(l.Eval)+len(l.Diverged)+len(l.Partial) > 0 {
			p.has(s.name(l.By))
		}
	}
	return p
}

// addSigns puts a line's marker upon it here and there, beside those of other
// lines, so that each is known by more than its colour.
func addSigns(p *panel, samples []analysis.Sample, l style, line, lines int) {
	const signs = 3
	if len(samples) == 0 {
		return
	}
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		last := -1
		for i := range signs {
			share := 0.04 + 0.86*(float64(i)+(float64(line)+0.5)/float64(lines))/signs // away from the marks of the ends
			at := int(share * float64(len(samples)))
			if at == last {
				continue
			}
			last = at
			if spot := (vg.Point{X: x(float64(samples[at].Step)), Y: y(samples[at].Loss)}); c.Contains(spot) {
				stamp(c, l.glyph(1.7), spot)
			}
		}
	})
}

func addCurve(p *panel, samples []analysis.Sample, style draw.LineStyle) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		line := make([]vg.Point, len(samples))
		for i, s := range samples {
			line[i] = vg.Point{X: x(float64(s.Step)), Y: y(s.Loss)}
		}
		if len(line) > 1 {
			c.StrokeLines(style, c.ClipLinesXY(line)...)
		}
	})
}

func addPoints(p *panel, samples []analysis.Sample, l style) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, s := range samples {
			at := vg.Point{X: x(float64(s.Step)), Y: y(s.Loss)}
			if c.Contains(at) {
				stamp(c, l.hollow(1.6), at)
			}
		}
	})
}

// addDiverging draws a diverged run up to its end or to where it leaves the panel,
// with a cross there.
func (s curveSheet) addDiverging(p *panel, run []analysis.Sample, l style, line int) {
	if len(run) == 0 {
		return
	}
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		end := vg.Point{}
		var path []vg.Point
		for _, sample := range run {
			end = vg.Point{X: x(float64(sample.Step)), Y: y(sample.Loss)}
			path = append(path, end)
			if end.Y > c.Max.Y {
				break
			}
		}
		if len(path) > 1 {
			c.StrokeLines(draw.LineStyle{Color: l.color, Width: 0.5}, c.ClipLinesXY(path)...)
		}
		drawCross(c, l, wholeCross, vg.Point{X: end.X, Y: min(end.Y, c.Max.Y-3)})
	})
	addSigns(p, run, l, line, len(s.values))
}

// addPartial draws a run that has not ended, up to a dot at its last step.
func addPartial(p *panel, run []analysis.Sample, l style) {
	addCurve(p, run, draw.LineStyle{Color: l.color, Width: 0.5})
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		last := run[len(run)-1]
		if at := (vg.Point{X: x(float64(last.Step)), Y: y(last.Loss)}); c.Contains(at) {
			polygon{32, 0, 1}.DrawGlyph(&c, draw.GlyphStyle{Color: l.color, Radius: 1.8}, at)
		}
	})
}

// curveExtent is the range of steps and of the averaged losses. What diverges may
// leave it.
func curveExtent(t analysis.Traces) curveSpan {
	span := curveSpan{noExtent(), noExtent()}
	for _, l := range t.Lines {
		for _, samples := range append([][]analysis.Sample{l.Eval, l.Train}, l.Partial...) {
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
