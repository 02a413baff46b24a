package runner

import (
	"context"
	"errors"
	"time"

	"sweep/sweep"
)

// A LaterError says that a unit is to be trained later: another process has one of its
// runs, or had it when it wrote, or its trainer returned sweep.ErrRequeue.
type LaterError struct {
	After time.Duration
	Err   error // why
}

func (e *LaterError) Error() string { return e.Err.Error() }

func (e *LaterError) Unwrap() error { return e.Err }

// TrainUnit trains the runs of a unit on the goroutine of its caller, as Run does those of
// a plan, but that it waits for no other process: the error is a LaterError then. When ctx
// ends, the run in training is given back as pending, with a checkpoint, and the Summary
// says so. Workers, Memory, Lanes, MaxFailures, Pruner and TrainAll have no part in it.
func (r *Runner) TrainUnit(ctx context.Context, u Unit) (Summary, error) {
	alone := *r
	alone.TrainAll = u.Alone
	r = &alone
	session, ctx, err := r.newSession(ctx, len(u.Runs))
	if err != nil {
		return Summary{}, err
	}
	defer session.stop(nil)
	err = session.trainUnit(ctx, r.members(sweep.NewEncoder(sweep.Parameters()), u))
	if wait, aside := session.aside(err, u.Runs); aside {
		return session.summary, &LaterError{wait, err}
	}
	if err != nil && ctx.Err() == nil {
		return session.summary, err
	}
	return session.close(ctx)
}

// trainUnit settles the class that members are, by what the recorder holds of them.
func (s *session) trainUnit(ctx context.Context, members []equivalentRun) error {
	runs := runsOf(members)
	held, err := s.holdings(ctx, runs)
	if err != nil {
		return err
	}
	s.failed = map[string]bool{}
	for _, run := range runs {
		s.failed[run.Key] = held.states[run.Key] == sweep.StateFailed
		if held.settled(run) && s.account(run, &s.summary.Skipped) && held.copyOf[run.Key] != "" {
			s.summary.Copies++
		}
	}
	return s.settle(ctx, newClass(members, held))
}

// heldKey is the key of the run that, as err says, another process has or had.
func heldKey(err error) string {
	if leased, ok := errors.AsType[*sweep.LeasedError](err); ok {
		return leased.Key
	}
	if stale, ok := errors.AsType[*sweep.StaleError](err); ok {
		return stale.Key
	}
	return ""
}
