package plots

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// Starts draws the losses before training against the scale s of the update, a
// mark for each run: on the left the losses, on the right how far they are from
// the base model's, where what is equal to the bit lies on the line at 0. It
// fails with ErrNothingToDraw unless some run has a loss before training.
func Starts(results []sweep.Result, o Options) ([]Figure, error) {
	starts := analysis.Starts(results)
	if len(starts) == 0 {
		return nil, fmt.Errorf("draw the losses before training: no run that ended has one: %w", ErrNothingToDraw)
	}
	sheet := newStartSheet(starts)
	f := o.figure()
	f.legend, f.caption, f.data = sheet.legend(), startCaption(results), startData(starts)
	f.panels = f.arrange([][]panel{{sheet.lossPanel(), sheet.awayPanel()}})
	return []Figure{f}, nil
}

// startSheet is what the panels of a Starts figure share.
type startSheet struct {
	starts []analysis.Start
	inits  []analysis.Value
	styles []style
	scales extent
}

func newStartSheet(starts []analysis.Start) startSheet {
	s := startSheet{starts: starts, scales: noExtent()}
	for _, start := range starts {
		if init := (analysis.Value{Text: start.Init}); !slices.Contains(s.inits, init) {
			s.inits = append(s.inits, init)
		}
		s.scales.include(start.Scale)
	}
	s.styles = stylesOf(s.inits)
	s.scales.low, s.scales.high = s.scales.or(0.5, 2)
	return s
}

// legend shows marks as they are drawn, and no lines.
func (s startSheet) legend() legend {
	l := newLegend("init", s.inits, s.styles)
	for i := range l.entries {
		l.entries[i].bare = true
		l.entries[i].open = slices.ContainsFunc(s.starts, func(start analysis.Start) bool { return start.Init == s.inits[i].Text && start.Zero })
	}
	return l
}

func (s startSheet) lossPanel() panel {
	p := newPanel("", "scale s of the update", "loss before training")
	losses := noExtent()
	for _, start := range s.starts {
		losses.include(start.Loss)
	}
	logAxis(&p.X, "s", s.scales.low, s.scales.high)
	lossAxis(&p.Y, losses.low, losses.high)
	addGrid(p)
	s.addStarts(p, func(start analysis.Start) float64 { return start.Loss })
	return p
}

// awayPanel has a log axis that ends in a line for no difference at all.
func (s startSheet) awayPanel() panel {
	p := newPanel("", "scale s of the update", "distance from the base model's")
	away := noExtent()
	for _, start := range s.starts {
		if start.Away > 0 {
			away.include(start.Away)
		}
	}
	logAxis(&p.X, "s", s.scales.low, s.scales.high)
	none := zeroAxis(&p.Y, away)
	addGrid(p)
	s.addStarts(p, func(start analysis.Start) float64 { return math.Max(start.Away, none) })
	return p
}

// addStarts marks each start. Those of the inits with a zero factor are hollow
// and of different sizes, so that all that lie upon one another show.
func (s startSheet) addStarts(p panel, of func(analysis.Start) float64) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, start := range s.starts {
			i := slices.Index(s.inits, analysis.Value{Text: start.Init})
			at := vg.Point{X: x(start.Scale), Y: y(of(start))}
			if start.Zero {
				drawOutline(c, s.styles[i], 1.4+0.9*vg.Length(i), at)
			} else {
				c.DrawGlyph(s.styles[i].glyph(1.6), at)
			}
		}
	})
}

// drawOutline draws a style's marker unfilled.
func drawOutline(c draw.Canvas, l style, radius vg.Length, at vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: l.color, Width: 0.8})
	c.Stroke(l.marker.path(radius, at))
}

func startData(starts []analysis.Start) table {
	t := table{header: []string{"init", "r", "alpha", "scale", "loss", "distance"}}
	for _, s := range starts {
		t.add(s.Init, s.R, s.Alpha, s.Scale, s.Loss, s.Away)
	}
	return t
}

// startCaption says what a Starts figure shows.
func startCaption(results []sweep.Result) string {
	return sentences(
		"The loss before training of every run against the scale s of its update, and how far it is from the loss that most starts with a zero factor have on the same rows: 0 where equal to the bit",
		"Open marks: one factor is zero, or the model itself is trained; filled: both factors are random",
		setupNote(results),
		runsNote(results),
	)
}
