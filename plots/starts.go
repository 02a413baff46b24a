package plots

import (
	"fmt"
	"maps"
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
	return alone(draftStarts, subject{results: results}, o)
}

func draftStarts(s subject) (draft, error) {
	starts := analysis.Starts(s.results)
	if len(starts) == 0 {
		return draft{}, fmt.Errorf("draw the losses before training: no run that ended has one: %w", ErrNothingToDraw)
	}
	sheet := newStartSheet(starts)
	return draft{
		legend: sheet.legend(), notes: startCaption(s.results),
		groups: []group{{[]*panel{sheet.lossPanel(), sheet.awayPanel()}, startData(starts)}},
	}, nil
}

// startSheet is what the panels of a Starts figure share.
type startSheet struct {
	look
	starts []analysis.Start
	scales axis
}

func newStartSheet(starts []analysis.Start) startSheet {
	s := startSheet{starts: starts, scales: axis{name: "s", kind: logarithmic, span: noExtent()}}
	var inits []analysis.Value
	for _, start := range starts {
		if init := (analysis.Value{Text: start.Init}); !slices.Contains(inits, init) {
			inits = append(inits, init)
		}
		s.scales.span.include(start.Scale)
	}
	s.look = newLook("init", inits)
	s.scales.span.low, s.scales.span.high = s.scales.span.or(0.5, 2)
	var scales []analysis.Value
	for _, scale := range s.present() {
		scales = append(scales, analysis.Value{Number: scale})
	}
	s.scales.span = s.scales.span.widened(scales)
	return s
}

// legend shows marks as they are drawn, and no lines.
func (s startSheet) legend() legend {
	l := s.look.legend()
	for i := range l.entries {
		l.entries[i].bare = true
		l.entries[i].open = slices.ContainsFunc(s.starts, func(start analysis.Start) bool { return start.Init == s.values[i].Text && start.Zero })
	}
	return l
}

func (s startSheet) lossPanel() *panel {
	losses := noExtent()
	for _, start := range s.starts {
		losses.include(start.Loss)
	}
	p := newPanel("", s.scales, lossAxis(losses), "scale s of the update", "loss before training (nats per token)")
	s.addStarts(p, func(start analysis.Start) float64 { return start.Loss })
	return p
}

// awayPanel has a log axis that ends in a line for no difference at all.
func (s startSheet) awayPanel() *panel {
	away := noExtent()
	for _, start := range s.starts {
		if start.Away > 0 {
			away.include(start.Away)
		}
	}
	p := newPanel("", s.scales, zeroAxis(away), "scale s of the update", "distance from base (nats per token)")
	s.addStarts(p, func(start analysis.Start) float64 { return start.Away })
	return p
}

// addStarts marks each start, hollow where a factor is zero. The marks of each
// init stand beside those of the others at the same scale.
func (s startSheet) addStarts(p *panel, of func(analysis.Start) float64) {
	const radius = 1.6
	for _, v := range s.values {
		p.has(s.name(v))
	}
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		lanes := s.lanes(x)
		for _, start := range s.starts {
			i, style := s.of(analysis.Value{Text: start.Init})
			at := vg.Point{X: x(start.Scale) + lanes[start.Scale][i], Y: y(of(start))}
			if start.Zero {
				drawOutline(c, style, radius, at)
			} else {
				drawRimmed(c, style, radius, at)
			}
		}
	})
}

// lanes are, for each scale, by how many points the marks of each init stand beside
// it: at most as far apart as neighbouring scales allow.
func (s startSheet) lanes(x func(float64) vg.Length) map[float64]map[int]vg.Length {
	present := map[float64]map[int]vg.Length{}
	for _, start := range s.starts {
		if present[start.Scale] == nil {
			present[start.Scale] = map[int]vg.Length{}
		}
		i, _ := s.of(analysis.Value{Text: start.Init})
		present[start.Scale][i] = 0
	}
	pitch := vg.Length(5.5)
	scales := s.present()
	for i := 1; i < len(scales); i++ {
		both := vg.Length(len(present[scales[i]])+len(present[scales[i-1]])) / 2
		pitch = min(pitch, (x(scales[i])-x(scales[i-1]))/both)
	}
	for _, inits := range present {
		for lane, i := range slices.Sorted(maps.Keys(inits)) {
			inits[i] = pitch * (vg.Length(lane) - vg.Length(len(inits)-1)/2)
		}
	}
	return present
}

// present are the scales that runs have, ascending.
func (s startSheet) present() []float64 {
	all := map[float64]bool{}
	for _, start := range s.starts {
		all[start.Scale] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// drawRimmed draws a style's marker with a white rim, so that two that overlap are
// seen to be two.
func drawRimmed(c draw.Canvas, l style, radius vg.Length, at vg.Point) {
	c.SetColor(white)
	c.Fill(l.marker.path(radius+0.4, at))
	stamp(c, l.glyph(radius), at)
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
func startCaption(results []sweep.Result) []string {
	return nonempty([]string{
		"The loss before training of every run against the scale s of its update, and how far it is from the loss that most starts with a zero factor have on the same rows: 0 where equal to the bit",
		"Open marks: one factor is zero, or the model itself is trained; filled: both factors are random. Marks of one s stand side by side, one init beside the next; runs of one init that start at the same loss share a mark",
		missingNote(results, "a loss before training", func(r sweep.Result) bool { return r.State.Final() && r.FirstLoss > 0 }),
		setupNote(results),
		runsNote(results),
	}...)
}
