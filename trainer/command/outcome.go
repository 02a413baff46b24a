package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sweep/sweep"
)

// exitRequeue is the exit code by which a program asks to go on later, EX_TEMPFAIL of
// sysexits.h.
const exitRequeue = 75

// conclude turns how the program ended, and what it logged, into the run's outcome.
func (a *attempt) conclude(ctx context.Context, e exit) (sweep.Outcome, error) {
	if a.lost == nil {
		a.lost = a.read(a.metrics.Finish)
	}
	a.journal.Save(marker)
	points := a.metrics.Curve()
	o, err := a.judge(ctx, e, points)
	now := time.Now()
	noted := a.folder.add(record{Attempt: a.number, Ended: &now, Exit: e.String(), OutOfMemory: errors.Is(err, sweep.ErrOutOfMemory), Memory: e.Memory})
	if a.lost != nil {
		return sweep.Outcome{}, errors.Join(ctx.Err(), a.lost)
	}
	if err == nil {
		o.Seconds, o.Measures, o.Environment = e.Took.Seconds(), latest(points), a.environment()
	}
	if a.speed.tokensPerSecond > 0 {
		o.TokensPerSecond = a.speed.tokensPerSecond
	}
	return o, errors.Join(err, noted, a.tidy(err))
}

// judge says what the run came to.
func (a *attempt) judge(ctx context.Context, e exit, points []sweep.Point) (sweep.Outcome, error) {
	o := sweep.LoggedOutcome(points, a.last)
	eval, train := starts(points)
	if math.IsNaN(o.FirstLoss) {
		o.FirstLoss = train
	}
	complete := e.Code == 0 && a.last >= a.run.Params.Steps && len(points) > 0
	switch {
	case ctx.Err() != nil && !complete:
		return o, ctx.Err()
	case e.Code == exitRequeue:
		return o, fmt.Errorf("%w: it ended with exit code %d at step %d of %d", sweep.ErrRequeue, exitRequeue, a.last, a.run.Params.Steps)
	case a.over != nil && !complete:
		return o, a.failed(a.over, e)
	case e.Cause == causeLapsed || e.Cause == causeClosed:
		return o, fmt.Errorf("%w: this process gave no sign of life for %v, so that it was ended", sweep.ErrRequeue, a.trainer.lease)
	case e.Cause == causeSignal && !complete:
		return o, fmt.Errorf("%w: a signal from outside ended it", sweep.ErrRequeue)
	case len(points) == 0 && e.Code == 0:
		return o, a.failed(a.noMetric(), e)
	case o.Overflowed(points), e.Code == 0 && o.EndsAbove(eval, train):
		o.State = sweep.StateDiverged
		return o, nil
	case e.Code != 0:
		return o, a.failed(a.whyFailed(e), e)
	default:
		o.State = sweep.StateDone
		return o, nil
	}
}

// starts returns the first evaluation loss and the first training loss of a curve, NaN
// for none.
func starts(points []sweep.Point) (eval, train float64) {
	eval, train = math.NaN(), math.NaN()
	for _, p := range points {
		if p.Evaluated && math.IsNaN(eval) {
			eval = p.EvalLoss
		}
		if p.HasLoss() && math.IsNaN(train) {
			train = p.Loss
		}
	}
	return eval, train
}

// latest returns the last measure of each name.
func latest(points []sweep.Point) sweep.Measures {
	var names []string
	values := map[string]float64{}
	for _, p := range points {
		for _, m := range p.Measures {
			if _, known := values[m.Name]; !known {
				names = append(names, m.Name)
			}
			values[m.Name] = m.Value
		}
	}
	slices.Sort(names)
	var all sweep.Measures
	for _, name := range names {
		all = append(all, sweep.Measure{Name: name, Value: values[name]})
	}
	return all
}

// String says how the program ended.
func (e exit) String() string {
	if e.Signal != 0 {
		return e.SignalName
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// noMetric says what was looked for.
func (a *attempt) noMetric() error {
	places := "in $SWEEP_METRICS, in JSON lines and the Trainer's on stdout, in trainer_state.json and in TensorBoard's files below {dir}"
	if from := a.command.Metrics.From; from != "" {
		places = fmt.Sprintf("where metrics.from = %q says", from)
	}
	return fmt.Errorf("it ended with exit code 0 and logged no metric %s; 'sweep help command' shows how a program logs", places)
}

// whyFailed says how the program failed.
func (a *attempt) whyFailed(e exit) error {
	if short := a.outOfMemory(e); short != nil {
		return short
	}
	if e.Signal != 0 {
		return fmt.Errorf("it was ended by %s at step %d of %d", e.SignalName, a.last, a.run.Params.Steps)
	}
	return fmt.Errorf("it ended with exit code %d at step %d of %d", e.Code, a.last, a.run.Params.Steps)
}

// failed adds to a failure what a person needs to find its cause: the last lines of the
// log, and its path.
func (a *attempt) failed(why error, e exit) error {
	text := ""
	if _, long := errors.AsType[*longLogError](why); e.Killed && !long {
		text = fmt.Sprintf("; it was killed, as it did not end within %v of SIGTERM", grace(a.command))
	}
	text += "; log: " + a.folder.log(a.number)
	if tail := tailOf(a.folder.log(a.number), tailLines); len(tail) > 0 {
		text += "\n" + strings.Join(tail, "\n")
	}
	return fmt.Errorf("%w%s", why, text)
}
