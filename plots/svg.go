package plots

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"

	"sweep/sweep"
)

// svgCanvas writes text as text, which can be searched, selected and edited, or
// as shapes. A reader's machine may lack the font: Arial and Helvetica have its
// widths, and each piece of text carries its width, so that the letters of any
// other font neither run over each other nor off the page.
type svgCanvas struct {
	*vgsvg.Canvas
	title, description string
	outlined           bool         // text as shapes
	widths             *[]vg.Length // of the pieces of text, in their order
}

func newSVGCanvas(c *vgsvg.Canvas, f Figure) svgCanvas {
	return svgCanvas{c, f.title, plainText(f.foot()), f.outlined, new([]vg.Length)}
}

// fontStack are the fonts of SVG text, the best first.
const fontStack = "'Liberation Sans',Arial,Helvetica,sans-serif"

// FillString draws text, as shapes where the font lacks some of it.
func (c svgCanvas) FillString(face font.Face, at vg.Point, s string) {
	if s == "" {
		return
	}
	if c.outlined || len(lacking(face, s)) > 0 {
		fillOutline(c.Canvas, face, at, s)
		return
	}
	*c.widths = append(*c.widths, face.Width(s))
	c.Canvas.FillString(face, at, s)
}

var (
	textStart  = regexp.MustCompile(`<text `)
	fontFamily = regexp.MustCompile(`font-family:[^;"]*`)
)

// WriteTo writes the document.
func (c svgCanvas) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	if _, err := c.Canvas.WriteTo(&b); err != nil {
		return 0, err
	}
	piece := 0
	drawn := textStart.ReplaceAllStringFunc(b.String(), func(start string) string {
		width := (*c.widths)[piece]
		piece++
		return fmt.Sprintf(`%stextLength="%.5g" lengthAdjust="spacingAndGlyphs" `, start, width.Points())
	})
	drawn = fontFamily.ReplaceAllLiteralString(drawn, "font-family:"+fontStack)
	words := fmt.Sprintf("<title>%s</title>\n<desc>%s</desc>\n<g ", xmlText(c.title), xmlText(c.description))
	n, err := io.WriteString(w, strings.Replace(drawn, "<g ", words, 1))
	return int64(n), err
}

// xmlText is a text as XML holds it, which has no place for control characters.
func xmlText(text string) string { return html.EscapeString(sweep.Visible(text)) }
