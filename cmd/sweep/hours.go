package main

import (
	"context"
	"fmt"
	"math"

	"sweep/cmd/sweep/forecast"
	"sweep/cmd/sweep/humanize"
	"sweep/sweep/grid"
)

// drop is a reduction of a grid, and what the rest takes then.
type drop struct {
	grid.Reduction
	seconds float64
}

// fitting is what to drop of a plan to train it in some time.
type fitting struct {
	budget   float64 // seconds
	takes    float64 // the whole plan
	drops    []drop
	settings []string // for --set, with what was set before
	left     float64  // what is left takes
	runs     int      // to train of what is left
	steps    int      // the steps of the longest run
}

// fit takes values off the axes until what is left fits, or there is nothing more to
// take off.
func (c *planCommand) fit(ctx context.Context, out streams, t fineTuner, f *forecast.Forecast, past forecast.Past) (fitting, error) {
	fit := fitting{budget: c.Hours * 3600, settings: grid.Settings(f.Plan.Spec.Source)}
	measure := func(f *forecast.Forecast) {
		runs := f.ToTrain(false)
		fit.left, fit.runs = f.Makespan(runs), len(runs)
	}
	for _, run := range f.Plan.Runs {
		fit.steps = max(fit.steps, run.Params.Steps)
	}
	measure(f)
	fit.takes = fit.left
	for fit.left > fit.budget {
		reductions := f.Plan.Spec.Reductions()
		if len(reductions) == 0 {
			return fit, nil
		}
		settings := grid.Merge(fit.settings, reductions[0].Setting)
		plan, err := c.readPlan(ctx, out, t, settings...)
		if err != nil {
			return fit, err
		}
		f = f.Reduced(plan, past)
		measure(f)
		fit.settings = settings
		fit.drops = append(fit.drops, drop{reductions[0], fit.left})
	}
	return fit, nil
}

// describe says what to drop, line by line.
func (fit fitting) describe() []string {
	hours := fmt.Sprintf("hours: of the %s that there are", humanize.Duration(fit.budget))
	switch {
	case math.IsNaN(fit.takes):
		return []string{hours + ", nothing can be said, as the speed is not known"}
	case fit.takes <= fit.budget:
		return []string{fmt.Sprintf("%s, it takes %s: drop nothing", hours, humanize.Duration(math.Max(fit.takes, 1)))}
	}
	lines := []string{fmt.Sprintf("%s, %s are missing; drop", hours, humanize.Duration(fit.takes-fit.budget))}
	for _, d := range fit.drops {
		of := ""
		if d.Arm != "" {
			of = " of arm " + d.Arm
		}
		lines = append(lines, fmt.Sprintf("  %s %s%s, which keeps %d: then about %s", d.Axis, list(d.Drops), of, d.Keeps, humanize.Duration(math.Max(d.seconds, 1))))
	}
	if len(fit.drops) == 0 {
		lines[0] = fmt.Sprintf("%s, %s are missing, and no axis can be shortened without losing what it is for", hours, humanize.Duration(fit.takes-fit.budget))
	}
	if fit.left > fit.budget {
		steps := max(int(float64(fit.steps)*fit.budget/fit.left), 1)
		lines = append(lines, fmt.Sprintf("  and more: about %d steps instead of %d would fit, which asks about shorter training; or a smaller seq, or batch", steps, fit.steps))
	}
	return lines
}
