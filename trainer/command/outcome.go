package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
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
	a.save()
	points := a.metrics.Curve()
	o, err := a.judge(ctx, e, points)
	now := time.Now()
	noted := a.folder.add(record{Attempt: a.number, Ended: &now, Exit: e.String(), OutOfMemory: errors.Is(err, sweep.ErrOutOfMemory), Memory: e.Memory})
	if a.lost != nil {
		return sweep.Outcome{}, errors.Join(ctx.Err(), a.lost)
	}
	if ctx.Err() != nil || errors.Is(err, sweep.ErrRequeue) {
		a.carry()
	}
	if err == nil {
		o.Seconds, o.Measures, o.Environment = a.seconds(e), latest(points), a.environment()
	}
	if a.speed.tokensPerSecond > 0 {
		o.TokensPerSecond = a.speed.tokensPerSecond
	}
	return o, errors.Join(err, noted, a.tidy(err))
}

// seconds is how long the run was trained: this attempt, and those before it whose end
// was noted.
func (a *attempt) seconds(e exit) float64 {
	whole := e.Took
	for _, before := range a.past.records {
		if !before.Ended.IsZero() {
			whole += before.Ended.Sub(before.Began)
		}
	}
	return whole.Seconds()
}

// judge says what the run came to.
func (a *attempt) judge(ctx context.Context, e exit, points []sweep.Point) (sweep.Outcome, error) {
	o := sweep.LoggedOutcome(points, a.last)
	if _, train := starts(points); math.IsNaN(o.FirstLoss) {
		o.FirstLoss = train
	}
	complete := e.Code == 0 && a.last >= a.run.Params.Steps && len(points) > 0
	switch {
	case ctx.Err() != nil && !complete:
		return o, ctx.Err()
	case e.Code == exitRequeue:
		return o, fmt.Errorf("%w: it ended with exit code %d at step %d of %d", sweep.ErrRequeue, exitRequeue, a.last, a.run.Params.Steps)
	case complete || e.Code == 0 && a.over == nil && e.Cause == causeNone:
		return a.judgeEnd(e, o, points)
	case e.Cause == causeLapsed || e.Cause == causeClosed:
		return o, fmt.Errorf("%w: this process gave no sign of life for %v, so that it was ended", sweep.ErrRequeue, a.trainer.lease)
	case e.Cause == causeSignal:
		return o, fmt.Errorf("%w: a signal from outside ended it", sweep.ErrRequeue)
	}
	why := a.over
	if why == nil {
		why = a.outOfMemory(e)
	}
	if last, trained := sweep.LastTrained(points); why == nil && trained && !isFinite(last.Loss) {
		o.State = sweep.StateDiverged // programs give up on such a loss
		return o, nil
	}
	return o, a.failed(cmp.Or(why, a.whyFailed(e)), e)
}

// judgeEnd says what a run came to whose program ended well.
func (a *attempt) judgeEnd(e exit, o sweep.Outcome, points []sweep.Point) (sweep.Outcome, error) {
	switch eval, train := starts(points); {
	case len(points) == 0:
		return o, a.failed(a.noMetric(), e)
	case o.Overflowed(points), o.EndsAbove(eval, train):
		o.State = sweep.StateDiverged
	default:
		o.State = sweep.StateDone
	}
	return o, nil
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

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
func latest(points []sweep.Point) (last sweep.Measures) {
	for _, p := range points {
		last = last.Merge(p.Measures)
	}
	return last
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
