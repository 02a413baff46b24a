package runner

import (
	"context"
	"errors"

	"sweep/sweep"
)

// Summary counts how a plan's runs ended. Total is the sum of Skipped,
// Elsewhere, Done, Diverged, Copied, Proved, Pruned, Failed and Left.
type Summary struct {
	Total       int
	Skipped     int // recorded before
	Copies      int // of Skipped, those that are copies
	Elsewhere   int // recorded by another process in the meantime
	Done        int
	Diverged    int
	Copied      int // recorded as copies
	Proved      int // trained to prove that they are equal to another
	Pruned      int // stopped, as others were clearly better
	Failed      int
	Left        int // neither trained nor copied, as the sweep was stopped or a proof failed
	Interrupted bool
	GaveUp      bool       // stopped, as too many runs failed
	Failures    []Failure  // in the order in which they happened
	Mismatches  []Mismatch // the proofs that failed
}

// Failure is a run that ended in an error.
type Failure struct {
	Run sweep.Run
	Err error
}

// count adds a run that was trained here to the summary.
func (s *session) count(run sweep.Run, o sweep.Outcome, err error, forProof bool) {
	switch {
	case o.State == sweep.StatePending:
	case o.State == sweep.StateFailed:
		if s.account(run, &s.summary.Failed) {
			s.fail(Failure{run, err})
		}
	case forProof:
		s.account(run, &s.summary.Proved)
	case o.State == sweep.StateDiverged:
		s.account(run, &s.summary.Diverged)
	default:
		s.account(run, &s.summary.Done)
	}
}

// fail adds a failure to the summary, and stops the sweep if there are MaxFailures.
func (s *session) fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.summary.Failures = append(s.summary.Failures, f)
	if s.summary.Failed == s.MaxFailures {
		s.stop(errTooMany)
	}
}

// account adds the run to a count of the summary, and reports whether it did: not if
// the run was counted before.
func (s *session) account(run sweep.Run, count *int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted[run.Key] {
		return false
	}
	s.counted[run.Key] = true
	*count++
	return true
}

// close completes the summary once all workers have returned.
func (s *session) close(ctx context.Context) (Summary, error) {
	sum := s.summary
	sum.Left = sum.Total - sum.Skipped - sum.Elsewhere - sum.Done - sum.Diverged - sum.Copied - sum.Proved - sum.Pruned - sum.Failed
	if cause, ok := errors.AsType[*recorderError](context.Cause(ctx)); ok {
		return sum, cause.error
	}
	sum.GaveUp = errors.Is(context.Cause(ctx), errTooMany)
	sum.Interrupted = ctx.Err() != nil && !sum.GaveUp
	return sum, nil
}
