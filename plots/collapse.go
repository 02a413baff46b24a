package plots

import (
	"cmp"
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
	return alone(draftCollapse, subject{results: results, by: axis}, o)
}

func draftCollapse(s subject) (draft, error) {
	c, err := analysis.Compare(s.results, s.by)
	if err != nil {
		return draft{}, err
	}
	by := values(s.results, s.by)
	if c.Over != "lr" || len(by) < 2 {
		return draft{}, fmt.Errorf("collapse the valleys of %s: both it and lr must vary: %w", s.by, ErrNothingToDraw)
	}
	every, err := c.Collapses(s.results)
	if err != nil {
		return draft{}, err
	}
	all := overlapping(every)
	if len(all) == 0 {
		return draft{}, fmt.Errorf("collapse the valleys of %s: none has a cell whose seeds are all done: %w", s.by, ErrNothingToDraw)
	}
	columns := len(analysis.Coordinates())
	sheet := collapseSheet{s.look(s.by), c.Quantity}
	d := draft{legend: sheet.legend(), notes: collapseCaption(c, (len(every)-len(all))/columns, s.results)}
	for row := range slices.Chunk(all, columns) {
		d.groups = append(d.groups, group{sheet.row(row), collapseData(s.by, sheet.quantity, row)})
	}
	return d, nil
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
	look
	quantity analysis.Quantity
}

// row is a part of the sweep in each coordinate.
func (s collapseSheet) row(part []analysis.Collapse) []*panel {
	var panels []*panel
	for _, c := range part {
		panels = append(panels, s.panel(c))
	}
	return panels
}

func (s collapseSheet) panel(c analysis.Collapse) *panel {
	across := axis{name: "lr", kind: logarithmic, span: abscissae(c)}
	p := newPanel(fixedTitle(c.Fixed), across, lossAxis(ordinates(c)), c.Coordinate, lossLabel(s.quantity))
	p.note = spreadNote(c)
	var crosses []cross
	for _, curve := range c.Curves {
		_, style := s.of(curve.By)
		addCollapsed(p, curve, style)
		if len(curve.Points)+len(curve.Diverged) > 0 {
			p.has(s.name(curve.By))
		}
		for _, d := range curve.Diverged {
			crosses = append(crosses, cross{d.X, style, len(d.Cell.Losses) == 0})
		}
	}
	s.addDiverged(p, crosses)
	return p
}

// spreadNote says how far apart the curves are.
func spreadNote(c analysis.Collapse) string {
	if !c.Spread.Known() {
		return "no overlap"
	}
	note := fmt.Sprintf("spread %.2g", c.Spread.Value)
	if c.Spread.Bounded() {
		note += fmt.Sprintf(" (%.2g to %.2g)", c.Spread.Low, c.Spread.High)
	}
	return note
}

// abscissae is the range of the points and of the crosses.
func abscissae(c analysis.Collapse) extent {
	e := noExtent()
	for _, curve := range c.Curves {
		for _, p := range slices.Concat(curve.Points, curve.Diverged) {
			e.include(p.X)
		}
	}
	return e
}

// ordinates is the range of the losses.
func ordinates(c analysis.Collapse) extent {
	e := noExtent()
	for _, curve := range c.Curves {
		for _, p := range drawnPoints(curve) {
			e.include(p.Cell.Mean())
		}
	}
	return e
}

// drawnPoints are the cells of a curve that have a loss, ascending, those of which
// some seeds diverged included.
func drawnPoints(curve analysis.CollapsedCurve) []analysis.CollapsePoint {
	points := slices.Concat(curve.Points, curve.Diverged)
	points = slices.DeleteFunc(points, func(p analysis.CollapsePoint) bool { return len(p.Cell.Losses) == 0 })
	slices.SortFunc(points, func(a, b analysis.CollapsePoint) int { return cmp.Compare(a.X, b.X) })
	return points
}

func addCollapsed(p *panel, curve analysis.CollapsedCurve, l style) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, point := range drawnPoints(curve) {
			line = append(line, vg.Point{X: x(point.X), Y: y(point.Cell.Mean())})
		}
		if len(line) > 1 {
			c.StrokeLines(l.line(1), line)
		}
		for _, at := range line {
			stamp(c, l.glyph(1.7), at)
		}
	})
}

func collapseData(axis string, q analysis.Quantity, all []analysis.Collapse) table {
	name := column(q)
	t := table{header: []string{"part", "coordinate", "by", "by_value", "x", "lr", name, name + "_min", name + "_max", "diverged", "spread", "spread_low", "spread_high"}}
	for _, c := range all {
		for _, curve := range c.Curves {
			for _, p := range slices.Concat(curve.Points, curve.Diverged) {
				low, high := p.Cell.Range()
				t.add(fixedData(c.Fixed), c.Coordinate, axis, curve.By.Text, p.X, p.Cell.X.Text, p.Cell.Mean(), low, high, p.Cell.Tally.Diverged,
					c.Spread.Value, c.Spread.Low, c.Spread.High)
			}
		}
	}
	return t
}
