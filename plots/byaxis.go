package plots

import (
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// maxRows is how many rows of panels one figure holds.
const maxRows = 4

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
	sheet := valleySheet{
		Comparison: c,
		along:      newScale(c.Over, values(results, c.Over)),
		by:         values(results, c.By),
		losses:     lossExtent(c.Slices),
		best:       bestExtent(c),
	}
	sheet.looks = looks(sheet.by)
	figure := Figure{title: o.Title, legend: sheet.legend(), caption: valleyCaption(c, sheet.compares(), results)}
	var figures []Figure
	for from := 0; from < len(c.Slices); from += maxRows {
		f := figure
		part := c.Slices[from:min(from+maxRows, len(c.Slices))]
		for _, s := range part {
			f.panels = append(f.panels, sheet.row(s))
		}
		f.data = valleyData(c, part)
		labelLastRow(f.panels)
		figures = append(figures, f)
	}
	return number(figures), nil
}

// valleySheet is what the rows of a ByAxis figure share.
type valleySheet struct {
	analysis.Comparison
	along  scale
	by     []analysis.Value
	looks  []look
	losses extent
	best   extent
}

// lone reports whether there is but one line, and so nothing to tell apart.
func (v valleySheet) lone() bool { return v.Over == v.By || len(v.by) < 2 }

// compares reports whether there are best values to draw beside the valleys.
func (v valleySheet) compares() bool {
	return !v.lone() && v.along.kind != ordinal && len(places(v.Comparison)) > 0
}

func (v valleySheet) row(s analysis.Slice) []panel {
	looks := v.looksOf(s)
	panels := []panel{valleyPanel(v.Comparison, s, v.along, v.losses, looks)}
	if v.compares() {
		panels = append(panels, bestPanel(v.Comparison, s, v.best, looks))
	}
	return panels
}

// labelLastRow leaves the label of the x axis to the last of rows that share
// it.
func labelLastRow(rows [][]panel) {
	for _, row := range rows[:len(rows)-1] {
		for j := range row {
			row[j].xLabel = ""
		}
	}
}

// looksOf are the looks of a slice's valleys, the same in every slice.
func (v valleySheet) looksOf(s analysis.Slice) []look {
	all := make([]look, len(s.Valleys))
	for i, valley := range s.Valleys {
		all[i] = v.looks[0]
		for j, by := range v.by {
			if by == valley.By {
				all[i] = v.looks[j]
			}
		}
	}
	return all
}

func (v valleySheet) legend() legend {
	if v.lone() {
		return legend{}
	}
	return newLegend(v.By, v.by, v.looks)
}

func newLegend(title string, values []analysis.Value, looks []look) legend {
	l := legend{title: title}
	for i, v := range values {
		l.entries = append(l.entries, entry{looks[i], valueName(title, v)})
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
