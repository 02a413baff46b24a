package sweep

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"
)

// storeEvery is how long a point may wait before it is passed to the recorder.
// It bounds what a killed process loses, and spares the recorder a call for
// every step.
const storeEvery = 500 * time.Millisecond

// attempt is one training of one run. Points wait in a buffer that a goroutine
// of its own empties, so that storing never holds up training.
type attempt struct {
	session *session
	run     Run
	number  int

	mu      sync.Mutex
	waiting []Point
	last    int // step of the last point, -1 before the first
}

func newAttempt(s *session, run Run, number int) *attempt {
	return &attempt{session: s, run: run, number: number, last: -1}
}

// train trains the run and records how it ended. The outcome is the recorded
// one, and runErr its cause where it is a failure; err is the recorder's.
func (a *attempt) train(ctx context.Context) (o Outcome, runErr, err error) {
	training, stop := context.WithCancel(ctx)
	defer stop()
	trained := make(chan struct{})
	var storing sync.WaitGroup
	var storeErr error
	storing.Go(func() {
		if storeErr = a.store(training, trained); storeErr != nil {
			stop()
		}
	})
	o, runErr = a.callTrainer(training)
	close(trained)
	storing.Wait()

	o = a.settle(training, o, runErr)
	if storeErr != nil {
		o = Outcome{State: Pending}
	}
	if err := a.finish(ctx, o); storeErr == nil {
		storeErr = err
	}
	return o, runErr, storeErr
}

// store passes waiting points to the recorder at intervals until trained
// closes or the recorder errs.
func (a *attempt) store(ctx context.Context, trained <-chan struct{}) error {
	tick := time.NewTicker(storeEvery)
	defer tick.Stop()
	for {
		select {
		case <-trained:
			return nil
		case <-tick.C:
			if err := a.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// flush passes the waiting points to the recorder, even if ctx has ended.
func (a *attempt) flush(ctx context.Context) error {
	a.mu.Lock()
	points := a.waiting
	a.waiting = nil
	a.mu.Unlock()
	if len(points) == 0 {
		return nil
	}
	err := a.session.Recorder.Observe(context.WithoutCancel(ctx), a.run.Key, a.number, points)
	if err != nil {
		return fmt.Errorf("store the curve of run %s: %w", a.run.Name, err)
	}
	return nil
}

// observe takes the next point of the curve from the trainer.
func (a *attempt) observe(p Point) error {
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
	a.session.tell(Event{Kind: Advanced, Run: a.run, Point: p})
	return nil
}

// callTrainer turns a panic of the trainer into an error that holds the stack.
func (a *attempt) callTrainer(ctx context.Context) (o Outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the trainer panicked: %v\n%s", v, debug.Stack())
		}
	}()
	o, err = a.session.Trainer.Train(ctx, a.run, Observer(a.observe))
	if err == nil && !o.State.Final() {
		err = fmt.Errorf("the trainer returned the state %q; want %q or %q", o.State, Done, Diverged)
	}
	return o, err
}

// settle decides what a trainer's answer amounts to: an outcome as it stands,
// a run given back because ctx ended, or a failure.
func (a *attempt) settle(ctx context.Context, o Outcome, err error) Outcome {
	switch {
	case err == nil:
		return o
	case ctx.Err() != nil:
		return Outcome{State: Pending}
	default:
		return Outcome{
			State: Failed, Error: err.Error(), Steps: max(a.last, 0),
			Loss: math.NaN(), EvalLoss: math.NaN(), FirstLoss: math.NaN(),
		}
	}
}

// finish stores the rest of the curve and closes the attempt, even if ctx has
// ended.
func (a *attempt) finish(ctx context.Context, o Outcome) error {
	if o.State != Pending {
		if err := a.flush(ctx); err != nil {
			return err
		}
	}
	err := a.session.Recorder.Finish(context.WithoutCancel(ctx), a.run.Key, a.number, o)
	if err != nil {
		return fmt.Errorf("finish run %s: %w", a.run.Name, err)
	}
	return nil
}
