package forecast

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// knownSpeed is the median speed, in operations a second, of known runs of a
// plan's models, 0 if there are none.
func knownSpeed(plan *grid.Plan, known []sweep.Result, e sweep.Estimator) float64 {
	models := map[string]bool{}
	for i := range plan.Runs {
		if run := &plan.Runs[i]; !run.ByCommand() {
			models[run.Inputs.Model] = true
		}
	}
	var speeds []float64
	for _, r := range known {
		if r.State != sweep.StateDone || r.CopyOf != "" || r.ByCommand() || !models[r.Inputs.Model] || !(r.Seconds > 0) {
			continue
		}
		// A run of another grid does not count if the files that it read are gone.
		if estimate, err := e.Estimate(r.Params); err == nil {
			speeds = append(speeds, estimate.Work/r.Seconds)
		}
	}
	if len(speeds) == 0 {
		return 0
	}
	slices.Sort(speeds)
	return speeds[len(speeds)/2]
}

// tryFor is how long a run is tried to measure its speed.
const tryFor = time.Second / 2

// trySpeed trains a run for a moment and returns its speed in operations a
// second, 0 if it cannot be measured. The trial does not evaluate, goes on beyond the
// run's steps where they are few, and changes nothing, so that it does not
// diverge: neither takes another time a step.
func trySpeed(ctx context.Context, t Trainer, run sweep.Run) (float64, error) {
	p := &run.Params
	p.Holdout, p.DataEval, p.EvalEvery = 0, "", 0
	p.LR, p.LRA, p.LRB = 0, 0, 0
	work, err := stepWork(t, *p)
	if err != nil {
		return 0, err
	}
	p.Steps = math.MaxInt32
	enough := errors.New("enough")
	var began time.Time
	first, last, took := 0, 0, time.Duration(0)
	_, err = t.Train(ctx, run, sweep.Observer(func(p sweep.Point) error {
		if began.IsZero() { // the first step warms up
			began, first = time.Now(), p.Step
			return nil
		}
		if last, took = p.Step, time.Since(began); took > tryFor {
			return enough
		}
		return nil
	}))
	if err != nil && !errors.Is(err, enough) {
		return 0, fmt.Errorf("try run %s: %w", run.Name, err)
	}
	if took <= 0 {
		return 0, nil // the model's own loss is not finite
	}
	return work * float64(last-first) / took.Seconds(), nil
}

// stepWork is the operations of a training step of p.
func stepWork(e sweep.Estimator, p sweep.Params) (float64, error) {
	var work [2]float64
	for i := range work {
		p.Steps = 1 + i
		estimate, err := e.Estimate(p)
		if err != nil {
			return 0, err
		}
		work[i] = estimate.Work
	}
	return work[1] - work[0], nil
}
