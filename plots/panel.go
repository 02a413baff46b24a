package plots

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is one plot of a figure with a title above its left corner. Its labels
// are its own, not the axes': gonum/plot reserves room for an axis' label at
// the arithmetic middle of the axis, which a log axis draws near its end.
type panel struct {
	*plot.Plot            // nil where a row has no more
	title, xLabel, yLabel string
}

// titleIndent is about how far a title begins to the right of its panel's
// place, where its data begin, and the distance kept from the next title.
const titleIndent = 42

// titleLines breaks the title into lines, also where it has line breaks itself.
func (p panel) titleLines(width vg.Length) []string {
	var lines []string
	for part := range strings.SplitSeq(p.title, "\n") {
		lines = append(lines, paragraph{part, labelStyle()}.lines(width)...)
	}
	return lines
}

func (p panel) draw(c draw.Canvas) {
	if p.Plot == nil {
		return
	}
	data := p.DataCanvas(c)
	p.X.Tick.Marker = thinned(p.X, data.Max.X-data.Min.X)
	p.Draw(c)
	style := labelStyle()
	style.YAlign = draw.YBottom
	lines := p.titleLines(c.Max.X - data.Min.X)
	for i, line := range lines {
		c.FillText(style, vg.Point{X: data.Min.X, Y: c.Max.Y + 4 + vg.Length(len(lines)-1-i)*heading}, line)
	}
	style.XAlign = draw.XCenter
	c.FillText(style, vg.Point{X: data.Center().X, Y: c.Min.Y - labelRoom + 2}, p.xLabel)
	style.Rotation = math.Pi / 2
	c.FillText(style, vg.Point{X: c.Min.X - 3, Y: data.Center().Y}, fitting(p.yLabel, c.Max.Y-c.Min.Y))
}

// fitting is a label, without its unit if it is longer than length with it.
func fitting(label string, length vg.Length) string {
	if name, _, found := strings.Cut(label, " ("); found && labelStyle().Width(label) > length {
		return name
	}
	return label
}

// thinned are the ticks of an x axis so many points long, of whose labels only
// every second, third and so on is left if more would run into one another.
func thinned(a plot.Axis, length vg.Length) plot.ConstantTicks {
	const apart = 3
	var ticks, labelled plot.ConstantTicks = a.Tick.Marker.Ticks(a.Min, a.Max), nil
	for _, t := range ticks {
		if !t.IsMinor() {
			labelled = append(labelled, t)
		}
	}
	style := tickStyle()
	place := func(i int) (from, to vg.Length) {
		at, half := length*vg.Length(a.Norm(labelled[i].Value)), style.Width(labelled[i].Label)/2
		return at - half, at + half
	}
	crowded := func(stride int) bool {
		for i := 0; i+stride < len(labelled); i += stride {
			_, end := place(i)
			if start, _ := place(i + stride); start < end+apart {
				return true
			}
		}
		return false
	}
	stride := 1
	for crowded(stride) {
		stride++
	}
	for i, t := range labelled {
		if i%stride > 0 {
			ticks[slices.Index(ticks, t)].Label = ""
		}
	}
	return ticks
}

// newPanel is an empty panel with its labels set for a printed column.
func newPanel(title, x, y string) panel {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Width = 0.6
		a.Color = dark
		a.Tick.Label.Font = tickStyle().Font
		a.Tick.Label.Color = dark
		a.Tick.Label.Handler = tickStyle().Handler
		a.Tick.Length = 4
		a.Tick.Width = 0.6
		a.Tick.Color = dark
	}
	return panel{p, title, x, y}
}

// drawing is a plotter made of one function. Room, if any, is for what it
// draws beside the data.
type drawing struct {
	plot func(c draw.Canvas, x, y func(float64) vg.Length)
	room []plot.GlyphBox
}

// Plot draws on the panel's data area.
func (d drawing) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	d.plot(c, x, y)
}

// GlyphBoxes is the room.
func (d drawing) GlyphBoxes(*plot.Plot) []plot.GlyphBox { return d.room }

// add puts a drawing on the panel.
func add(p panel, f func(c draw.Canvas, x, y func(float64) vg.Length)) {
	p.Add(drawing{plot: f})
}

// addGrid puts pale lines behind the data at the labelled ticks.
func addGrid(p panel) {
	style := draw.LineStyle{Color: pale, Width: 0.5}
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			if at := x(t.Value); !t.IsMinor() && c.ContainsX(at) {
				c.StrokeLine2(style, at, c.Min.Y, at, c.Max.Y)
			}
		}
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if at := y(t.Value); !t.IsMinor() && c.ContainsY(at) {
				c.StrokeLine2(style, c.Min.X, at, c.Max.X, at)
			}
		}
	})
}
