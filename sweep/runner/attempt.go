package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"sweep/sweep"
)

// usualStoreEvery is Runner.StoreEvery where nobody says.
const usualStoreEvery = 500 * time.Millisecond

// speedShare is how often points are stored for each time that the recorder is told of
// another speed.
const speedShare = 4

// Checkpoints take at most one part in costShare of the time spent on a run. A lease
// is renewed after one part in renewShare of it.
const (
	costShare  = 100
	renewShare = 3
)

// attempt is one training of one run, and its journal. Points and states wait in a
// buffer, and another goroutine passes them to the recorder, so that training never
// waits for the recorder.
type attempt struct {
	session *session
	run     sweep.Run
	number  int
	from    sweep.Checkpoint
	pauseAt int // a step, 0 for none

	ending <-chan struct{} // closed when the training is to end
	end    func()          // closes it

	storing sync.Mutex // held while points are passed to the recorder, so that they come in order

	mu      sync.Mutex
	waiting []sweep.Point
	state   []byte        // of the run after waiting[:covered]; nil if none waits
	covered int           // how many of the waiting points come before state
	last    int           // step of the last point, -1 before the first
	speed   float64       // tokens/s, 0 where it is not known
	saved   time.Time     // when the run was encoded, or begun
	cost    time.Duration // of encoding and storing a state
}

var _ sweep.Journal = (*attempt)(nil)

func newAttempt(s *session, run sweep.Run, number int, from sweep.Checkpoint, pauseAt int) *attempt {
	a := &attempt{session: s, run: run, number: number, pauseAt: pauseAt, saved: time.Now()}
	a.goOnFrom(from)
	return a
}

func (a *attempt) goOnFrom(c sweep.Checkpoint) {
	a.from, a.last = c, -1
	if n := len(c.Points); n > 0 {
		a.last = c.Points[n-1].Step
	}
}

// train trains the run and records how it ended. It returns the outcome that it
// recorded. If that is a failure, runErr is the cause; err is an error of the recorder.
func (a *attempt) train(ctx context.Context) (o sweep.Outcome, runErr, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a.ending, a.end = ctx.Done(), stop
	trained := make(chan struct{})
	var storing sync.WaitGroup
	var storeErr error
	storing.Go(func() {
		if storeErr = a.store(ctx, trained); storeErr != nil {
			stop()
		}
	})
	o, runErr, err = a.callTrainer(ctx)
	close(trained)
	storing.Wait()
	if err == nil {
		err = storeErr
	}
	if err != nil {
		a.abandon(ctx, err)
		return sweep.Outcome{State: sweep.StatePending}, runErr, err
	}
	o = a.outcome(ctx, o, runErr)
	return o, runErr, a.finish(ctx, o)
}

// abandon gives the run back after an error of the recorder, unless the error is that
// this attempt no longer has the run.
func (a *attempt) abandon(ctx context.Context, err error) {
	if _, stale := errors.AsType[*sweep.StaleError](err); !stale {
		_ = a.close(ctx, sweep.Outcome{State: sweep.StatePending}) // err is what the recorder said first
	}
}

// store passes what waits to the recorder at intervals, and renews the lease where
// nothing waits, until trained closes or the recorder returns an error.
func (a *attempt) store(ctx context.Context, trained <-chan struct{}) error {
	every := min(cmp.Or(a.session.StoreEvery, usualStoreEvery), a.session.Lease/renewShare)
	first := every
	if from := a.session.StoreFrom; !from.IsZero() {
		first -= time.Since(from) % every
	}
	tick := time.NewTicker(first)
	defer tick.Stop()
	renewed := time.Now()
	var noted time.Time // when the speed was
	for {
		select {
		case <-trained:
			return nil
		case now := <-tick.C:
			if first != every {
				first = every
				tick.Reset(every)
			}
			stored, err := a.flush(ctx)
			if speed := a.latestSpeed(); err == nil && stored && speed > 0 && now.Sub(noted) >= speedShare*every {
				noted, err = now, a.noteSpeed(ctx, speed)
			}
			if !stored && now.Sub(renewed) >= a.session.Lease/renewShare {
				stored, err = true, a.record(ctx, nil, nil)
			}
			if err != nil {
				return err
			}
			if stored {
				renewed = now
			}
		}
	}
}

// flush passes what waits to the recorder, and reports whether there was anything.
func (a *attempt) flush(ctx context.Context) (stored bool, err error) {
	a.storing.Lock()
	defer a.storing.Unlock()
	return a.passOn(ctx)
}

// passOn is flush for who holds storing.
func (a *attempt) passOn(ctx context.Context) (stored bool, err error) {
	a.mu.Lock()
	points, state, covered := a.waiting, a.state, a.covered
	a.waiting, a.state, a.covered = nil, nil, 0
	a.mu.Unlock()
	if state != nil {
		began := time.Now()
		if err := a.record(ctx, points[:covered], state); err != nil {
			return true, err
		}
		a.mu.Lock()
		a.cost += time.Since(began)
		a.mu.Unlock()
	}
	if rest := points[covered:]; len(rest) > 0 {
		return true, a.record(ctx, rest, nil)
	}
	return state != nil, nil
}

// record passes points and a state to the recorder, even if ctx has ended.
func (a *attempt) record(ctx context.Context, points []sweep.Point, state []byte) error {
	err := a.session.Recorder.Observe(context.WithoutCancel(ctx), a.run.Key, a.number, points, state)
	if err != nil {
		return fmt.Errorf("store the curve of run %s: %w", a.run.Name, err)
	}
	return nil
}

