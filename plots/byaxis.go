package plots

import (
	"slices"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// ByAxis draws the final losses of a sweep, one line for each value of an
// axis: on the left against lr (against alpha or r where the axis is lr or lr
// is fixed), on the right the best of these against the axis. Each combination
// of the other axes that vary is a row; rows that do not fit go on to further
// figures. It fails where analysis.Compare does.
//
// Give a Result in state Pending for each cell that was never begun: the
// caption counts them as missing.
func ByAxis(results []sweep.Result, axis string, o Options) ([]Figure, error) {
	c, err := analysis.Compare(results, axis)
	if err != nil {
		return nil, err
	}
	c.Slices = withRuns(c.Slices)
	sheet := valleySheet{
		Comparison: c,
		by:         values(results, c.By),
		losses:     lossExtent(c.Slices),
	}
	sheet.styles = stylesOf(sheet.by)
	var figures []Figure
	for part := range slices.Chunk(c.Slices, o.shape().groups(2)) {
		f := o.figure()
		f.legend, f.caption, f.data = sheet.legend(), valleyCaption(c, sheet.compares(), results), valleyData(c, part)
		var rows [][]panel
		for _, s := range part {
			rows = append(rows, sheet.row(s))
		}
		f.panels = f.arrange(rows)
		figures = append(figures, f)
	}
	return number(figures), nil
}

// withRuns leaves out slices of which no run has ended.
func withRuns(all []analysis.Slice) []analysis.Slice {
	ended := func(v analysis.LossByLR) bool {
		return slices.ContainsFunc(v.Cells, func(c analysis.Cell) bool { return c.Tally.Done+c.Tally.Diverged > 0 })
	}
	return slices.DeleteFunc(all, func(s analysis.Slice) bool { return !slices.ContainsFunc(s.ByLR, ended) })
}

// valleySheet is what the rows of a ByAxis figure share.
type valleySheet struct {
	analysis.Comparison
	by     []analysis.Value
	styles []style
	losses extent
}

// lone reports whether there is but one line, and so nothing to distinguish.
func (v valleySheet) lone() bool { return v.Over == v.By || len(v.by) < 2 }

// compares reports whether there are best values to draw beside the valleys.
func (v valleySheet) compares() bool {
	return !v.lone() && len(places(v.Comparison)) > 0
}

func (v valleySheet) row(s analysis.Slice) []panel {
	styles := v.sliceStyles(s)
	panels := []panel{valleyPanel(v.Comparison, s, v.losses, styles)}
	if v.compares() {
		panels = append(panels, bestPanel(v.Comparison, s, styles))
	}
	return panels
}

// sliceStyles are the styles of a slice's valleys, the same in every slice.
func (v valleySheet) sliceStyles(s analysis.Slice) []style {
	all := make([]style, len(s.ByLR))
	for i, valley := range s.ByLR {
		all[i] = v.styles[0]
		for j, by := range v.by {
			if by == valley.By {
				all[i] = v.styles[j]
			}
		}
	}
	return all
}

func (v valleySheet) legend() legend {
	if v.lone() {
		return legend{}
	}
	return newLegend(v.By, v.by, v.styles)
}

func newLegend(title string, values []analysis.Value, styles []style) legend {
	l := legend{title: title}
	for i, v := range values {
		l.entries = append(l.entries, entry{style: styles[i], name: valueName(title, v)})
	}
	return l
}

// values are an axis' values over all results, one where it does not vary.
func values(results []sweep.Result, axis string) []analysis.Value {
	for _, a := range analysis.Axes(results) {
		if a.Name == axis {
			return a.Values
		}
	}
	for _, s := range analysis.Shared(results) {
		if s.Axis == axis {
			return []analysis.Value{s.Value}
		}
	}
	return nil
}
