package sweep

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Runner trains the runs of a plan that its Recorder does not hold yet, on a
// pool of goroutines. Trainer and Recorder must be set.
//
// Of runs that are equal to the bit (see Orbit) it trains one and records the
// others as its copies, but for a sample of them, which it trains for proof.
type Runner struct {
	Trainer    Trainer
	Recorder   Recorder
	Workers    int         // runs in flight at once; below 1 counts as 1
	Provenance Provenance  // recorded with every attempt
	Progress   func(Event) // is told what happens, one call at a time; may be nil

	TrainAll bool // record no copies, and train those that are recorded

	// Rescale multiplies the factors A and B of an adapter by 2^a and 2^b, so
	// that a copy has its own. Without it copies have none.
	Rescale func(adapter []byte, a, b int) ([]byte, error)
}

// Event is something that happened to a run.
type Event struct {
	Kind    EventKind
	Run     Run
	Point   Point   // where Kind is Advanced
	Outcome Outcome // where Kind is Ended or Copied
}

// EventKind is what happened.
type EventKind int

// The life of a run: Skipped alone, or Began, any number of Advanced, Ended, or
// Waiting, Copied. A run that waits for its twin may be trained after all.
const (
	Skipped  EventKind = iota // its outcome had been recorded before
	Began                     // a worker took it
	Advanced                  // its curve grew by Point
	Ended                     // Outcome is recorded; its State is Pending if the run was given back
	Waiting                   // it is to be a copy of a run that is not trained yet
	Copied                    // it is recorded as a copy
)

// Summary counts what became of a plan's runs. Total is the sum of Skipped,
// Done, Diverged, Copied, Proved, Failed and Left.
type Summary struct {
	Total       int
	Skipped     int // recorded before
	Copies      int // of Skipped, those that are copies
	Done        int
	Diverged    int
	Copied      int // recorded as copies
	Proved      int // trained although they could have been copied
	Failed      int
	Left        int // neither trained nor copied, as the sweep was stopped or the proof failed
	Interrupted bool
	Failures    []Failure  // in the order in which they happened
	Mismatches  []Mismatch // the proofs that failed
}

// Failure is a run that ended in an error.
type Failure struct {
	Run Run
	Err error
}

// Run trains what the recorder does not hold as final; failed runs are tried
// again. A run that errs, or panics, is recorded as failed, and the others go
// on. When ctx ends, the runs in flight are given back as pending, and the
// Summary says so; that is no error. An error of the recorder stops the sweep
// the same way and is returned, as nothing more could be remembered. Run
// returns only after all its goroutines have.
func (r *Runner) Run(ctx context.Context, plan *Plan) (Summary, error) {
	session := &session{Runner: r}
	session.summary.Total = len(plan.Runs)
	todo, err := session.todo(ctx, plan)
	if err != nil && ctx.Err() == nil {
		return session.summary, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	queue := make(chan family)
	var workers sync.WaitGroup
	for range min(max(r.Workers, 1), len(todo)) {
		workers.Go(func() {
			for f := range queue {
				if err := session.settle(ctx, f); err != nil {
					stop(&recorderError{err})
				}
			}
		})
	}
	feed(ctx, todo, queue)
	workers.Wait()
	return session.close(ctx)
}

// feed sends the families in order until ctx ends, and closes the queue.
func feed(ctx context.Context, families []family, queue chan<- family) {
	defer close(queue)
	for _, f := range families {
		if ctx.Err() != nil {
			return
		}
		select {
		case queue <- f:
		case <-ctx.Done():
			return
		}
	}
}

// recorderError is the cause for which a sweep stops early, other than its
// context's end.
type recorderError struct{ error }

// session is one call of Runner.Run.
type session struct {
	*Runner
	mu      sync.Mutex // guards summary and serialises Progress
	summary Summary
}

// todo returns the families that have runs to settle, in plan order, and tells
// of the runs whose outcome is recorded.
func (s *session) todo(ctx context.Context, plan *Plan) ([]family, error) {
	held, err := s.holdings(ctx, plan.Runs)
	if err != nil {
		return nil, err
	}
	for _, run := range plan.Runs {
		if held.settled(run) {
			s.skip(run, held.copyOf[run.Key] != "")
		}
	}
	var todo []family
	for _, members := range s.families(plan) {
		f := newFamily(members, held)
		for _, m := range f.waiting() {
			s.tell(Event{Kind: Waiting, Run: m.Run})
		}
		if len(f.open) > 0 {
			todo = append(todo, f)
		}
	}
	return todo, nil
}

// train takes one run from Begin to Finish. The error is the recorder's: a
// run's own error is an outcome.
func (s *session) train(ctx context.Context, run Run, forProof bool) (Outcome, error) {
	number, err := s.Recorder.Begin(ctx, run, s.Provenance)
	if ctx.Err() != nil && err != nil {
		return Outcome{State: Pending}, nil // the sweep was stopped just before; the run is left as it was
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("begin run %s: %w", run.Name, err)
	}
	s.tell(Event{Kind: Began, Run: run})
	a := newAttempt(s, run, number)
	outcome, runErr, err := a.train(ctx)
	if err != nil {
		return Outcome{}, err
	}
	s.count(run, outcome, runErr, forProof)
	s.tell(Event{Kind: Ended, Run: run, Outcome: outcome})
	return outcome, nil
}

func (s *session) count(run Run, o Outcome, err error, forProof bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case o.State == Failed:
		s.summary.Failed++
		s.summary.Failures = append(s.summary.Failures, Failure{run, err})
	case o.State == Pending:
	case forProof:
		s.summary.Proved++
	case o.State == Diverged:
		s.summary.Diverged++
	default:
		s.summary.Done++
	}
}

// skip tells of a run whose outcome is recorded.
func (s *session) skip(run Run, isCopy bool) {
	s.mu.Lock()
	s.summary.Skipped++
	if isCopy {
		s.summary.Copies++
	}
	s.mu.Unlock()
	s.tell(Event{Kind: Skipped, Run: run})
}

func (s *session) tell(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Progress != nil {
		s.Progress(e)
	}
}

// close completes the summary once all workers have returned.
func (s *session) close(ctx context.Context) (Summary, error) {
	sum := s.summary
	sum.Left = sum.Total - sum.Skipped - sum.Done - sum.Diverged - sum.Copied - sum.Proved - sum.Failed
	if cause, ok := errors.AsType[*recorderError](context.Cause(ctx)); ok {
		return sum, cause.error
	}
	sum.Interrupted = ctx.Err() != nil
	return sum, nil
}
