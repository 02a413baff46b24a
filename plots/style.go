package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep/analysis"
)

var (
	black = color.Gray{Y: 0}
	dark  = color.Gray{Y: 60}
	grey  = color.Gray{Y: 110}
	pale  = color.Gray{Y: 232}
)

// style is how one value of an axis is drawn in every panel.
type style struct {
	color  color.NRGBA
	marker polygon
	dashes []vg.Length
}

func (l style) line(width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: width, Dashes: l.dashes}
}

func (l style) glyph(radius vg.Length) draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.color, Radius: radius, Shape: l.marker}
}

// hollow is the style's marker in white within a rim: a minimum, or, among
// minima, one that is only bounded.
func (l style) hollow(radius vg.Length) draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.color, Radius: radius, Shape: ringed{l.marker}}
}

// inked is the style of what is not one of several.
func inked() style { return style{color: color.NRGBA{A: 255}} }

// band is the colour of the style's seed band. It is opaque, as translucent
// fills come out grey in PDF.
func (l style) band() color.Color { return blend(l.color, color.NRGBA{255, 255, 255, 255}, 0.78) }

// faint is the colour of what lies behind the style's line.
func (l style) faint() color.Color { return blend(l.color, color.NRGBA{255, 255, 255, 255}, 0.6) }

// stylesOf gives each value a style: along a sequence from dark to light for
// numbers, distinct hues and dashes for names. No two of the first 36 have both
// marker and dashes in common, so that grey print and readers who do not see
// colours tell them apart.
func stylesOf(values []analysis.Value) []style {
	all := make([]style, len(values))
	for i, v := range values {
		all[i].marker = markers()[i%len(markers())]
		if v.Numeric {
			all[i].color = sequence(float64(i) / math.Max(1, float64(len(values)-1)))
			all[i].dashes = dashes()[i/len(markers())%len(dashes())]
			continue
		}
		all[i].color = hues()[i%len(hues())]
		all[i].dashes = dashes()[i%len(dashes())]
	}
	return all
}

// sequence is the colours of lines and marks: those of viridis as far as they
// stand out from white paper, and an olive of a lightness at which its green and
// yellow would not.
func sequence(t float64) color.NRGBA {
	return between(t, color.NRGBA{68, 1, 84, 255}, color.NRGBA{59, 82, 139, 255}, color.NRGBA{33, 128, 131, 255}, color.NRGBA{120, 156, 20, 255})
}

// shade is the colours of areas: viridis without its yellow end, which looks like
// white paper.
func shade(t float64) color.NRGBA {
	return between(0.92*t, color.NRGBA{68, 1, 84, 255}, color.NRGBA{59, 82, 139, 255}, color.NRGBA{33, 145, 140, 255},
		color.NRGBA{94, 201, 98, 255}, color.NRGBA{170, 220, 50, 255})
}

// between is a colour from the first stop at 0 to the last at 1.
func between(t float64, stops ...color.NRGBA) color.NRGBA {
	at := t * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	return blend(stops[i], stops[i+1], at-float64(i))
}

// blend moves a towards b by the fraction t.
func blend(a, b color.NRGBA, t float64) color.NRGBA {
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + t*(float64(y)-float64(x)))) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// hues are those of Okabe and Ito, which colour-blind readers can distinguish,
// with the lighter ones darkened until they stand out from white paper.
func hues() []color.NRGBA {
	return []color.NRGBA{
		{0, 114, 178, 255},
		{213, 94, 0, 255},
		{0, 158, 115, 255},
		{204, 121, 167, 255},
		{184, 127, 0, 255},
		{40, 140, 200, 255},
		{0, 0, 0, 255},
	}
}

func dashes() [][]vg.Length {
	return [][]vg.Length{nil, {5, 2}, {2, 1.5}, {6, 1.5, 1.5, 1.5}}
}

// polygon is a filled regular marker.
type polygon struct {
	sides int
	turn  float64 // of its first corner from the x axis, radians
	scale vg.Length
}

func markers() []polygon {
	return []polygon{
		{32, 0, 1},
		{4, math.Pi / 4, 1.25},
		{3, math.Pi / 2, 1.35},
		{4, 0, 1.3},
		{3, -math.Pi / 2, 1.35},
		{5, math.Pi / 2, 1.15},
		{3, 0, 1.35},
		{6, 0, 1.1},
		{3, math.Pi, 1.35},
	}
}

// DrawGlyph draws the marker.
func (g polygon) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	c.SetColor(style.Color)
	c.Fill(g.path(style.Radius, at))
}

// stamp draws a marker, also where its place is beyond the edge of the canvas:
// draw.Canvas.DrawGlyph would leave it out without a word.
func stamp(c draw.Canvas, glyph draw.GlyphStyle, at vg.Point) { glyph.Shape.DrawGlyph(&c, glyph, at) }

func (g polygon) path(radius vg.Length, at vg.Point) vg.Path {
	var path vg.Path
	for i := range g.sides {
		sin, cos := math.Sincos(g.turn + 2*math.Pi*float64(i)/float64(g.sides))
		corner := vg.Point{X: at.X + radius*g.scale*vg.Length(cos), Y: at.Y + radius*g.scale*vg.Length(sin)}
		if i == 0 {
			path.Move(corner)
		} else {
			path.Line(corner)
		}
	}
	path.Close()
	return path
}

// ringed is a marker's outline, filled with white.
type ringed struct{ polygon }

// DrawGlyph draws the marker.
func (g ringed) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	c.SetColor(white)
	c.Fill(g.path(style.Radius, at))
	c.SetColor(style.Color)
	c.SetLineStyle(draw.LineStyle{Color: style.Color, Width: 1})
	c.Stroke(g.path(style.Radius, at))
}
