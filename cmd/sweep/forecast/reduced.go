package forecast

import (
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// Reduced foresees a plan that has some of the runs of this one alone, at the same
// speed.
func (f *Forecast) Reduced(plan *grid.Plan, past Past) *Forecast {
	less := *f
	less.Plan = plan
	less.Review = runner.NewReview(plan, past.States, past.Copies, past.Before)
	return &less
}
