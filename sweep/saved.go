package sweep

import "time"

// SavedSweep is a sweep as a store has it: a question and the cells that answer
// it.
type SavedSweep struct {
	Name     string
	Question string
	TOML     string    // the grid file, as it was run
	File     string    // its name then, "" if it had none
	Keys     []string  // of the cells' runs, in plan order
	Names    []string  // of the cells in this sweep, in plan order
	Created  time.Time // when it was first saved; SaveSweep does not read it
	Saved    time.Time // when it was saved last, which is whenever it is run
}

// Place is a cell of a saved sweep that a run fills.
type Place struct {
	Sweep string // "" for a run of none
	Name  string // the run's in it
}

// Found is a run that a person asked for.
type Found struct {
	Key          string
	Places       []Place   // that it fills: those asked for, then those of the newest sweep first
	Begun, Ended time.Time // of the latest attempt; zero where there is none
}

// Removal is what goes when a sweep or a run is removed.
type Removal struct {
	Sweep string       // goes with its cells; "" where only runs go
	Runs  []RemovalRun // in plan order; those that stay have a reason
}

// RemovalRun is a run that a removal is about.
type RemovalRun struct {
	Key, Name string
	State     State
	Kept      string // why it stays, such as "sweep b has it too"; "" if it goes
}

// Goes returns the keys of the runs that go.
func (r Removal) Goes() []string {
	var keys []string
	for _, run := range r.Runs {
		if run.Kept == "" {
			keys = append(keys, run.Key)
		}
	}
	return keys
}

// ShortKey is enough of a key to tell runs apart.
func ShortKey(key string) string {
	if len(key) > 12 {
		return key[:12]
	}
	return key
}
