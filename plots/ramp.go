package plots

import (
	"image/color"
	"math"
	"slices"

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
		return shade(0)
	}
	return shade(min(1, max(0, r.place(loss))))
}

func (r ramp) place(loss float64) float64 { return math.Log(loss/r.low) / math.Log(r.high/r.low) }

func (r ramp) height(width vg.Length) vg.Length {
	if r.high <= r.low {
		return 0
	}
	height := rampHeight + 4 + tickStyle().Font.Size
	if r.stacked(width) {
		height += rowHeight
	}
	return height
}

// stacked reports whether the strip stands below its title, as there is no room
// for both in a line.
func (r ramp) stacked(width vg.Length) bool {
	return legendStyle().Width(r.title)+2*entryGap+rampWidth/2 > width
}

func (r ramp) draw(c draw.Canvas) {
	style := legendStyle()
	c.FillText(style, vg.Point{X: c.Min.X, Y: c.Max.Y}, r.title)
	left := c.Min.X + style.Width(r.title) + entryGap
	if r.stacked(c.Max.X - c.Min.X) {
		left = c.Min.X + entryGap
		c.Max.Y -= rowHeight
	}
	rampWidth := min(rampWidth, c.Max.X-left-entryGap)
	for i := range rampSteps {
		from := left + vg.Length(i)*rampWidth/rampSteps
		c.SetColor(shade((float64(i) + 0.5) / rampSteps))
		fillBox(c, from, c.Max.Y-rampHeight, left+rampWidth, c.Max.Y) // over the last one's end, so that no seam shows
	}
	frame := draw.LineStyle{Color: dark, Width: 0.5} // as the ramp ends near the colour of the page
	c.StrokeLines(frame, boxOf(left, c.Max.Y-rampHeight, left+rampWidth, c.Max.Y))
	label := tickStyle()
	label.XAlign = draw.XCenter
	for _, t := range r.ticks(rampWidth) {
		x := left + rampWidth*vg.Length(r.place(t.Value))
		c.StrokeLine2(draw.LineStyle{Color: dark, Width: 0.6}, x, c.Max.Y-rampHeight, x, c.Max.Y-rampHeight-2)
		c.FillText(label, vg.Point{X: x, Y: c.Max.Y - rampHeight - 2}, t.Label)
	}
}

// ticks are both ends, and those between them for whose labels there is room.
func (r ramp) ticks(width vg.Length) []plot.Tick {
	const apart = 4
	style := tickStyle()
	ends := []plot.Tick{{Value: r.low, Label: plainName(r.low)}, {Value: r.high, Label: plainName(r.high)}}
	ticks := ends
	for _, t := range decades(r.low, r.high, tickNamer("", r.low, r.high)) {
		near := func(u plot.Tick) bool {
			distance := width * vg.Length(math.Abs(r.place(t.Value)-r.place(u.Value)))
			return distance < (style.Width(t.Label)+style.Width(u.Label))/2+apart
		}
		if !t.IsMinor() && !slices.ContainsFunc(ticks, near) {
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// boxOf is the outline of a rectangle.
func boxOf(left, bottom, right, top vg.Length) []vg.Point {
	return []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}, {X: left, Y: bottom}}
}

func fillBox(c draw.Canvas, left, bottom, right, top vg.Length) {
	var path vg.Path
	for i, corner := range boxOf(left, bottom, right, top)[:4] {
		if i == 0 {
			path.Move(corner)
		} else {
			path.Line(corner)
		}
	}
	path.Close()
	c.Fill(path)
}
