package plots

import "gonum.org/v1/plot/vg"

// A Style says what a figure is for.
type Style string

// The styles.
const (
	Paper  Style = "paper"  // black on white, text of 7 to 9 points at the printed size
	Slides Style = "slides" // larger text, for a slide of 16 by 9 cm as LaTeX beamer has it
	Dark   Style = "dark"   // as slides, light on dark
)

// A Width is that of a figure as printed.
type Width string

// The widths: of one and of two columns of a journal, or of half a slide and a
// whole one.
const (
	OneColumn  Width = "one" // 8.5 cm, 7.6 cm on slides
	TwoColumns Width = "two" // 17.5 cm, 15.2 cm on slides
)

// shape is the room that a figure has.
type shape struct {
	width    vg.Length // in the points that text is measured in
	enlarged vg.Length // by how much it comes out larger
	across   int       // panels that fit side by side
	down     int       // rows of panels that a page holds
	dark     bool
}

func (o Options) shape() shape {
	s := shape{width: 17.5 * vg.Centimeter, enlarged: 1, across: 3, down: 3}
	if o.Style == Slides || o.Style == Dark {
		s = shape{width: 15.2 * vg.Centimeter, enlarged: 1.25, across: 3, down: 2, dark: o.Style == Dark}
	}
	if o.Width == OneColumn {
		s.across = 1
		if s.width *= 8.5 / 17.5; s.enlarged > 1 {
			s.width = 7.6 * vg.Centimeter
		}
	}
	s.width /= s.enlarged
	return s
}

// groups is how many groups of panels that belong together a figure holds: a
// group is a row or, where no two panels fit side by side, a panel below
// another.
func (s shape) groups(panels int) int {
	if panels <= s.across {
		return s.down
	}
	return max(1, s.down/panels)
}

// columns is how many of equal panels stand side by side, at most as many as
// wanted.
func (s shape) columns(wanted int) int { return min(wanted, s.across) }

// arrange lays out groups of panels that belong together.
func (s shape) arrange(groups [][]*panel) [][]*panel {
	if s.across > 1 {
		return shareLabels(groups)
	}
	var rows [][]*panel
	for _, group := range groups {
		for _, p := range group {
			rows = append(rows, []*panel{p})
		}
	}
	return shareLabels(rows)
}

// grid lays out equal panels in rows, of fewer columns where that leaves fewer
// places empty.
func (s shape) grid(panels []*panel, columns int) [][]*panel {
	columns = min(len(panels), s.columns(columns))
	empty := func(columns int) int { return (columns - len(panels)%columns) % columns }
	fits := func(columns int) bool { return len(panels) <= columns*s.down }
	if columns > 2 && empty(columns-1) < empty(columns) && fits(columns-1) {
		columns--
	}
	var rows [][]*panel
	for i, p := range panels {
		if i%columns == 0 {
			rows = append(rows, nil)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], p)
	}
	for last := len(rows) - 1; len(rows[last]) < columns; {
		rows[last] = append(rows[last], &panel{})
	}
	return shareLabels(rows)
}

// shareLabels hides titles and labels that the panel to the left or below has too.
func shareLabels(rows [][]*panel) [][]*panel {
	for i, row := range rows {
		for j, p := range row {
			p.hideTitle = j > 0 && p.title == row[j-1].title
			p.hideY = j > 0 && p.yLabel == row[j-1].yLabel
			p.hideX = i+1 < len(rows) && rows[i+1][j].shown && p.xLabel == rows[i+1][j].xLabel
		}
	}
	return rows
}