// noteSpeed passes the speed to the recorder.
func (a *attempt) noteSpeed(ctx context.Context, tokensPerSecond float64) error {
	err := a.session.Recorder.Speed(context.WithoutCancel(ctx), a.run.Key, a.number, tokensPerSecond)
	if err != nil {
		return fmt.Errorf("note the speed of run %s: %w", a.run.Name, err)
	}
	return nil
}

func (a *attempt) latestSpeed() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.speed
}

// Checkpoint returns what an earlier attempt left.
func (a *attempt) Checkpoint() sweep.Checkpoint { return a.from }

// Observe takes the next point of the curve from the trainer.
func (a *attempt) Observe(p sweep.Point) error {
	a.mu.Lock()
	last := a.last
	if p.Step > last {
		a.last = p.Step
		a.waiting = append(a.waiting, p)
	}
	a.mu.Unlock()
	if p.Step <= last {
		return fmt.Errorf("the trainer gave step %d after step %d; steps must ascend", p.Step, last)
	}
	a.session.report(Event{Kind: EventAdvanced, Run: a.run, Point: p})
	return nil
}

// Rewrite replaces the curve from a step on.
func (a *attempt) Rewrite(from int, points []sweep.Point) error {
	a.storing.Lock()
	defer a.storing.Unlock()
	if _, err := a.passOn(context.Background()); err != nil {
		return err
	}
	err := a.session.Recorder.Rewrite(context.Background(), a.run.Key, a.number, from, points)
	if err != nil {
		return fmt.Errorf("store the curve of run %s: %w", a.run.Name, err)
	}
	a.mu.Lock()
	a.last = from - 1
	if n := len(points); n > 0 {
		a.last = points[n-1].Step
	}
	a.mu.Unlock()
	for _, p := range points {
		a.session.report(Event{Kind: EventAdvanced, Run: a.run, Point: p})
	}
	return nil
}

// Speed takes note of how fast the trainer is.
func (a *attempt) Speed(tokensPerSecond float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.speed = tokensPerSecond
}

// Save keeps the run as it is, if a checkpoint is due or the training is to end. At
// the step to pause at it ends the training.
func (a *attempt) Save(state func() []byte) {
	a.mu.Lock()
	due := a.saved.Add(max(a.session.CheckpointEvery, costShare*a.cost))
	pause := a.pauseAt > 0 && a.last >= a.pauseAt
	a.mu.Unlock()
	began := time.Now()
	if pause {
		a.end()
	}
	if began.Before(due) && !a.isEnding() {
		return
	}
	encoded := state()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state, a.covered = encoded, len(a.waiting)
	a.saved = time.Now()
	a.cost = a.saved.Sub(began)
}

// isEnding reports whether the training is to end.
func (a *attempt) isEnding() bool {
	select {
	case <-a.ending:
		return true
	default:
		return false
	}
}

// callTrainer trains from the checkpoint, or from the start where the trainer cannot
// go on from the checkpoint. The last error is the recorder's.
func (a *attempt) callTrainer(ctx context.Context) (o sweep.Outcome, runErr, err error) {
	o, runErr = a.callOnce(ctx)
	if a.from.State == nil || !errors.Is(runErr, sweep.ErrCheckpoint) {
		return o, runErr, nil
	}
	a.session.report(Event{Kind: EventRestarted, Run: a.run, Err: runErr})
	if err := a.session.Recorder.Restart(context.WithoutCancel(ctx), a.run.Key, a.number); err != nil {
		return o, runErr, fmt.Errorf("start run %s anew: %w", a.run.Name, err)
	}
	a.goOnFrom(sweep.Checkpoint{})
	o, runErr = a.callOnce(ctx)
	return o, runErr, nil
}

// callOnce calls the trainer, and returns a panic as an error with the stack.
func (a *attempt) callOnce(ctx context.Context) (o sweep.Outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the trainer panicked: %v\n%s", v, debug.Stack())
		}
	}()
	o, err = a.session.Trainer.Train(ctx, a.run, a)
	if err == nil && !o.State.Final() {
		err = fmt.Errorf("the trainer returned the state %q; want %q or %q", o.State, sweep.StateDone, sweep.StateDiverged)
	}
	return o, err
}

// outcome returns the outcome to record: the one that the trainer returned, Pending if
// the trainer stopped because the training was to end or is to go on later, or else a
// failure.
func (a *attempt) outcome(ctx context.Context, o sweep.Outcome, err error) sweep.Outcome {
	switch {
	case err == nil:
		return o
	case ctx.Err() != nil, errors.Is(err, sweep.ErrRequeue):
		return sweep.Outcome{State: sweep.StatePending}
	default:
		return sweep.Outcome{
			State: sweep.StateFailed, Error: err.Error(), Steps: max(a.last, 0),
			Loss: math.NaN(), EvalLoss: math.NaN(), FirstLoss: math.NaN(),
		}
	}
}

// finish stores the rest of the curve and closes the attempt.
func (a *attempt) finish(ctx context.Context, o sweep.Outcome) error {
	if _, err := a.flush(ctx); err != nil {
		return err
	}
	return a.close(ctx, o)
}

// close ends the attempt, even if ctx has ended.
func (a *attempt) close(ctx context.Context, o sweep.Outcome) error {
	err := a.session.Recorder.Finish(context.WithoutCancel(ctx), a.run.Key, a.number, o)
	if err != nil {
		return fmt.Errorf("finish run %s: %w", a.run.Name, err)
	}
	return nil
}
