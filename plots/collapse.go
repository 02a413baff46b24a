package plots

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// Collapse draws the valleys of an axis' values against lr and against the
// combinations of s, std_A and lr that theory knows: where one of them decides
// the loss, the valleys fall onto one another. Each combination of the other
// axes that vary is a row. It fails where analysis.Compare does, and with
// ErrNothingToDraw unless both the axis and lr vary.
func Collapse(results []sweep.Result, axis string, o Options) ([]Figure, error) {
	c, err := analysis.Compare(results, axis)
	if err != nil {
		return nil, err
	}
	by := values(results, axis)
	if c.Over != "lr" || len(by) < 2 {
		return nil, fmt.Errorf("collapse the valleys of %s: both it and lr must vary: %w", axis, ErrNothingToDraw)
	}
	all, err := c.Collapses(results)
	if err != nil {
		return nil, err
	}
	all = overlapping(all)
	sheet := collapseSheet{by, stylesOf(by), c.Quantity, lossExtent(c.Slices)}
	columns := len(analysis.Coordinates())
	var figures []Figure
	for part := range slices.Chunk(all, o.shape().groups(columns)*columns) {
		f := o.figure()
		f.legend, f.caption, f.data = newLegend(axis, by, sheet.styles), collapseCaption(c, results), collapseData(axis, part)
		var rows [][]panel
		for row := range slices.Chunk(part, columns) {
			rows = append(rows, sheet.row(row))
		}
		f.panels = f.arrange(rows)
		figures = append(figures, f)
	}
	if len(figures) == 0 {
		return nil, fmt.Errorf("collapse the valleys of %s: none has a cell whose seeds are all done: %w", axis, ErrNothingToDraw)
	}
	return number(figures), nil
}

// overlapping leaves out slices that have no points in some coordinate.
func overlapping(all []analysis.Collapse) []analysis.Collapse {
	columns := len(analysis.Coordinates())
	var kept []analysis.Collapse
	for from := 0; from < len(all); from += columns {
		if low, high := abscissae(all[from]).or(0, 0); low > 0 && high > low {
			kept = append(kept, all[from:from+columns]...)
		}
	}
	return kept
}

// collapseSheet is what the panels of a Collapse figure share.
type collapseSheet struct {
	by       []analysis.Value
	styles   []style
	quantity analysis.Quantity
	losses   extent
}

// row is a part of the sweep in each coordinate.
func (s collapseSheet) row(part []analysis.Collapse) []panel {
	var panels []panel
	for i, c := range part {
		panels = append(panels, s.panel(c, i == 0))
	}
	return panels
}

func (s collapseSheet) panel(c analysis.Collapse, first bool) panel {
	p := newPanel(collapseTitle(c, first), c.Coordinate, lossLabel(s.quantity))
	x := abscissae(c)
	logAxis(&p.X, "lr", x.low, x.high)
	lossAxis(&p.Y, s.losses.low, s.losses.high)
	addGrid(p)
	for _, curve := range c.Curves {
		for i, by := range s.by {
			if by == curve.By {
				addCollapsed(p, curve, s.styles[i])
			}
		}
	}
	return p
}

// collapseTitle names the part at the first panel of a row, and the spread.
func collapseTitle(c analysis.Collapse, first bool) string {
	spread := "no overlap"
	if c.Spread.Known() {
		spread = fmt.Sprintf("spread %.2g", c.Spread.Value)
	}
	if c.Spread.Bounded() {
		spread += fmt.Sprintf(" (%.2g to %.2g)", c.Spread.Low, c.Spread.High)
	}
	if title := fixedTitle(c.Fixed); first && title != "" {
		return title + "\n" + spread
	}
	return spread
}

func abscissae(c analysis.Collapse) extent {
	e := noExtent()
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			e.include(p.X)
		}
	}
	return e
}

func addCollapsed(p panel, curve analysis.CollapsedCurve, l style) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, point := range curve.Points {
			line = append(line, vg.Point{X: x(point.X), Y: y(point.Cell.Mean())})
		}
		if len(line) > 1 {
			c.StrokeLines(l.line(1), line)
		}
		for _, at := range line {
			c.DrawGlyph(l.glyph(1.7), at)
		}
	})
}

func collapseData(axis string, all []analysis.Collapse) table {
	t := table{header: []string{"part", "coordinate", "by", "by_value", "x", "lr", "loss", "loss_min", "loss_max", "spread", "spread_low", "spread_high"}}
	for _, c := range all {
		for _, curve := range c.Curves {
			for _, p := range curve.Points {
				low, high := p.Cell.Range()
				t.add(fixedData(c.Fixed), c.Coordinate, axis, curve.By.Text, p.X, p.Cell.X.Text, p.Cell.Mean(), low, high,
					c.Spread.Value, c.Spread.Low, c.Spread.High)
			}
		}
	}
	return t
}
