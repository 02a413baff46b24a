package metrics

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// Where transformers' Trainer keeps what it logged, and what is part of the names of
// TensorBoard's event files.
const (
	stateFile = "trainer_state.json"
	eventFile = "tfevents"
)

// Bounds on looking through a run's folder.
const (
	lookEvery = 2 * time.Second
	maxDeep   = 8
	maxFiles  = 50_000
)

// slack is by how much the clocks of file systems and programs may differ.
const slack = 2 * time.Second

// span is the time of an attempt: what is written in it is its.
type span struct{ from, to time.Time } // to is zero for the last attempt

func (s span) has(t time.Time) bool {
	return !t.Before(s.from.Add(-slack)) && (s.to.IsZero() || t.Before(s.to.Add(-slack)))
}

// folder finds files below a run's folder, for the sources of one attempt.
type folder struct {
	dir    string
	looked time.Time
	states []string // paths of trainer_state.json, ascending
	events []string // of event files, ascending
	notes  *notes
}

// look looks through the folder, unless it was done a moment ago.
func (f *folder) look(atEnd bool) error {
	if now := time.Now(); atEnd || now.Sub(f.looked) >= lookEvery {
		f.looked = now
		return f.walk()
	}
	return nil
}

func (f *folder) walk() error {
	f.states, f.events = nil, nil
	seen := 0
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		below, _ := filepath.Rel(f.dir, path) // of a path that was made from it
		switch seen++; {
		case errors.Is(err, fs.ErrNotExist): // it was removed meanwhile
			return nil
		case err != nil:
			return err
		case seen > maxFiles:
			f.notes.count(manyFiles)
			return fs.SkipAll
		case d.IsDir() && (below == ".sweep" || strings.Count(below, string(filepath.Separator)) >= maxDeep):
			return fs.SkipDir
		case !d.Type().IsRegular():
		case d.Name() == stateFile:
			f.states = append(f.states, path)
		case strings.Contains(d.Name(), eventFile):
			f.events = append(f.events, path)
		}
		return nil
	})
	return err
}
