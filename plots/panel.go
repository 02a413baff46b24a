package plots

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is a part of a figure with axes of its own, under a title and a note.
type panel struct {
	title, note    string // note: what was measured in it, such as a slope
	xLabel, yLabel string
	x, y           axis
	gridless       bool
	marks          []mark   // what is drawn in it, the lowest first
	names          []string // of the legend's entries that it has
	shown          bool     // false where a row has no more
	hideX, hideY   bool     // the labels, which a neighbour has
	hideTitle      bool     // as the panel to the left has it
}

func newPanel(title string, x, y axis, xLabel, yLabel string) *panel {
	return &panel{title: title, x: x, y: y, xLabel: xLabel, yLabel: yLabel, shown: true}
}

// mark draws something, given the places of numbers along the axes. Around, if
// any, is what it needs beside a place in the panel.
type mark struct {
	draw   func(c draw.Canvas, x, y func(float64) vg.Length)
	around *surrounding
}

// surrounding is room in points about a place, which is given in the axes' own
// units; with y NaN it is anywhere.
type surrounding struct {
	x, y float64
	vg.Rectangle
}

// add puts something on the panel.
func (p *panel) add(f func(c draw.Canvas, x, y func(float64) vg.Length)) {
	p.marks = append(p.marks, mark{draw: f})
}

// has notes that the panel shows an entry of the legend.
func (p *panel) has(name string) {
	if !slices.Contains(p.names, name) {
		p.names = append(p.names, name)
	}
}

// titleIndent is about how far a title begins to the right of its panel's
// place, where its data begin, and the distance kept from the next title.
const titleIndent = 42

// titleLines breaks title and note into lines, also where they have line breaks
// themselves.
func (p panel) titleLines(width vg.Length) []string {
	text := p.title + "\n" + p.note
	if p.hideTitle {
		text = p.note
	}
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, paragraph{part, labelStyle()}.lines(width)...)
	}
	return lines
}

// plot is the panel as gonum/plot lays it out, nil for one that is not shown. Its
// labels are not the axes': gonum/plot reserves room for an axis' label at the
// arithmetic middle of the axis, which a log axis draws near its end.
func (p panel) plot() *plot.Plot {
	if !p.shown {
		return nil
	}
	drawn := plot.New()
	drawn.BackgroundColor = nil
	for _, a := range []*plot.Axis{&drawn.X, &drawn.Y} {
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
	p.x.apply(&drawn.X)
	p.y.apply(&drawn.Y)
	if !p.gridless {
		drawn.Add(plotter{panel: p, mark: grid(drawn)})
	}
	for _, m := range p.marks {
		drawn.Add(plotter{p, m})
	}
	return drawn
}

// words are all that the panel may write.
func (p panel) words() []string {
	drawn := p.plot()
	if drawn == nil {
		return nil
	}
	words := []string{p.title, p.note, p.xLabel, p.yLabel}
	for _, a := range []plot.Axis{drawn.X, drawn.Y} {
		for _, t := range a.Tick.Marker.Ticks(a.Min, a.Max) {
			words = append(words, t.Label)
		}
	}
	return words
}

// plotter is a mark as gonum/plot takes it.
type plotter struct {
	panel
	mark
}

// Plot draws on the panel's data area.
func (m plotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	m.mark.draw(c, notBelow(m.x.bottom(), x), notBelow(m.y.bottom(), y))
}

// notBelow places what is too small for an axis at its bottom.
func notBelow(bottom float64, place func(float64) vg.Length) func(float64) vg.Length {
	if bottom == 0 {
		return place
	}
	return func(v float64) vg.Length { return place(max(v, bottom)) }
}

// GlyphBoxes is the room around the mark.
func (m plotter) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	if m.around == nil {
		return nil
	}
	box := plot.GlyphBox{X: p.X.Norm(m.around.x), Y: 0.5, Rectangle: m.around.Rectangle}
	if !math.IsNaN(m.around.y) {
		box.Y = p.Y.Norm(m.around.y)
	}
	return []plot.GlyphBox{box}
}

// draw draws the panel, laid out as a plot, with its title and labels.
func (p panel) draw(drawn *plot.Plot, c draw.Canvas) {
	data := drawn.DataCanvas(c)
	drawn.X.Tick.Marker = thinned(drawn.X, data.Max.X-data.Min.X, widthOf(tickStyle()))
	drawn.Y.Tick.Marker = thinned(drawn.Y, data.Max.Y-data.Min.Y, heightOf(tickStyle()))
	drawn.Draw(c)
	style := labelStyle()
	style.YAlign = draw.YBottom
	lines := p.titleLines(c.Max.X - data.Min.X)
	for i, line := range lines {
		c.FillText(style, vg.Point{X: data.Min.X, Y: c.Max.Y + 4 + vg.Length(len(lines)-1-i)*heading}, line)
	}
	style.XAlign = draw.XCenter
	if !p.hideX {
		c.FillText(style, vg.Point{X: data.Center().X, Y: c.Min.Y - labelRoom + 2}, p.xLabel)
	}
	style.Rotation = math.Pi / 2
	if !p.hideY {
		c.FillText(style, vg.Point{X: c.Min.X - 3, Y: data.Center().Y}, fitting(p.yLabel, c.Max.Y-c.Min.Y))
	}
}

// fitting is a label, without its unit if it is longer than length with it.
func fitting(label string, length vg.Length) string {
	if name, _, found := strings.Cut(label, " ("); found && labelStyle().Width(label) > length {
		return name
	}
	return label
}

// grid is pale lines behind the data at the labelled ticks.
func grid(p *plot.Plot) mark {
	style := draw.LineStyle{Color: pale, Width: 0.5}
	return mark{draw: func(c draw.Canvas, _, _ func(float64) vg.Length) {
		x, y := p.Transforms(&c)
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
	}}
}

// shareAxes gives panels that have a label in common the axis in common, so that
// they can be compared.
func shareAxes(panels []*panel) {
	across, up := map[string]axis{}, map[string]axis{}
	for _, p := range panels {
		if a, met := across[p.xLabel]; met {
			across[p.xLabel] = a.with(p.x)
		} else {
			across[p.xLabel] = p.x
		}
		if a, met := up[p.yLabel]; met {
			up[p.yLabel] = a.with(p.y)
		} else {
			up[p.yLabel] = p.y
		}
	}
	for _, p := range panels {
		p.x, p.y = across[p.xLabel], up[p.yLabel]
	}
}
