package forecast

import (
	"sweep/sweep/grid"
)

// Reduced foresees a plan that has some of the runs of this one alone, at the same
// speed.
func (f *Forecast) Reduced(plan *grid.Plan, past Past) *Forecast {
	less := *f
	less.Plan = plan
	less.Review = past.review(plan)
	return &less
}
