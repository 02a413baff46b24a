package sweep

import (
	"context"
	"iter"
	"time"
)

// A Store keeps sweeps, their runs and their curves. Its methods are safe for concurrent
// use, also by several processes. Their errors are *StoreErrors, and a method that
// returns one has changed nothing. Package store/storetest tests each backend against
// this documentation.
//
// Curves come back as they were given, to the bit, except that every NaN comes back as
// math.NaN(). A run whose lease has lapsed, as its process died, is Pending.
type Store interface {
	Recorder

	// SaveSweep saves a sweep, at the time s.Saved. It replaces a sweep of the same
	// name, with its list of cells; the time of its creation, its runs and its History
	// stay.
	SaveSweep(ctx context.Context, s SavedSweep) error
	// Sweeps returns all sweeps, those saved last first.
	Sweeps(ctx context.Context) ([]SavedSweep, error)
	// SweepHeads is Sweeps without the cells.
	SweepHeads(ctx context.Context) ([]SavedSweep, error)
	// SweepHead returns the sweep of that name, or the one saved last for "",
	// without its cells. For a sweep that is not there the error is a NotFoundError,
	// which holds the names of those that are.
	SweepHead(ctx context.Context, name string) (SavedSweep, error)
	// History returns the order in which a sweep ("" for the newest) was planned,
	// predicted and looked at.
	History(ctx context.Context, sweepName string) (History, error)
	// EditNote replaces the note of a sweep or a run by what edit makes of it, at one
	// instant. The error is a NotFoundError for a sweep that is not there, and for a run
	// that was never begun. A note goes with what it is about.
	EditNote(ctx context.Context, of Subject, edit func(Note) Note) error
	// SweepNotes returns the notes of the sweeps that have one, by name.
	SweepNotes(ctx context.Context) (map[string]Note, error)
	// StateCounts returns how many cells of each sweep are in each state, by the name
	// of the sweep.
	StateCounts(ctx context.Context) (map[string]map[State]int, error)

	// Results returns the cells of a sweep ("" for the newest) in plan order, with
	// their names in it and without their adapters and row losses. A cell that was
	// never begun has its key, its name and State Pending, and no Params.
	Results(ctx context.Context, sweepName string) ([]Result, error)
	// EachResult calls use with each of Results, one after the other, so that a large
	// sweep need not fit into memory. It returns the first error of use. Use may keep
	// the result it is given, but not change it.
	EachResult(ctx context.Context, sweepName string, use func(Result) error) error
	// Begun yields the Results of the named sweep whose runs were begun, the last of
	// the plan first. It ends with an error if it cannot read on.
	Begun(ctx context.Context, sweepName string) iter.Seq2[Result, error]
	// Marks returns a mark of each cell of a sweep ("" for the newest), in plan order. It
	// is cheap beside reading the runs: those who look again and again read anew only what
	// has another mark.
	Marks(ctx context.Context, sweepName string) ([]Mark, error)
	// SomeResults returns those of Results that are of runs with these keys. Keys that no
	// cell of the sweep has are ignored.
	SomeResults(ctx context.Context, sweepName string, keys []string) ([]Result, error)
	// CurvesFrom returns the points of runs, each from a step on, in ascending order of
	// steps. A key is absent where the run is unknown or has no such points.
	CurvesFrom(ctx context.Context, from map[string]int) (map[string][]Point, error)
	// RowLosses returns the row losses of runs, by key, without the runs that have none.
	RowLosses(ctx context.Context, keys []string) (map[string][]RowLoss, error)
	// Find returns the run that a text means: the name of a cell, such as
	// "r8-a16-s0" or "arm/r8-a16-s0", or the start of a key. It searches in the sweep,
	// if that is not "". The error is an AmbiguousError if the text means several runs,
	// and a NotFoundError if it means none.
	Find(ctx context.Context, text, sweepName string) (Found, error)
	// RunNames returns the names of the runs of a sweep, or of all sweeps for "", each
	// once.
	RunNames(ctx context.Context, sweepName string) ([]string, error)

	// RemovalOfSweep returns what is to be removed with a sweep: the runs that no other
	// sweep has, except those that a run which is kept is a copy of.
	RemovalOfSweep(ctx context.Context, name string) (Removal, error)
	// RemovalOfRun returns what is to be removed with a run: its copies. The cells
	// stay, and can be trained again.
	RemovalOfRun(ctx context.Context, key string) (Removal, error)
	// Remove carries out a removal, all of it or nothing. The error is a TrainingError
	// if one of the runs is being trained, and ErrChanged if the store has changed
	// since the Removal was made.
	Remove(ctx context.Context, r Removal) error

	// Check reads the whole store and reports all damage as one error: what the backend
	// itself finds wrong, and runs, curves, row losses, adapters, checkpoints, sweeps and
	// cells that are not what was stored.
	Check(ctx context.Context) error
	// CheckRuns is Check for some runs. It ignores keys that the store does not know.
	CheckRuns(ctx context.Context, keys []string) error
	// Backup copies the store, as it is at one moment, to a new file, which is a store
	// itself. Others may go on reading and writing. The file is either complete or not
	// there at all. The error is ErrDamagedCopy if the copy did not pass its check, and
	// fs.ErrExist if there is something at its path already.
	Backup(ctx context.Context, path string) error
	// StillThere returns an error if the store was removed, moved or replaced while this
	// process used it. After that the store refuses to write.
	StillThere(ctx context.Context) error
	// Close ends the use of the store.
	Close() error
}

// Patience says how to wait for a store that cannot be used for now: another process has
// locked its file, or its server is gone. That may take minutes, and nothing is lost by
// waiting.
type Patience struct {
	For  time.Duration    // how long to wait at most
	Stop <-chan struct{}  // once it is closed, the wait ends within a second or two; may be nil
	Tell func(why string) // called when the wait has taken a second, with why, to be read after the store's name, and with "" when it is over; may be nil
}

// Stopping reports whether Stop is closed.
func (p Patience) Stopping() bool {
	select {
	case <-p.Stop:
		return true
	default:
		return false
	}
}

// DefaultPatience waits for an hour at most, without Stop and Tell.
func DefaultPatience() Patience { return Patience{For: time.Hour} }
