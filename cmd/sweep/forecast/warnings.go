package forecast

import (
	"fmt"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// Warnings are what speaks against the design of the plan, by itself and by what
// is known of its runs.
func (f *Forecast) Warnings() []grid.Warning {
	warnings := f.Plan.Warnings()
	if f.Count(runner.StatusDone) > 0 {
		warnings = append(warnings, f.atEdges()...)
	}
	return warnings
}

// atEdges warns where the best of the learning rates that were trained is the
// last of those planned.
func (f *Forecast) atEdges() []grid.Warning {
	trained := map[string]sweep.Result{}
	for _, r := range f.known {
		trained[r.Key] = r
	}
	runs := map[string]sweep.Run{}
	for _, run := range f.Plan.Runs {
		runs[run.Key] = run
	}
	var results []sweep.Result
	for _, c := range f.Plan.Cells {
		r := trained[c.Key]
		r.Run = runs[c.Key]
		r.Name = c.Name
		results = append(results, r)
	}
	edges := analysis.LREdges(results, f.Plan.AxisToCompare())
	if edges.Low+edges.High == 0 {
		return nil
	}
	return []grid.Warning{{
		Fault: fmt.Sprintf("the best lr of %d of %d settings is the lowest or the highest tried: a lower loss may lie beyond",
			edges.Low+edges.High, edges.Of),
		Remedy: "add " + edges.Add.String(),
	}}
}
