package forecast

import (
	"slices"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// Divergence is which of some trained runs diverged.
type Divergence struct {
	Diverged, Of int
	At           []analysis.Setting // where all that were trained diverged, and not all did elsewhere
	Names        []string           // of the runs that diverged
}

// WhereDiverged finds which runs diverged, such as of the corners of a grid.
func WhereDiverged(results []sweep.Result) Divergence {
	quantity := analysis.Judge(results)
	tally := analysis.Count(results, quantity)
	d := Divergence{Diverged: tally.Diverged, Of: tally.Total()}
	for _, axis := range analysis.Axes(results) {
		for _, value := range axis.Values {
			at := analysis.Count(slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool {
				v, err := analysis.ValueOf(r.Params, axis.Name)
				return err != nil || v != value
			}), quantity)
			if at.Diverged == at.Total() && at.Diverged < tally.Total() {
				d.At = append(d.At, analysis.Setting{Axis: axis.Name, Value: value})
			}
		}
	}
	for _, r := range results {
		if r.State == sweep.StateDiverged {
			d.Names = append(d.Names, r.Name)
		}
	}
	return d
}
