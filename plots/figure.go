package plots

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/atomicfile"
)

// Options are what a person chooses about a figure.
type Options struct {
	Title     string // drawn above the figure; "" for none
	Style     Style  // Paper if empty
	Width     Width  // TwoColumns if empty
	NoTitle   bool   // Title is not drawn, as where a document sets its own
	NoCaption bool   // the caption is not drawn: SaveCaption writes it
	Outline   bool   // SVG has the shapes of letters in place of text

	Layers string       // what is laid over one another: "sweep", which "" is, too, or "arm"
	Metric sweep.Metric // that curves show in place of losses, as it was logged

	Notes []string // further sentences for the caption, without their full stops, such as what is left out
}

// A Figure is panels under a legend and above a caption.
type Figure struct {
	// Suffix distinguishes the figure from the others of its call, for file names: ""
	// for the only one, else "-1", "-2" and so on.
	Suffix string

	shape
	title   string
	legend  legend
	layers  legend // of sweeps over one another
	ramp    ramp
	panels  [][]*panel // rows of equal length
	caption string
	data    table

	untitled, uncaptioned bool // title and caption are not drawn
	outlined              bool // SVG has shapes for text
}

// Sizes of a figure.
const (
	margin    = 2 * vg.Millimeter
	gap       = 9  // points, between panels and between the figure's parts
	heading   = 11 // points, for the titles above a row of panels
	labelRoom = 12 // points, for an axis' label
)

// Formats returns the file extensions that Save knows.
func Formats() []string { return []string{"png", "svg", "pdf"} }

// Save writes the figure to a file, in the format its extension names.
func (f Figure) Save(path string) error {
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	write := func(w io.Writer) error { return f.Write(w, format) }
	if err := atomicfile.Write(context.Background(), path, write); err != nil {
		return fmt.Errorf("figure: %w", err)
	}
	return nil
}

// Write writes the figure in one of Formats.
func (f Figure) Write(w io.Writer, format string) error {
	if !slices.Contains(Formats(), format) {
		return fmt.Errorf("unknown format %q: choose one of %s", format, strings.Join(Formats(), ", "))
	}
	c := newCanvas(format, f)
	width, height := f.size()
	f.draw(draw.NewCanvas(c, width, height))
	_, err := c.WriteTo(w)
	return err
}

func (f Figure) rows() int { return len(f.panels) }
func (f Figure) cols() int { return len(f.panels[0]) }

// inner is the width between the margins.
func (f Figure) inner() vg.Length { return f.width - 2*margin }

// tile is the height of a row of panels.
func (f Figure) tile() vg.Length {
	switch f.cols() {
	case 1:
		if f.across > 1 { // a lone panel across all columns
			return 0.42 * f.inner()
		}
		return 0.6 * f.inner()
	case 2:
		return 0.36 * f.inner()
	default:
		return 0.28 * f.inner()
	}
}

// tiles are the places of the panels, with room for their titles and labels
// between them.
func (f Figure) tiles() draw.Tiles {
	t := draw.Tiles{
		Rows: f.rows(), Cols: f.cols(),
		PadX: gap, PadY: gap, PadLeft: labelRoom, PadBottom: labelRoom,
	}
	column := f.inner() / vg.Length(f.cols())
	for i, row := range f.panels {
		for j, p := range row {
			t.PadTop = max(t.PadTop, vg.Length(len(p.titleLines(column-titleIndent)))*heading)
			if p.shown && !p.hideY && j > 0 {
				t.PadX = gap + labelRoom
			}
			if p.shown && !p.hideX && i+1 < f.rows() {
				t.PadY = gap + labelRoom
			}
		}
	}
	t.PadY += t.PadTop
	return t
}

func (f Figure) size() (width, height vg.Length) {
	width = f.inner() + 2*margin
	tiles := f.tiles()
	height = 2*margin + vg.Length(f.rows())*f.tile() + vg.Length(f.rows()-1)*tiles.PadY + tiles.PadTop + tiles.PadBottom
	for _, part := range f.parts() {
		if h := part.height(f.inner()); h > 0 {
			height += h + gap
		}
	}
	return width, height
}

