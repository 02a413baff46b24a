package plots

import (
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend is a strip that names each style, above the panels where it covers no
// data. It breaks into rows as needed.
type legend struct {
	title   string
	entries []entry // none: no legend
}

type entry struct {
	style style
	name  string
	bare  bool // a mark without a line
	open  bool // an outline
	plain bool // a line without a mark
}

// of is the legend of the entries that are shown.
func (l legend) of(names []string) legend {
	l.entries = slices.DeleteFunc(slices.Clone(l.entries), func(e entry) bool { return !slices.Contains(names, e.name) })
	return l
}

const (
	sampleWidth = 20 // points of line shown
	entryGap    = 12
	rowHeight   = 11
)

// spot is where an entry goes: its left end, and its row from the top.
type spot struct {
	x   vg.Length
	row int
}

// layout places the entries behind the title.
func (l legend) layout(style text.Style, width vg.Length) []spot {
	indent := style.Width(l.title) + entryGap
	at := spot{x: indent}
	spots := make([]spot, len(l.entries))
	for i, e := range l.entries {
		w := sampleWidth + 4 + style.Width(e.name)
		if at.x > indent && at.x+w > width {
			at = spot{indent, at.row + 1}
		}
		spots[i] = at
		at.x += w + entryGap
	}
	return spots
}

func (l legend) height(width vg.Length) vg.Length {
	if len(l.entries) == 0 {
		return 0
	}
	spots := l.layout(legendStyle(), width)
	return vg.Length(spots[len(spots)-1].row+1) * rowHeight
}

func (l legend) draw(c draw.Canvas) {
	style := legendStyle()
	style.YAlign = draw.YCenter
	middle := func(row int) vg.Length { return c.Max.Y - (vg.Length(row)+0.5)*rowHeight }
	shift := style.FontExtents().Descent // of text against the middle of its row
	c.FillText(style, vg.Point{X: c.Min.X, Y: middle(0) + shift}, l.title)
	for i, at := range l.layout(style, c.Max.X-c.Min.X) {
		e, x, y := l.entries[i], c.Min.X+at.x, middle(at.row)
		if !e.bare {
			c.StrokeLine2(e.style.line(1.2), x, y, x+sampleWidth, y)
		}
		switch middle := (vg.Point{X: x + sampleWidth/2, Y: y}); {
		case e.plain:
		case e.open:
			drawOutline(c, e.style, 2.4, middle)
		default:
			stamp(c, e.style.glyph(2.2), middle)
		}
		c.FillText(style, vg.Point{X: x + sampleWidth + 4, Y: y + shift}, e.name)
	}
}
