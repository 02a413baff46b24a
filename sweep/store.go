package sweep

import (
	"context"
	"iter"
	"time"
)

// A Store remembers sweeps, their runs and their curves. Its methods are safe for
// concurrent use, also by several processes. What fails is a *StoreError and has
// changed nothing; package store/storetest holds each backend to what is said
// here.
//
// Curves come back as they were given, to the bit; NaNs come back as math.NaN(),
// whatever their payload was. A run whose lease has lapsed, as its process died,
// is Pending.
type Store interface {
	Recorder

	// SaveSweep remembers a sweep, as saved at s.Saved. One of the same name is
	// replaced, cell list and all; the time it was created and the runs it had
	// stay.
	SaveSweep(ctx context.Context, s SavedSweep) error
	// Sweeps returns all sweeps, those saved last first.
	Sweeps(ctx context.Context) ([]SavedSweep, error)
	// SweepHeads is Sweeps without the cells.
	SweepHeads(ctx context.Context) ([]SavedSweep, error)
	// SweepHead returns the sweep of that name, or the one saved last for "",
	// without its cells. One that is not there is a NotFoundError, which knows
	// those that are.
	SweepHead(ctx context.Context, name string) (SavedSweep, error)
	// StateCounts is how many cells of each sweep are in each state, by the
	// sweep's name.
	StateCounts(ctx context.Context) (map[string]map[State]int, error)

	// Results returns the cells of a sweep ("" for the newest) in plan order, with
	// their names in it and without their adapters. A cell that was never begun
	// has its key, its name and State Pending, and no Params.
	Results(ctx context.Context, sweepName string) ([]Result, error)
	// EachResult is Results for one cell after the other, so that those of a large
	// sweep need not be held at a time. It ends at the first error of use, and
	// returns it. What use is given it may keep, and not change.
	EachResult(ctx context.Context, sweepName string, use func(Result) error) error
	// Begun yields the cells of the named sweep whose runs were begun, as Results
	// has them, the last of the plan first, or why there are no more.
	Begun(ctx context.Context, sweepName string) iter.Seq2[Result, error]
	// Find returns the run that a text means: the name of a cell, such as
	// "r8-a16-s0" or "arm/r8-a16-s0", or the start of a key. A sweep, unless "",
	// narrows the search. Several runs are an AmbiguousError, none a NotFoundError.
	Find(ctx context.Context, text, sweepName string) (Found, error)
	// RunNames returns the names of the runs of a sweep, or of all for "", each
	// once.
	RunNames(ctx context.Context, sweepName string) ([]string, error)

	// RemovalOfSweep tells what goes with a sweep: the runs that no other sweep has
	// and of which no run that stays is a copy.
	RemovalOfSweep(ctx context.Context, name string) (Removal, error)
	// RemovalOfRun tells what goes with a run: the copies made of it. Its cells
	// stay, to be trained again.
	RemovalOfRun(ctx context.Context, key string) (Removal, error)
	// Remove carries out a removal, all of it or nothing. A run that goes and is
	// being trained is a TrainingError; ErrChanged says that the store has changed
	// since it was asked what would go.
	Remove(ctx context.Context, r Removal) error

	// Check reads the whole store and reports what is damaged: what the backend
	// itself finds wrong, and whatever is not what was stored: runs with their
	// curves, adapters and checkpoints, sweeps with their cells. All faults are
	// joined into one error.
	Check(ctx context.Context) error
	// CheckRuns is Check for some runs. Keys that the store does not know are
	// passed over.
	CheckRuns(ctx context.Context, keys []string) error
	// Backup copies the store, as it is at one instant, to a new file, while others
	// go on reading and writing it. The file is a store itself, and is there whole
	// or not at all: ErrDamagedCopy says that the copy did not pass its check.
	// Whatever exists at its path already is refused as fs.ErrExist.
	Backup(ctx context.Context, path string) error
	// StillThere reports, as an error, that the store was taken away from under
	// this process. From then on it refuses to write.
	StillThere(ctx context.Context) error
	// Close ends the use of the store.
	Close() error
}

// Patience is how a store that another process has locked is waited for: a
// backup or a shell may hold it for minutes, and nothing is lost meanwhile.
type Patience struct {
	For  time.Duration     // give up after so long
	Stop <-chan struct{}   // once closed, give up within a second or two; may be nil
	Tell func(locked bool) // called once the wait takes a second, and when it is over; may be nil
}

// DefaultPatience gives up after an hour, and tells nobody.
func DefaultPatience() Patience { return Patience{For: time.Hour} }
