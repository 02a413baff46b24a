package plots

import (
	"math"

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

func (p panel) draw(c draw.Canvas) {
	if p.Plot == nil {
		return
	}
	p.Draw(c)
	data := p.DataCanvas(c)
	style := labelStyle()
	style.YAlign = draw.YBottom
	c.FillText(style, vg.Point{X: data.Min.X, Y: c.Max.Y + 4}, p.title)
	style.XAlign = draw.XCenter
	c.FillText(style, vg.Point{X: data.Center().X, Y: c.Min.Y - labelRoom + 2}, p.xLabel)
	style.Rotation = math.Pi / 2
	c.FillText(style, vg.Point{X: c.Min.X - 3, Y: data.Center().Y}, p.yLabel)
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

// grid lays panels out in rows. Labels that a row or a column shares stand at
// its first and last panel alone.
func grid(panels []panel, columns int) [][]panel {
	columns = min(len(panels), columns)
	var rows [][]panel
	for i, p := range panels {
		if i%columns == 0 {
			rows = append(rows, make([]panel, columns))
		}
		if i%columns > 0 {
			p.yLabel = ""
		}
		if i+columns < len(panels) {
			p.xLabel = ""
		}
		rows[len(rows)-1][i%columns] = p
	}
	return rows
}
