package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ramp is a strip of colours with the losses they stand for, above the panels.
// It is drawn as rectangles, which every format shows alike.
type ramp struct {
	title     string
	low, high float64 // both 0: no ramp
}

const (
	rampSteps  = 64
	rampHeight = 7 // points
	rampWidth  = vg.Length(150)
)

// color is that of a loss, dark for the lowest, on a log scale.
func (r ramp) color(loss float64) color.NRGBA {
	if r.high <= r.low {
		return sequence(0)
	}
	return sequence(min(1, max(0, r.place(loss))))
}

func (r ramp) place(loss float64) float64 { return math.Log(loss/r.low) / math.Log(r.high/r.low) }

func (r ramp) height(vg.Length) vg.Length {
	if r.high <= r.low {
		return 0
	}
	return rampHeight + 4 + tickStyle().Font.Size
}

func (r ramp) draw(c draw.Canvas) {
	style := legendStyle()
	c.FillText(style, vg.Point{X: c.Min.X, Y: c.Max.Y}, r.title)
	left := c.Min.X + style.Width(r.title) + entryGap
	rampWidth := min(rampWidth, c.Max.X-left-entryGap)
	for i := range rampSteps {
		from := left + vg.Length(i)*rampWidth/rampSteps
		c.SetColor(sequence((float64(i) + 0.5) / rampSteps))
		fillBox(c, from, c.Max.Y-rampHeight, left+rampWidth, c.Max.Y) // over the last one's end, so that no seam shows
	}
	label := tickStyle()
	label.XAlign = draw.XCenter
	for _, t := range r.ticks() {
		x := left + rampWidth*vg.Length(r.place(t.Value))
		c.StrokeLine2(draw.LineStyle{Color: dark, Width: 0.6}, x, c.Max.Y-rampHeight, x, c.Max.Y-rampHeight-2)
		c.FillText(label, vg.Point{X: x, Y: c.Max.Y - rampHeight - 2}, t.Label)
	}
}

// ticks are the labelled ones of a log axis over the ramp.
func (r ramp) ticks() []plot.Tick {
	var labelled []plot.Tick
	for _, t := range decades(r.low, r.high, tickNamer("", r.low, r.high)) {
		if !t.IsMinor() {
			labelled = append(labelled, t)
		}
	}
	return labelled
}

func fillBox(c draw.Canvas, left, bottom, right, top vg.Length) {
	var path vg.Path
	path.Move(vg.Point{X: left, Y: bottom})
	path.Line(vg.Point{X: right, Y: bottom})
	path.Line(vg.Point{X: right, Y: top})
	path.Line(vg.Point{X: left, Y: top})
	path.Close()
	c.Fill(path)
}
