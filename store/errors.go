package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// Error is an operation on a store that failed and changed nothing.
type Error struct {
	Op   string // what was being done, such as "begin run 1f0c"
	Path string // the store
	Err  error  // what was found
	Hint string // what to do, "" if Err says it all
}

// Error reads "cannot OP: PATH: cause (hint)".
func (e *Error) Error() string {
	text := fmt.Sprintf("cannot %s: %s: %v", e.Op, e.Path, e.Err)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// UnknownError says that the store holds no such sweep or run.
type UnknownError struct {
	Kind    string // "sweep" or "run"
	Name    string // asked for
	Nearest string // the name most like it, "" if none is
	Known   []string
}

func (e *UnknownError) Error() string {
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

var (
	errForeign  = errors.New("this is a SQLite database, but not a store of sweeps")
	errNewer    = errors.New("a newer version of sweep wrote this store")
	errOlder    = errors.New("an older version of sweep wrote this store")
	errEmpty    = errors.New("this file is empty: it was never made a store")
	errLocked   = errors.New("another process has locked the store")
	errReadOnly = errors.New("the store was opened for reading")
)

// failed gives err its place and a hint; nil stays nil.
func (s *Store) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Path: s.path, Err: err, Hint: s.hint(err)}
}

// hint says what a person can do about err.
func (s *Store) hint(err error) string {
	switch {
	case isUnknownRun(err):
		return "`sweep ls SWEEP` lists the runs of a sweep, by name and key"
	case errors.Is(err, errForeign):
		return "name another file with --db"
	case errors.Is(err, errNewer), errors.Is(err, errOlder):
		return "use that version, or name another file with --db"
	case errors.Is(err, errEmpty):
		return "`sweep run GRID.toml` makes it one"
	case errors.Is(err, errGone):
		return "what was stored is in that file; put it back, or name another place with --db, and run the same command again"
	case errors.Is(err, errReplaced):
		return "nothing was written to it; put the store back, or name another place with --db, and run the same command again"
	case errors.Is(err, errNoLog):
		return "what was stored is in the store's file; run the same command again"
	case errors.Is(err, errDamaged):
		return "restore a copy of the store, or remove the run with `sweep rm` and train it again; `sweep db check` lists all damage"
	}
	if busy(err) {
		return "wait until the process that writes to the store ends, then run the same command again"
	}
	var cause sqlite3.Error
	if !errors.As(err, &cause) {
		return ""
	}
	if at, err := os.Stat(s.file); err == nil && at.IsDir() {
		return "this is a folder; name a file with --db"
	}
	switch cause.Code {
	case sqlite3.ErrFull:
		return "free some space on the disk, then run the same command again; what was stored before is safe"
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return "the store and its folder must be writable; name another place with --db"
	case sqlite3.ErrCantOpen:
		return s.placeHint()
	case sqlite3.ErrNotADB:
		return "the file is no SQLite database; name another file with --db"
	case sqlite3.ErrCorrupt:
		return "the file is damaged: restore a copy, or save what can be read with `sqlite3 FILE .recover`; --db names another store"
	case sqlite3.ErrIoErr:
		return "the disk failed or is full; check it, then run the same command again"
	}
	return ""
}

func isUnknownRun(err error) bool {
	unknown, ok := errors.AsType[*UnknownError](err)
	return ok && unknown.Kind == "run" && unknown.Nearest == ""
}

// placeHint says why no file can be opened at the store's path.
func (s *Store) placeHint() string {
	folder := filepath.Dir(s.file)
	if at, err := os.Stat(folder); err != nil || !at.IsDir() {
		return fmt.Sprintf("there is no folder %s; create it, or name another place with --db", folder)
	}
	return "the store and its folder must be writable; name another place with --db"
}

// busy reports whether err says that another connection is writing.
func busy(err error) bool {
	var cause sqlite3.Error
	return errors.Is(err, errLocked) || errors.As(err, &cause) && (cause.Code == sqlite3.ErrBusy || cause.Code == sqlite3.ErrLocked)
}

// cannotOpen reports whether err says that SQLite could not make the files it
// reads a shared store with.
func cannotOpen(err error) bool {
	var cause sqlite3.Error
	return errors.As(err, &cause) && (cause.Code == sqlite3.ErrCantOpen || cause.Code == sqlite3.ErrReadonly)
}
