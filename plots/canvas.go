package plots

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// dpi is the resolution of PNG files, what journals ask of colour figures.
const dpi = 300.0

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
		c := newSVGCanvas(vgsvg.New(k*width, k*height), f)
		c.Scale(float64(k), float64(k))
		return c
	case "pdf":
		c := pdfCanvas{vgpdf.New(k*width, k*height)}
		c.Scale(float64(k), float64(k))
		return c
	default:
		ground := color.Color(white) // of pixels that the figure covers in part, too
		if f.dark {
			ground = turnOver(ground)
		}
		return pngCanvas{vgimg.PngCanvas{Canvas: vgimg.NewWith(
			vgimg.UseWH(width, height), vgimg.UseDPI(int(dpi*k)), vgimg.UseBackgroundColor(ground),
		)}}
	}
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

// WriteTo writes the picture with its resolution in it, for programs that place
// it at its printed size.
func (c pngCanvas) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	if _, err := c.PngCanvas.WriteTo(&b); err != nil {
		return 0, err
	}
	const header = 8 + 25 // bytes of the signature and of the chunk IHDR, which comes first
	n, err := w.Write(slices.Concat(b.Bytes()[:header], pixelSize(dpi), b.Bytes()[header:]))
	return int64(n), err
}

// pixelSize is the chunk pHYs of a PNG file (ISO/IEC 15948, 11.3.5.3): pixels a
// metre across and down.
func pixelSize(perInch float64) []byte {
	perMetre := uint32(math.Round(perInch / 0.0254))
	content := []byte("pHYs")
	content = binary.BigEndian.AppendUint32(content, perMetre)
	content = binary.BigEndian.AppendUint32(content, perMetre)
	content = append(content, 1) // the unit is the metre
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(content)-len("pHYs")))
	return binary.BigEndian.AppendUint32(append(chunk, content...), crc32.ChecksumIEEE(content))
}

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
