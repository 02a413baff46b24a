package foreign

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
)

// Options say what the files leave open.
type Options struct {
	Tensorboard bool              // read event files, also where trainer_state.json is beside them
	Names       string            // what the names of runs say, such as "a{alpha}-lr{lr}-s{seed}"; {*} is anything
	As          map[string]string // what a column, a tag or a setting of a foreign name is here
	Set         map[string]string // settings of every run
	Skip        bool              // leave out runs with problems, and say which
}

// Import is runs trained elsewhere, as runs here.
type Import struct {
	Runs   []Run
	From   string   // what was read, for people
	Stated []string // the names of parameters that are known of every run
	Notes  []string // what was left out or decided, for people
}

// Run is a run with its curve. Its name is the one that it had elsewhere.
type Run struct {
	sweep.Result
	Points []sweep.Point
}

// Read reads the runs in files and below folders. Problems are the error, unless they are
// to be skipped.
func Read(paths []string, o Options) (Import, error) {
	r := reading{options: o}
	var tables []string
	for _, path := range paths {
		kind, err := r.look(path)
		if err != nil {
			return Import{}, err
		}
		if kind == aTable {
			tables = append(tables, path)
		}
	}
	r.readTables(tables)
	if err := r.understandNames(); err != nil {
		return Import{}, err
	}
	if len(r.records) == 0 && len(r.problems) == 0 {
		return Import{}, fmt.Errorf("%s: there are no runs in it", strings.Join(paths, ", "))
	}
	runs := r.settle()
	if len(r.problems) > 0 && (!o.Skip || len(runs) == 0) {
		return Import{}, r.problems
	}
	for _, p := range r.problems {
		r.note("left out: %s", p.Error())
	}
	return Import{Runs: runs, From: r.from(paths), Stated: r.stated, Notes: r.notes}, nil
}

// reading is what was read so far.
type reading struct {
	options  Options
	records  []*record
	problems Problems
	notes    []string
	kinds    []string        // of what was read, such as "trainer_state.json"
	unread   map[string]bool // columns and tags that measure something else
	stated   []string
}

func (r *reading) note(format string, words ...any) {
	r.notes = append(r.notes, sweep.OneLine(fmt.Sprintf(format, words...)))
}

// reject notes what is wrong with a run.
func (r *reading) reject(rec *record, p Problem) {
	rec.broken = true
	r.problems = append(r.problems, p)
}

// from says what was read: "outputs (24 x trainer_state.json)".
func (r *reading) from(paths []string) string {
	text := strings.Join(paths, ", ")
	for _, kind := range slices.Compact(slices.Sorted(slices.Values(r.kinds))) {
		n := len(slices.DeleteFunc(slices.Clone(r.kinds), func(k string) bool { return k != kind }))
		text += fmt.Sprintf(" (%d x %s)", n, kind)
	}
	return sweep.OneLine(text)
}

// kind is what a path leads to.
type kind string

const (
	aTable  kind = "table"
	aFolder kind = "folder"
)

// maxFiles bounds what is looked at below a folder.
const maxFiles = 200_000

// look reads what a path leads to, unless it is a table, which may belong to another.
func (r *reading) look(path string) (kind, error) {
	switch ending := strings.ToLower(filepath.Ext(path)); {
	case filepath.Base(path) == stateFile:
		r.readTrainer(filepath.Dir(path), []string{path})
		return aFolder, nil
	case ending == ".csv" || ending == ".jsonl" || ending == ".ndjson":
		return aTable, nil
	case isEventFile(path):
		r.readEvents(filepath.Dir(path), []string{path})
		return aFolder, nil
	}
	return aFolder, r.lookBelow(path)
}

func isEventFile(path string) bool { return strings.Contains(filepath.Base(path), "tfevents") }

// lookBelow reads the runs below a folder.
func (r *reading) lookBelow(root string) error {
	var states, events []string
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if files++; err != nil || files > maxFiles {
			return errors.Join(err, tooMany(files))
		}
		switch {
		case d.IsDir():
		case d.Name() == stateFile:
			states = append(states, path)
		case isEventFile(path):
			events = append(events, path)
		}
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("look for runs in %s: %w", root, err)
	case len(states) > 0 && !r.options.Tensorboard:
		if len(events) > 0 {
			r.note("not read: %s of TensorBoard, as %s has the curves; --tensorboard reads them instead", counted(len(events), "event file", "event files"), stateFile)
		}
		r.readTrainer(root, states)
	case len(events) > 0:
		r.readEvents(root, events)
	default:
		return fmt.Errorf("%s: it is neither a .csv nor a .jsonl file nor a folder with %s or event files of TensorBoard", root, stateFile)
	}
	return nil
}

func tooMany(files int) error {
	if files <= maxFiles {
		return nil
	}
	return fmt.Errorf("it has more than %d files; name a folder further down", maxFiles)
}

// named is the name of a run: its folder, as seen from the root, or the root's own.
func named(root, dir string) string {
	name, err := filepath.Rel(root, dir)
	if err != nil || name == "." {
		if full, err := filepath.Abs(dir); err == nil {
			return filepath.Base(full)
		}
		return filepath.Base(dir)
	}
	return filepath.ToSlash(name)
}
