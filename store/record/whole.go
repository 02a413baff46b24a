package record

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"sweep/sweep"
)

// Run is all that a store keeps of a run, to be copied to another one.
type Run struct {
	Key, Name                  string
	Params, Inputs, Provenance string      // JSON, as it was written
	State                      sweep.State // Running, too, for one whose lease has lapsed
	Attempt                    int
	Begun                      string
	Ended, FirstEnd            sql.NullString
	Owner                      string
	Lease, Expires, Speed      float64
	Points                     []sweep.Point
	Checkpoint                 []byte // nil if there is none
	CheckpointStep             int
	Outcome                    *sweep.Outcome // nil if there is none
	Digest                     string         // of the record, "" without an outcome
	Note                       sweep.Note
}

// Sweep is all that a store keeps of a sweep but for its runs.
type Sweep struct {
	Name, Question, TOML, File string
	Created, Saved             string
	Ended                      sql.NullString
	Cells                      []Cell
	Predictions                []Prediction
	Digest                     string
	Note                       sweep.Note
}

// Cell is a cell of a sweep.
type Cell struct{ Key, Name, Planned string }

// CellsOf are the cells of a sweep that is saved. Known is since when the sweep has each of
// the runs that it had before, by key.
func CellsOf(sw sweep.SavedSweep, known map[string]string) []Cell {
	cells := make([]Cell, len(sw.Keys))
	for i, key := range sw.Keys {
		cells[i] = Cell{Key: key, Name: sw.Names[i], Planned: cmp.Or(known[key], sw.Saved.UTC().Format(Instant))}
	}
	return cells
}

// Prediction is what a sweep predicted.
type Prediction struct{ Text, Stated string }

// Head is what tells whether two stores have the same run.
type Head struct {
	Name              string
	State             sweep.State // Pending for one whose lease has lapsed
	Attempt           int
	Digest, CurveHash string // "" without an outcome
	CopyOf            string
	Note              sweep.Note
}

// Reader reads a store as it is at one instant.
type Reader interface {
	// Heads returns the heads of all runs, by key.
	Heads(ctx context.Context) (map[string]Head, error)
	// Digests returns those of all sweeps, by name.
	Digests(ctx context.Context) (map[string]string, error)
	// Run returns the run of a key that is among the heads.
	Run(ctx context.Context, key string) (Run, error)
	// Sweep returns a sweep whose digest is there.
	Sweep(ctx context.Context, name string) (Sweep, error)
}

// Keeper is a store that gives and takes whole records.
type Keeper interface {
	// Snapshot calls use with the store as it is at one instant.
	Snapshot(ctx context.Context, use func(Reader) error) error
	// LoadRun stores a run. It takes the place of one that has no outcome, or failed, and
	// that nobody trains; where there is another one the error is ErrThere.
	LoadRun(ctx context.Context, r Run) error
	// LoadSweep stores a sweep. Where there is one of its name the error is ErrThere.
	LoadSweep(ctx context.Context, s Sweep) error
}

// ErrThere refuses a record in whose place another one is.
var ErrThere = errors.New("there is another one already")

// Yields reports whether a run may be replaced by a copy of it that has ended: one that has no
// results and that nobody trains.
func Yields(now sweep.State) bool {
	return now == sweep.StatePending || now == sweep.StateFailed || now == sweep.StatePruned
}

// NoteOver is the note of a run that takes the place of one with a note.
func (r Run) NoteOver(old sweep.Note) sweep.Note {
	if r.Note.Empty() {
		return old
	}
	return r.Note
}

// Fits compares the digest of a record that was copied with that of the original.
func Fits(original, copied string) error {
	if original != copied {
		return sweep.ErrDamagedCopy
	}
	return nil
}
