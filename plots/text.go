package plots

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	minus     = "−"
	superSize = 0.72 // of a superscript, relative to its text
	superRise = 0.38 // of its baseline, in sizes of its text
)

// typesetter draws text in which ^{...} is a superscript.
type typesetter struct{ fonts *font.Cache }

// run is a stretch of text on one baseline.
type run struct {
	text  string
	super bool
}

func parse(line string) []run {
	var runs []run
	for {
		before, rest, found := strings.Cut(line, "^{")
		super, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(runs, run{text: line})
		}
		runs = append(runs, run{text: before}, run{text: super, super: true})
		line = after
	}
}

// plainText is a text with its superscripts as characters of their own, where
// Unicode has them.
func plainText(s string) string {
	raised := strings.NewReplacer(minus, "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴",
		"5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
	var b strings.Builder
	for _, r := range parse(s) {
		if r.super {
			r.text = raised.Replace(r.text)
		}
		b.WriteString(r.text)
	}
	return b.String()
}

func (t typesetter) face(r run, f font.Font) font.Face {
	if r.super {
		f.Size *= superSize
	}
	return t.fonts.Lookup(f, f.Size)
}

// Cache returns the fonts.
func (t typesetter) Cache() *font.Cache { return t.fonts }

// Extents returns the metrics of a font.
func (t typesetter) Extents(f font.Font) font.Extents {
	face := t.fonts.Lookup(f, f.Size)
	return face.Extents()
}

// Lines splits text into lines.
func (t typesetter) Lines(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") }

// Box returns the size of one line, above and below its baseline.
func (t typesetter) Box(line string, f font.Font) (width, height, depth vg.Length) {
	for _, r := range parse(line) {
		face := t.face(r, f)
		width += face.Width(r.text)
	}
	e := t.Extents(f)
	return width, e.Ascent, e.Descent
}

// Draw draws text at the point, aligned and rotated as its style says.
func (t typesetter) Draw(c vg.Canvas, s string, style text.Style, at vg.Point) {
	c.SetColor(style.Color)
	if style.Rotation != 0 {
		c.Push()
		defer c.Pop()
		c.Rotate(style.Rotation)
		sin, cos := math.Sincos(style.Rotation)
		at = vg.Point{X: at.Y*vg.Length(sin) + at.X*vg.Length(cos), Y: at.Y*vg.Length(cos) - at.X*vg.Length(sin)}
	}
	lines := t.Lines(s)
	e := t.Extents(style.Font)
	at.Y += style.Height(s)*vg.Length(style.YAlign) - e.Ascent
	for i, line := range lines {
		width, _, _ := t.Box(line, style.Font)
		x := at.X + vg.Length(style.XAlign)*width
		y := at.Y + vg.Length(len(lines)-i)*style.Font.Size
		for _, r := range parse(line) {
			face := t.face(r, style.Font)
			rise := vg.Length(0)
			if r.super {
				rise = superRise * style.Font.Size
			}
			c.FillString(face, vg.Point{X: x, Y: y + rise}, r.text)
			x += face.Width(r.text)
		}
	}
}

// Text styles, all in Liberation Sans, which gonum/plot carries in its default
// cache.
func titleStyle() text.Style   { return textStyle(9, black) }
func labelStyle() text.Style   { return textStyle(8, black) }
func tickStyle() text.Style    { return textStyle(7, dark) }
func legendStyle() text.Style  { return textStyle(7.5, black) }
func captionStyle() text.Style { return textStyle(7, dark) }

func textStyle(size vg.Length, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size),
		YAlign:  draw.YTop,
		Handler: typesetter{font.DefaultCache},
	}
}

// fontFace is the face of all text.
func fontFace() font.Face {
	style := captionStyle()
	return style.Handler.Cache().Lookup(style.Font, style.Font.Size)
}

// paragraph is text broken into lines.
type paragraph struct {
	text  string
	style text.Style
}

// leading is the distance of two baselines, in sizes.
const leading = 1.3

func (p paragraph) height(width vg.Length) vg.Length {
	return vg.Length(len(p.lines(width))) * leading * p.style.Font.Size
}

func (p paragraph) draw(c draw.Canvas) {
	for i, line := range p.lines(c.Max.X - c.Min.X) {
		y := c.Max.Y - vg.Length(i)*leading*p.style.Font.Size
		c.FillText(p.style, vg.Point{X: c.Min.X, Y: y}, line)
	}
}

// lines breaks the text between words, and within a word only where it alone
// is wider than a line.
func (p paragraph) lines(width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(p.text) {
		if longer := line + " " + word; line != "" && p.style.Width(longer) <= width {
			line = longer
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for p.style.Width(word) > width {
			cut := p.fit(word, width)
			lines, word = append(lines, word[:cut]), word[cut:]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fit returns how many bytes of a word fit in the width, at least one rune.
func (p paragraph) fit(word string, width vg.Length) int {
	cut := 0
	for i, r := range word {
		end := i + len(string(r))
		if cut > 0 && p.style.Width(word[:end]) > width {
			break
		}
		cut = end
	}
	return cut
}
