package sweep

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Runner trains the runs of a plan that its Recorder does not hold yet, on a
// pool of goroutines. Every field but Workers, Provenance and Progress must be
// set.
type Runner struct {
	Trainer    Trainer
	Recorder   Recorder
	Workers    int         // runs in flight at once; below 1 counts as 1
	Provenance Provenance  // recorded with every attempt
	Progress   func(Event) // is told what happens, one call at a time; may be nil
}

// Event is something that happened to a run.
type Event struct {
	Kind    EventKind
	Run     Run
	Point   Point   // where Kind is Advanced
	Outcome Outcome // where Kind is Ended
}

// EventKind is what happened.
type EventKind int

// The life of a run: Skipped alone, or Began, any number of Advanced, Ended.
const (
	Skipped  EventKind = iota // it had been trained before
	Began                     // a worker took it
	Advanced                  // its curve grew by Point
	Ended                     // Outcome is recorded; its State is Pending if the run was given back
)

// Summary counts what became of a plan's runs. Total is the sum of Skipped,
// Done, Diverged, Failed and Left.
type Summary struct {
	Total       int
	Skipped     int // trained before
	Done        int
	Diverged    int
	Failed      int
	Left        int // not trained, as the sweep was stopped
	Interrupted bool
	Failures    []Failure // in the order in which they happened
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
	todo, err := session.missing(ctx, plan.Runs)
	if err != nil && ctx.Err() == nil {
		return session.summary, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	queue := make(chan Run)
	var workers sync.WaitGroup
	for range min(max(r.Workers, 1), len(todo)) {
		workers.Go(func() {
			for run := range queue {
				if err := session.train(ctx, run); err != nil {
					stop(&recorderError{err})
				}
			}
		})
	}
	feed(ctx, todo, queue)
	workers.Wait()
	return session.close(ctx)
}

// feed sends the runs in order until ctx ends, and closes the queue.
func feed(ctx context.Context, runs []Run, queue chan<- Run) {
	defer close(queue)
	for _, run := range runs {
		if ctx.Err() != nil {
			return
		}
		select {
		case queue <- run:
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

// missing returns the runs that are not final, in order, and tells of those
// that are.
func (s *session) missing(ctx context.Context, runs []Run) ([]Run, error) {
	keys := make([]string, len(runs))
	for i, run := range runs {
		keys[i] = run.Key
	}
	states, err := s.Recorder.States(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("ask the store which runs are done: %w", err)
	}
	var todo []Run
	for _, run := range runs {
		if states[run.Key].Final() {
			s.tell(Event{Kind: Skipped, Run: run})
		} else {
			todo = append(todo, run)
		}
	}
	return todo, nil
}

// train takes one run from Begin to Finish. The error is the recorder's: a
// run's own error is an outcome.
func (s *session) train(ctx context.Context, run Run) error {
	number, err := s.Recorder.Begin(ctx, run, s.Provenance)
	if ctx.Err() != nil && err != nil {
		return nil // the sweep was stopped just before; the run is left as it was
	}
	if err != nil {
		return fmt.Errorf("begin run %s: %w", run.Name, err)
	}
	s.tell(Event{Kind: Began, Run: run})
	a := newAttempt(s, run, number)
	outcome, runErr, err := a.train(ctx)
	if err != nil {
		return err
	}
	s.count(run, outcome, runErr)
	s.tell(Event{Kind: Ended, Run: run, Outcome: outcome})
	return nil
}

func (s *session) count(run Run, o Outcome, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch o.State {
	case Done:
		s.summary.Done++
	case Diverged:
		s.summary.Diverged++
	case Failed:
		s.summary.Failed++
		s.summary.Failures = append(s.summary.Failures, Failure{run, err})
	}
}

func (s *session) tell(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Kind == Skipped {
		s.summary.Skipped++
	}
	if s.Progress != nil {
		s.Progress(e)
	}
}

// close completes the summary once all workers have returned.
func (s *session) close(ctx context.Context) (Summary, error) {
	sum := s.summary
	sum.Left = sum.Total - sum.Skipped - sum.Done - sum.Diverged - sum.Failed
	if cause, ok := errors.AsType[*recorderError](context.Cause(ctx)); ok {
		return sum, cause.error
	}
	sum.Interrupted = ctx.Err() != nil
	return sum, nil
}
