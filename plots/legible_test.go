package plots

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep/analysis"
)

// witness is a canvas that notes what is drawn on it: the places and colours of all
// text and of all lines.
type witness struct {
	width, height vg.Length
	stack         []state
	texts         []writing
	lines         map[color.NRGBA]bool
	marked        vg.Rectangle // around all lines and areas
}

// state is a canvas' coordinates, x' = a x + c y + e and y' = b x + d y + f, and its
// colour.
type state struct {
	a, b, c, d, e, f float64
	color            color.Color
}

// writing is a piece of text and the box around it, as it comes out.
type writing struct {
	text  string
	box   vg.Rectangle
	color color.NRGBA
}

func newWitness(f Figure) *witness {
	width, height := f.size()
	return &witness{
		width: width, height: height, stack: []state{{a: 1, d: 1, color: color.Black}},
		lines: map[color.NRGBA]bool{}, marked: vg.Rectangle{Min: vg.Point{X: width, Y: height}},
	}
}

func (w *witness) now() *state                         { return &w.stack[len(w.stack)-1] }
func (w *witness) Size() (x, y vg.Length)              { return w.width, w.height }
func (w *witness) SetLineWidth(vg.Length)              {}
func (w *witness) SetColor(c color.Color)              { w.now().color = c }
func (w *witness) Push()                               { w.stack = append(w.stack, *w.now()) }
func (w *witness) Pop()                                { w.stack = w.stack[:len(w.stack)-1] }
func (w *witness) WriteTo(io.Writer) (int64, error)    { return 0, nil }
func (w *witness) SetLineDash([]vg.Length, vg.Length)  {}
func (w *witness) DrawImage(vg.Rectangle, image.Image) {}
func (w *witness) ink() color.NRGBA {
	return color.NRGBAModel.Convert(w.now().color).(color.NRGBA)
}

// Stroke notes a line's colour and place.
func (w *witness) Stroke(path vg.Path) {
	w.lines[w.ink()] = true
	w.Fill(path)
}

// Fill notes an area's place.
func (w *witness) Fill(path vg.Path) {
	for _, part := range path {
		if part.Type == vg.CloseComp {
			continue
		}
		at := w.place(part.Pos)
		w.marked.Min = vg.Point{X: min(w.marked.Min.X, at.X), Y: min(w.marked.Min.Y, at.Y)}
		w.marked.Max = vg.Point{X: max(w.marked.Max.X, at.X), Y: max(w.marked.Max.Y, at.Y)}
	}
}

// place is where a point comes out.
func (w *witness) place(p vg.Point) vg.Point {
	s := w.now()
	return vg.Point{
		X: vg.Length(s.a*float64(p.X) + s.c*float64(p.Y) + s.e),
		Y: vg.Length(s.b*float64(p.X) + s.d*float64(p.Y) + s.f),
	}
}

func (w *witness) Rotate(by float64) {
	sin, cos := math.Sincos(by)
	s := w.now()
	s.a, s.b, s.c, s.d = s.a*cos+s.c*sin, s.b*cos+s.d*sin, s.c*cos-s.a*sin, s.d*cos-s.b*sin
}

func (w *witness) Translate(by vg.Point) {
	s := w.now()
	s.e += s.a*float64(by.X) + s.c*float64(by.Y)
	s.f += s.b*float64(by.X) + s.d*float64(by.Y)
}

func (w *witness) Scale(x, y float64) {
	s := w.now()
	s.a, s.b, s.c, s.d = s.a*x, s.b*x, s.c*y, s.d*y
}

// FillString notes the box of the letters: as high as digits and capitals are, as
// other parts may reach into the room above and below.
func (w *witness) FillString(face font.Face, at vg.Point, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	const capitals = 0.72 // of the size, in Liberation Sans
	a, b := w.place(at), w.place(vg.Point{X: at.X + face.Width(text), Y: at.Y + capitals*face.Font.Size})
	box := vg.Rectangle{Min: vg.Point{X: min(a.X, b.X), Y: min(a.Y, b.Y)}, Max: vg.Point{X: max(a.X, b.X), Y: max(a.Y, b.Y)}}
	w.texts = append(w.texts, writing{text, box, w.ink()})
}

// seen draws a figure for a witness, in the colours that it comes out in.
func seen(f Figure) *witness {
	w := newWitness(f)
	var c canvas = w
	if f.dark {
		c = darkCanvas{w}
	}
	width, height := f.size()
	f.draw(draw.NewCanvas(c, width, height))
	return w
}

