package command

import (
	"os"
	"time"
)

// Kept is what a run's folder has of its attempts.
type Kept struct {
	Dir      string        // absolute path
	Attempts []KeptAttempt // in their order; none where the run was never begun here
}

// KeptAttempt is an attempt at a run.
type KeptAttempt struct {
	Number  int
	Command []string  // the program and its arguments
	Began   time.Time // zero if it is not known
	Ended   time.Time // zero while it goes on, and where nobody was left to note it
	Exit    string    // how the program ended, such as "exit code 1"; "" while Ended is zero
	Log     string    // path of what it printed; "" if there is no such file any more

	OutOfMemory bool   // memory ran out
	room        string // the memory that it had
}

// Kept returns what the folder of a run has.
func (t *Trainer) Kept(key string) (Kept, error) {
	at, err := folderOf(t.runs, key)
	if err != nil {
		return Kept{}, err
	}
	p, err := at.past()
	if err != nil {
		return Kept{}, err
	}
	k := Kept{Dir: string(at)}
	for _, n := range p.attempts {
		a := p.records[n]
		if _, err := os.Stat(at.log(n)); err == nil {
			a.Log = at.log(n)
		}
		k.Attempts = append(k.Attempts, a)
	}
	return k, nil
}

// Tail returns at most n lines at the end of the log, none where there is none. Of a line
// that was written over itself, as progress bars are, only what stood last.
func (a KeptAttempt) Tail(n int) []string { return tailOf(a.Log, n) }

// Remove removes the folder of a run with all that its program left there. There may be
// none.
func (t *Trainer) Remove(key string) error {
	at, err := folderOf(t.runs, key)
	if err != nil {
		return err
	}
	return os.RemoveAll(string(at))
}
