package sweep

import (
	"errors"
	"fmt"
	"strings"
)

// Causes that a StoreError may wrap.
var (
	ErrDamaged     = errors.New("it is not what was stored")
	ErrReadOnly    = errors.New("the store was opened for reading")
	ErrChanged     = errors.New("the store has changed in the meantime; look again at what would go")
	ErrDamagedCopy = errors.New("the copy is damaged")
)

// StoreError is the error of an operation on a store, which has changed nothing.
type StoreError struct {
	Op   string // the operation, such as "begin run 1f0c"
	Path string // of the store, as it was named
	Err  error  // the cause
	Hint Hint   // what a person can do, "" if Err says it or the program knows better
}

// Error reads "cannot OP: PATH: cause".
func (e *StoreError) Error() string { return fmt.Sprintf("cannot %s: %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the cause.
func (e *StoreError) Unwrap() error { return e.Err }

// TrainingError refuses to remove a run that is being trained.
type TrainingError struct {
	Name string // the run's
}

func (e *TrainingError) Error() string {
	return fmt.Sprintf("run %s: it is being trained; wait for it, or stop its sweep with Ctrl-C", e.Name)
}

// Hint says what a person can do about an error. It has gaps for the names of flags and
// commands, which only the program knows.
type Hint string

// The gaps that a Hint may have.
const (
	StoreFlag    = "{the flag that names the store}"
	TrainCommand = "{the command that trains a grid}"
)

// NotFoundError says that the store holds no such sweep or run.
type NotFoundError struct {
	Kind    string // "sweep" or "run"
	Name    string // that was asked for
	Nearest string // the name that was most likely meant, "" if none is near
	Known   []string
}

func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("no %s %q", e.Kind, e.Name)
	const most = 8
	if e.Nearest != "" {
		return text + fmt.Sprintf("; did you mean %q?", e.Nearest)
	}
	if len(e.Known) > 0 {
		text += "; the store has " + strings.Join(e.Known[:min(most, len(e.Known))], ", ")
	}
	if rest := len(e.Known) - most; rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

// AmbiguousError says that a text may mean several runs.
type AmbiguousError struct {
	Text       string
	Candidates []Found // each with at least one place
}

func (e *AmbiguousError) Error() string {
	const most = 8
	var lines []string
	for _, f := range e.Candidates[:min(most, len(e.Candidates))] {
		line := f.Places[0].Name + ", key " + ShortKey(f.Key)
		if f.Places[0].Sweep != "" {
			line += ", of sweep " + f.Places[0].Sweep
		}
		lines = append(lines, line)
	}
	text := fmt.Sprintf("%q may mean %d runs; name one by more of its key, or its sweep:\n  %s", e.Text, len(e.Candidates), strings.Join(lines, "\n  "))
	if rest := len(e.Candidates) - most; rest > 0 {
		text += fmt.Sprintf("\n  and %d more", rest)
	}
	return text
}