// touching are pairs of texts that run into one another, and what leaves the page.
func (w *witness) touching() []string {
	const apart = 0.3 // points
	var found []string
	if m := w.marked; m.Min.X < 0 || m.Min.Y < 0 || m.Max.X > w.width+apart || m.Max.Y > w.height+apart {
		found = append(found, fmt.Sprintf("something is drawn beyond the page: %v of %v by %v", m, w.width, w.height))
	}
	for i, t := range w.texts {
		if t.box.Min.X < 0 || t.box.Min.Y < 0 || t.box.Max.X > w.width || t.box.Max.Y > w.height {
			found = append(found, fmt.Sprintf("%q leaves the page: %v of %v by %v", t.text, t.box, w.width, w.height))
		}
		for _, u := range w.texts[i+1:] {
			across := min(t.box.Max.X, u.box.Max.X) - max(t.box.Min.X, u.box.Min.X)
			up := min(t.box.Max.Y, u.box.Max.Y) - max(t.box.Min.Y, u.box.Min.Y)
			if across > apart && up > apart {
				found = append(found, fmt.Sprintf("%q runs into %q: %v, %v", t.text, u.text, t.box, u.box))
			}
		}
	}
	return found
}

// contrast is that of WCAG 2 between two colours.
func contrast(a, b color.NRGBA) float64 {
	light, dark := luminance(style{color: a}), luminance(style{color: b})
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// The least contrasts of WCAG 2.2: 1.4.11 for what carries meaning, 1.4.3 for text.
const (
	graphicContrast = 3
	textContrast    = 4.5
)

func TestWhatCarriesMeaningStandsOutOnItsGroundInBothModes(t *testing.T) {
	numbers := make([]analysis.Value, 9)
	for i := range numbers {
		numbers[i] = analysis.Value{Number: float64(i), Numeric: true}
	}
	named := map[string]color.NRGBA{}
	for i, s := range stylesOf(numbers) {
		named[fmt.Sprintf("number %d", i)] = s.color
	}
	for i, s := range stylesOf(make([]analysis.Value, 9)) {
		named[fmt.Sprintf("name %d", i)] = s.color
	}
	paper := color.NRGBA{255, 255, 255, 255}
	texts := map[string]color.Color{"black": black, "dark": dark, "grey": grey}
	for name, c := range named {
		if got := contrast(c, paper); got < graphicContrast {
			t.Errorf("%s on white: %.2f", name, got)
		}
		if got := contrast(turnOver(c), turnOver(paper)); got < graphicContrast {
			t.Errorf("%s in the dark: %.2f", name, got)
		}
	}
	for name, c := range texts {
		ink := color.NRGBAModel.Convert(c).(color.NRGBA)
		if got := min(contrast(ink, paper), contrast(turnOver(ink), turnOver(paper))); got < textContrast {
			t.Errorf("text in %s: %.2f", name, got)
		}
	}
}

func TestStylesDifferWithoutTheirColours(t *testing.T) {
	for _, numeric := range []bool{true, false} {
		values := make([]analysis.Value, 36)
		for i := range values {
			values[i] = analysis.Value{Number: float64(i), Text: fmt.Sprint(i), Numeric: numeric}
		}
		met := map[string]int{}
		for i, s := range stylesOf(values) {
			look := fmt.Sprint(s.marker, s.dashes)
			if j, again := met[look]; again {
				t.Errorf("numeric %v: values %d and %d have marker and dashes in common", numeric, j, i)
			}
			met[look] = i
		}
	}
}

// Faults are what a reader of the figure would stumble over: texts that touch or
// leave the page, and lines and texts that do not stand out from the ground. Of
// lines, those of the grid and unsmoothed curves may be pale: they lie behind what
// they are about. White ones have a dark rim.
func Faults(f Figure) []string {
	w := seen(f)
	turned := func(c color.Color) color.NRGBA {
		if f.dark {
			return turnOver(c)
		}
		return color.NRGBAModel.Convert(c).(color.NRGBA)
	}
	ground := turned(white)
	mayBePale := map[color.NRGBA]bool{ground: true, turned(pale): true}
	number, name := stylesOf([]analysis.Value{{Numeric: true}})[0], stylesOf([]analysis.Value{{}})[0] // of a lone line, without a legend
	for _, l := range append(f.legend.entries, entry{style: number}, entry{style: name}) {
		mayBePale[turned(l.style.faint())] = true
	}
	found := w.touching()
	for c := range w.lines {
		if got := contrast(c, ground); got < graphicContrast && !mayBePale[c] {
			found = append(found, fmt.Sprintf("a line of colour %v has contrast %.2f", c, got))
		}
	}
	for _, text := range w.texts {
		if got := contrast(text.color, ground); got < textContrast {
			found = append(found, fmt.Sprintf("the text %q has contrast %.2f", text.text, got))
		}
	}
	return found
}
