package foreign

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
)

// HowJudged says when an imported run is diverged, for help.
const HowJudged = "a loss or gradient norm at the end is not finite, or is exactly zero, as after an overflow; or the loss ended above 1.25 times that before training: the one logged at step 0 " +
	"or, where there is none, the first of those logged for the lowest lr on the same model and data, as that moved the model least"

// judge gives the runs their outcomes.
func (r *reading) judge(all []settled, runs []Run) {
	starts := map[[2]string]start{}
	for i := range runs {
		runs[i].Outcome = outcomeOf(all[i], runs[i].Points)
	}
	for i := range runs {
		rows := [2]string{runs[i].Params.Model, runs[i].Params.Data}
		if _, known := starts[rows]; !known {
			starts[rows] = r.startOf(runs, rows)
		}
		at := starts[rows]
		runs[i].State, runs[i].Error = stateOf(all[i], runs[i], at)
	}
}

// start is the loss before training on the same rows, NaN where it is unknown.
type start struct{ eval, train float64 }

// startOf is the mean loss that the runs on some rows logged at step 0 or, where none
// did, that those of the lowest lr logged first.
func (r *reading) startOf(runs []Run, rows [2]string) start {
	var here []Run
	for _, run := range runs {
		if [2]string{run.Params.Model, run.Params.Data} == rows {
			here = append(here, run)
		}
	}
	var before []float64
	for _, run := range here {
		if isFinite(run.FirstLoss) {
			before = append(before, run.FirstLoss)
		}
	}
	lowest := slices.MinFunc(here, func(a, b Run) int { return cmp.Compare(a.Params.LR, b.Params.LR) }).Params.LR
	var eval, train []float64
	for _, run := range here {
		if run.Params.LR == lowest {
			eval = appendFirst(eval, run.Points, func(p sweep.Point) (float64, bool) { return p.EvalLoss, p.Evaluated })
			train = appendFirst(train, run.Points, func(p sweep.Point) (float64, bool) { return p.Loss, p.HasLoss() })
		}
	}
	s := start{mean(eval), mean(train)}
	switch {
	case len(before) > 0:
		s.eval = mean(before)
	case math.IsNaN(s.eval) && math.IsNaN(s.train):
		r.note("nothing has a loss before training, nor one early in it; runs are diverged if their losses or gradient norms are not finite")
	default:
		r.note("no file has a loss before training; runs are diverged if they end above %g times the first loss of lr = %s (%s), as that moved the model least",
			sweep.DivergedAbove, sweep.FormatValue(lowest), s)
	}
	return s
}

// String writes the losses that are known.
func (s start) String() string {
	switch {
	case math.IsNaN(s.eval):
		return fmt.Sprintf("training loss %.4g", s.train)
	case math.IsNaN(s.train):
		return fmt.Sprintf("evaluation loss %.4g", s.eval)
	default:
		return fmt.Sprintf("evaluation loss %.4g, training loss %.4g", s.eval, s.train)
	}
}

// appendFirst appends the first finite value that a curve has before its end.
func appendFirst(to []float64, points []sweep.Point, value func(sweep.Point) (float64, bool)) []float64 {
	for _, p := range points[:max(0, len(points)-1)] {
		if x, ok := value(p); ok && isFinite(x) {
			return append(to, x)
		}
	}
	return to
}

// mean is NaN for nothing.
func mean(values []float64) float64 {
	sum := 0.0
	for _, x := range values {
		sum += x
	}
	return sum / float64(len(values))
}

// outcomeOf is the outcome of a run, but for its state.
func outcomeOf(s settled, points []sweep.Point) sweep.Outcome {
	o := sweep.LoggedOutcome(points, max(s.reached, s.last()))
	o.Seconds = s.seconds
	return o
}

// stateOf says what a run came to, and why it failed.
func stateOf(s settled, run Run, at start) (sweep.State, string) {
	// Trainer logs a loss of 0 in place of NaN (logging_nan_inf_filter).
	last, trained := sweep.LastTrained(run.Points)
	hidden := s.zeroForNaN && trained && last.Loss == 0
	switch {
	case hidden, run.Overflowed(run.Points), sweep.PlainName(s.state) == string(sweep.StateDiverged):
		return sweep.StateDiverged, ""
	case sweep.PlainName(s.state) == "pruned":
		return sweep.StatePruned, ""
	case s.stopped():
		return sweep.StateFailed, fmt.Sprintf("it was %s at step %d of %d when it was imported", s.state, run.Steps, run.Params.Steps)
	case s.reached > 0 && s.reached < run.Params.Steps, s.reached == 0 && run.Steps+interval(run.Points) <= run.Params.Steps:
		return sweep.StateFailed, fmt.Sprintf("its record ended at step %d of %d when it was imported", run.Steps, run.Params.Steps)
	case run.EndsAbove(at.eval, at.train):
		return sweep.StateDiverged, ""
	case !run.Evaluated && math.IsNaN(run.Loss):
		return sweep.StateFailed, "it has no loss at its end"
	default:
		return sweep.StateDone, ""
	}
}

// interval is how many steps there are from one logged loss to the next, at the end: a
// run may end so many after the last.
func interval(points []sweep.Point) int {
	if len(points) < 2 {
		return 1
	}
	return max(1, points[len(points)-1].Step-points[len(points)-2].Step)
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
