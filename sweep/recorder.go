package sweep

import (
	"context"
	"fmt"
	"time"
)

// A Recorder remembers runs. Its methods are safe for concurrent use, also by
// several processes.
//
// An attempt holds its run on a lease, which every Observe renews. The number of an
// attempt is a fencing token: once another attempt was begun, the older one can no
// longer write, and gets a StaleError.
type Recorder interface {
	// States returns the state of each run, by key, without those it does not know.
	States(ctx context.Context, keys []string) (map[string]State, error)
	// Copies returns the keys that are recorded as copies, each with the key of the
	// run that it is a copy of.
	Copies(ctx context.Context, keys []string) (map[string]string, error)
	// Result returns the run of that key, with its adapter and its row losses.
	Result(ctx context.Context, key string) (Result, error)
	// Curves returns the points of runs, in ascending order of steps.
	Curves(ctx context.Context, keys []string) (map[string][]Point, error)
	// Begin opens a new attempt at run and returns its number, from 1, and the
	// checkpoint that earlier ones left, if any; points after it are dropped.
	// The error is a FinishedError if the run has its outcome, unless it failed, or is
	// a copy, and the claim asks for such runs, too; it is a LeasedError if another
	// attempt holds the run.
	Begin(ctx context.Context, run Run, claim Claim) (attempt int, from Checkpoint, err error)
	// Observe adds points to the attempt's curve and, unless state is nil, keeps the
	// state as the checkpoint after the last of them. It does all of that or nothing.
	// Without points and state it only renews the lease.
	Observe(ctx context.Context, key string, attempt int, points []Point, state []byte) error
	// Rewrite replaces the attempt's curve from a step on by points, none of which comes
	// before it, and renews the lease. A checkpoint stays, with the step that it has.
	Rewrite(ctx context.Context, key string, attempt, from int, points []Point) error
	// Speed notes how many tokens a second the attempt trains on, for those who look at
	// it meanwhile, and renews the lease.
	Speed(ctx context.Context, key string, attempt int, tokensPerSecond float64) error
	// Restart drops the attempt's curve and checkpoint.
	Restart(ctx context.Context, key string, attempt int) error
	// Finish closes the attempt. With State Pending it gives the run back for others
	// to begin. A run given back, or Pruned, keeps its checkpoint and may be begun
	// again.
	Finish(ctx context.Context, key string, attempt int, outcome Outcome) error
}

// Claim says who asks for a run, and on what terms.
type Claim struct {
	Owner         string        // who asks, as the runner names itself
	Lease         time.Duration // how long the owner keeps the run after a sign of life
	Retry         bool          // take a run that failed, too
	Copies        bool          // take a run that is recorded as a copy, too
	PreviousOwner string        // take a run that this owner holds, too, as it is known to have died
	Provenance    Provenance
}

// LeasedError refuses to begin a run that another attempt holds.
type LeasedError struct {
	Key   string
	Owner string
	Until time.Time // when the lease ends, unless it is renewed
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
