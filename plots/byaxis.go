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
	return alone(draftByAxis, subject{results: results, by: axis}, o)
}

func draftByAxis(s subject) (draft, error) {
	c, err := analysis.Compare(s.results, s.by)
	if err != nil {
		return draft{}, err
	}
	c.Slices = withRuns(c.Slices)
	sheet := valleySheet{
		Comparison: c,
		look:       s.look(c.By),
		across:     newScale(c.By, s.values(c.By)),
		along:      newScale(c.Over, s.values(c.Over)),
	}
	d := draft{legend: sheet.legend(), notes: valleyCaption(c, sheet.compares(), s.results)}
	for _, part := range c.Slices {
		d.groups = append(d.groups, group{sheet.row(part), valleyData(c, []analysis.Slice{part})})
	}
	return d, nil
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
	look
	across, along scale // of By and of Over
}

// lone reports whether there is but one line, and so nothing to distinguish.
func (v valleySheet) lone() bool { return v.Over == v.By || len(v.values) < 2 }

// compares reports whether there are best values to draw beside the valleys.
func (v valleySheet) compares() bool {
	return !v.lone() && len(places(v.Comparison)) > 0
}

func (v valleySheet) row(s analysis.Slice) []*panel {
	panels := []*panel{v.valleyPanel(s)}
	if v.compares() {
		panels = append(panels, v.bestPanel(s))
	}
	return panels
}

func (v valleySheet) legend() legend {
	if v.lone() {
		return legend{}
	}
	return v.look.legend()
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
