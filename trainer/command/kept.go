package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
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

	Memory      int64  // bytes that the largest process had in RAM at the most; 0 if it is not known
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
// none. It fails while something of an attempt at the run is still there.
func (t *Trainer) Remove(key string) error {
	at, err := folderOf(t.runs, key)
	if err != nil {
		return err
	}
	if _, err := os.Stat(at.own("lock")); err == nil {
		lock := flock.New(at.own("lock"))
		if locked, err := lock.TryLock(); err != nil || !locked {
			return errors.Join(err, fmt.Errorf("the program that trains the run is still there; what it left is in %s", at))
		}
		_ = lock.Unlock() // Windows removes no file that is open
	}
	return os.RemoveAll(string(at))
}

// adapterFile is what PEFT calls an adapter.
const adapterFile = "adapter_model.safetensors"

// Adapters returns the folders with an adapter that the program left: the run's folder, or
// those below it that are the fewest folders down, ascending. There are none where it left
// none.
func (t *Trainer) Adapters(key string) ([]string, error) {
	at, err := folderOf(t.runs, key)
	if err != nil {
		return nil, err
	}
	var nearest []string
	depth := func(path string) int { return strings.Count(path, string(filepath.Separator)) }
	err = filepath.WalkDir(string(at), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() != adapterFile {
			return err
		}
		folder := filepath.Dir(path)
		switch {
		case len(nearest) == 0 || depth(folder) < depth(nearest[0]):
			nearest = []string{folder}
		case depth(folder) == depth(nearest[0]):
			nearest = append(nearest, folder)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for the adapter of a run: %w", err)
	}
	return nearest, nil
}

// Adapter returns the bytes of the adapter_model.safetensors in the first of the folders
// that Adapters returns, nil where there is none.
func (t *Trainer) Adapter(key string) ([]byte, error) {
	folders, err := t.Adapters(key)
	if err != nil || len(folders) == 0 {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folders[0], adapterFile))
}
