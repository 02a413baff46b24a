package sweep

import "time"

// SavedSweep is a sweep as a store keeps it.
type SavedSweep struct {
	Name     string
	Question string
	TOML     string    // the grid file, as it was run
	File     string    // the file's name when it was run, "" if it had none
	Keys     []string  // of the cells' runs, in plan order
	Names    []string  // of the cells in this sweep, in plan order
	Created  time.Time // when it was first saved; SaveSweep does not read it
	Saved    time.Time // when it was last saved, and so last run

	// Predictions are those of the grid, each as its String. They are read by SaveSweep
	// alone: History has all that were ever saved.
	Predictions []string
}

// History is the order in which a sweep was planned, predicted and looked at.
type History struct {
	// FirstEnded is when the first run of the sweep ended, also one in a cell that it
	// no longer has, or trained for another sweep; zero if none has. A run ends
	// when it is done, diverged or pruned.
	FirstEnded  time.Time
	Planned     map[string]time.Time // by the name of a cell: since when the sweep has its run
	Ended       map[string]time.Time // by the name of a cell whose run has ended: when it first did
	Predictions []Stated             // all that the sweep was ever saved with, in the order in which they came
}

// Stated is a prediction, as its String, with the time when a sweep was first saved
// with it.
type Stated struct {
	Prediction string
	At         time.Time
}

// Place is a cell of a saved sweep that has a certain run.
type Place struct {
	Sweep string // "" for a run without a sweep
	Name  string // of the cell
}

// Mark tells whether a cell of a sweep is as it was. Two marks of a cell that are equal are
// of equal Results, but for when their owner was last heard of, and of equal curves.
type Mark struct {
	Key, Name string
	Text      string // "" for a run that was never begun
}

// Found is a run that a person asked for.
type Found struct {
	Key          string
	Places       []Place   // its cells: those asked for, and then the others, the newest sweep first
	Begun, Ended time.Time // of the latest attempt; zero where there is none
}

// Removal says what is removed with a sweep or a run.
type Removal struct {
	Sweep string       // removed with its cells; "" where only runs are
	Runs  []RemovalRun // in plan order, also those that are kept
}

// RemovalRun is a run that is removed, or kept for a reason.
type RemovalRun struct {
	Key, Name string
	State     State
	Kept      string // why it is kept, such as "sweep b has it too"; "" if it is removed
}

// Goes returns the keys of the runs that are removed.
func (r Removal) Goes() []string {
	var keys []string
	for _, run := range r.Runs {
		if run.Kept == "" {
			keys = append(keys, run.Key)
		}
	}
	return keys
}

// ShortKey returns the start of a key, which is enough to identify a run.
func ShortKey(key string) string {
	if len(key) > 12 {
		return key[:12]
	}
	return key
}