// part is what stands above or below the panels.
type part interface {
	// height is what the part takes when it is width wide, 0 if it is empty.
	height(width vg.Length) vg.Length
	// draw draws the part, from the top of c downwards.
	draw(c draw.Canvas)
}

func (f Figure) parts() []part {
	title, foot := f.title, f.foot()
	if f.untitled {
		title = ""
	}
	if f.uncaptioned {
		foot = ""
	}
	key := f.key()
	if f.keyWithin() {
		key = nil
	}
	parts := append([]part{paragraph{title, titleStyle()}}, key...)
	return append(parts, paragraph{foot, captionStyle()})
}

// key is what says what colours and marks stand for.
func (f Figure) key() []part { return []part{f.legend, f.layers, f.ramp} }

// keyWithin reports whether the key fits where the last row has no more panels.
func (f Figure) keyWithin() bool {
	if f.rows() == 0 || f.panels[f.rows()-1][f.cols()-1].shown {
		return false
	}
	width := f.inner()/vg.Length(f.cols()) - titleIndent
	height := vg.Length(0)
	for _, p := range f.key() {
		height += p.height(width) + gap
	}
	return height < f.tile()-labelRoom
}

// WriteCaption writes the caption as plain text.
func (f Figure) WriteCaption(w io.Writer) error {
	_, err := fmt.Fprintln(w, plainText(f.foot()))
	return err
}

// SaveCaption writes the caption to a text file.
func (f Figure) SaveCaption(path string) error {
	if err := atomicfile.Write(context.Background(), path, f.WriteCaption); err != nil {
		return fmt.Errorf("figure caption: %w", err)
	}
	return nil
}

// foot is the caption, and what the boxes among the figure's letters stand for.
func (f Figure) foot() string {
	const most = 6
	var codes []string
	for _, letter := range lacking(fontFace(), f.words()) {
		if code := fmt.Sprintf("%U", letter); !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return f.caption
	}
	text := strings.Join(codes[:min(most, len(codes))], ", ")
	if more := len(codes) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return sentences(strings.TrimSuffix(f.caption, "."), "Boxes stand for characters that the font lacks: "+text)
}

// words are all that the figure may write, without what makes no mark.
func (f Figure) words() string {
	all := []string{f.title, f.caption, f.legend.title, f.ramp.title}
	for _, e := range f.legend.entries {
		all = append(all, e.name)
	}
	for _, e := range f.layers.entries {
		all = append(all, e.name)
	}
	for _, row := range f.panels {
		for _, p := range row {
			all = append(all, p.words()...)
		}
	}
	return strings.Join(strings.Fields(strings.Join(all, " ")), "")
}

func (f Figure) draw(c draw.Canvas) {
	c.SetColor(white)
	c.Fill(c.Path())
	c = draw.Crop(c, margin, -margin, margin, -margin)
	parts := f.parts()
	last := len(parts) - 1
	for _, above := range parts[:last] {
		if h := above.height(f.inner()); h > 0 {
			above.draw(c)
			c.Max.Y -= h + gap
		}
	}
	if below := parts[last].height(f.inner()); below > 0 {
		foot := c
		foot.Max.Y = c.Min.Y + below
		parts[last].draw(foot)
		c.Min.Y += below + gap
	}
	f.drawPanels(c)
}

func (f Figure) drawPanels(c draw.Canvas) {
	plots := make([][]*plot.Plot, f.rows())
	for i, row := range f.panels {
		for _, p := range row {
			plots[i] = append(plots[i], p.plot())
		}
	}
	tiles := plot.Align(plots, f.tiles(), c)
	for i, row := range tiles {
		for j, tile := range row {
			if plots[i][j] != nil {
				f.panels[i][j].draw(plots[i][j], tile)
			}
		}
	}
	if !f.keyWithin() {
		return
	}
	last := f.panels[f.rows()-1]
	free := tiles[f.rows()-1][slices.IndexFunc(last, func(p *panel) bool { return !p.shown })]
	free.Min.X, free.Max.X = free.Max.X-f.inner()/vg.Length(f.cols())+titleIndent, c.Max.X
	for _, p := range f.key() {
		if h := p.height(free.Max.X - free.Min.X); h > 0 {
			p.draw(free)
			free.Max.Y -= h + gap
		}
	}
}
