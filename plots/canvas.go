package plots

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"sweep/sweep"
)

// dpi is the resolution of PNG files, what journals ask of colour figures.
const dpi = 300

var white = color.Gray{Y: 255}

// A PDF carries its creation date and lists its fonts in map order, unless
// these defaults are changed: vgpdf does not give access to its document.
func init() {
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultCatalogSort(true)
}

// canvas is what a figure is drawn on and written from.
type canvas interface {
	vg.CanvasSizer
	io.WriterTo
}

// newCanvas returns an empty canvas for the figure in one of Formats. What is
// drawn on it in points comes out enlarged as the figure's style has it.
func newCanvas(format string, f Figure) canvas {
	width, height := f.size()
	c := blank(format, f, width, height)
	if f.dark {
		return darkCanvas{c}
	}
	return c
}

func blank(format string, f Figure, width, height vg.Length) canvas {
	k := f.enlarged
	switch format {
	case "svg":
		c := svgCanvas{vgsvg.New(k*width, k*height), f.title, f.foot()}
		c.Scale(float64(k), float64(k))
		return c
	case "pdf":
		c := pdfCanvas{vgpdf.New(k*width, k*height)}
		c.Scale(float64(k), float64(k))
		return c
	default:
		return pngCanvas{vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(int(dpi*k)))}}
	}
}

// svgCanvas draws text as shapes, since a reader's machine may lack the font
// and another font's letters would run over each other and off the page. The
// words are kept in the document's description.
type svgCanvas struct {
	*vgsvg.Canvas
	title, description string
}

// FillString draws text.
func (c svgCanvas) FillString(face font.Face, at vg.Point, s string) {
	fillOutline(c.Canvas, face, at, s)
}

// fillOutline draws text as shapes, with a box for each character that the font
// lacks.
func fillOutline(c vg.Canvas, face font.Face, at vg.Point, s string) {
	if path, err := outline(face, at, s); err == nil && len(path) > 0 {
		c.Fill(path)
	}
}

// pngCanvas draws text in which the font lacks characters as shapes, since
// vgimg leaves these characters out.
type pngCanvas struct{ vgimg.PngCanvas }

// FillString draws text.
func (c pngCanvas) FillString(face font.Face, at vg.Point, s string) {
	if len(lacking(face, s)) > 0 {
		fillOutline(c.Canvas, face, at, s)
		return
	}
	c.PngCanvas.FillString(face, at, s)
}

// WriteTo writes the document.
func (c svgCanvas) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	if _, err := c.Canvas.WriteTo(&b); err != nil {
		return 0, err
	}
	words := fmt.Sprintf("<title>%s</title>\n<desc>%s</desc>\n<g ", xmlText(c.title), xmlText(c.description))
	n, err := io.WriteString(w, strings.Replace(b.String(), "<g ", words, 1))
	return int64(n), err
}

// xmlText is a text as XML holds it, which has no place for control characters.
func xmlText(text string) string { return html.EscapeString(sweep.Visible(text)) }

// pdfCanvas writes text in the encoding of vgpdf's fonts, Windows-1252. It has
// no minus sign, only an en dash; text with other characters that it lacks is
// drawn as shapes.
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString draws text.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, s string) {
	encoded, err := charmap.Windows1252.NewEncoder().String(strings.ReplaceAll(s, minus, "–"))
	if err != nil {
		fillOutline(c.Canvas, face, at, s)
		return
	}
	c.Canvas.FillString(face, at, encoded)
}
