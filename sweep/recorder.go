package sweep

import (
	"context"
	"fmt"
	"time"
)

// A Recorder remembers runs. Its methods are safe for concurrent use, also by
// several processes.
//
// An attempt holds its run on a lease, which every Observe renews. The number
// of an attempt is a fencing token: once another was begun, the older one can
// no longer write, and is told so by a StaleError.
type Recorder interface {
	// States tells where each key stands; unknown keys are absent.
	States(ctx context.Context, keys []string) (map[string]State, error)
	// Copies tells which of the keys are recorded as copies, and of which run.
	Copies(ctx context.Context, keys []string) (map[string]string, error)
	// Result returns the run of that key, with its adapter.
	Result(ctx context.Context, key string) (Result, error)
	// Curves returns the points of runs, in ascending order of steps.
	Curves(ctx context.Context, keys []string) (map[string][]Point, error)
	// Begin opens a new attempt at run and returns its number, from 1, and the
	// checkpoint that earlier ones left, if any; points after it are dropped.
	// A run that has its outcome is a FinishedError, but for failures and copies
	// that the claim extends to; one that another attempt holds is a LeasedError.
	Begin(ctx context.Context, run Run, claim Claim) (attempt int, from Checkpoint, err error)
	// Observe adds points to the attempt's curve and, unless state is nil,
	// keeps it as the checkpoint after the last of them: all or none. Without
	// either it only renews the lease.
	Observe(ctx context.Context, key string, attempt int, points []Point, state []byte) error
	// Restart drops the attempt's curve and checkpoint.
	Restart(ctx context.Context, key string, attempt int) error
	// Finish closes the attempt. State Pending gives the run back with its
	// checkpoint; a run that is Pruned keeps its own, and may be begun again.
	Finish(ctx context.Context, key string, attempt int, outcome Outcome) error
}

// Claim is who asks for a run, and on what terms.
type Claim struct {
	Owner         string        // who asks, as the runner names itself
	Lease         time.Duration // how long the run is the owner's after a sign of life
	Retry         bool          // take a run that failed, too
	Copies        bool          // take a run that is recorded as a copy, too
	PreviousOwner string        // take a run that this owner holds, too; it is known to be gone
	Provenance    Provenance
}

// LeasedError refuses to begin a run that another attempt holds.
type LeasedError struct {
	Key   string
	Owner string
	Until time.Time // if there is no sign of life before
}

func (e *LeasedError) Error() string {
	return fmt.Sprintf("%s has it, until %s at least", e.Owner, e.Until.Format(time.TimeOnly))
}

// FinishedError refuses to begin a run that has its outcome.
type FinishedError struct {
	Key   string
	State State // Done, Diverged or Failed
}

func (e *FinishedError) Error() string {
	return fmt.Sprintf("the run is %s already; its outcome stays", e.State)
}

// StaleError refuses a write by an attempt that is over: a newer one was
// begun, or it was finished.
type StaleError struct {
	Key     string
	Attempt int   // that tried to write
	Current int   // the run's latest attempt
	State   State // the run's state
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("attempt %d is over: the run is at attempt %d, %s", e.Attempt, e.Current, e.State)
}
