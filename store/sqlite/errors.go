package sqlite

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"sweep/sweep"
)

var (
	errForeign = errors.New("this is a SQLite database, but not a store of sweeps")
	errNewer   = errors.New("a newer version of sweep wrote this store")
	errOlder   = errors.New("an older version of sweep wrote this store")
	errEmpty   = errors.New("this file is empty: it was never made a store")
	errLocked  = errors.New("another process has locked the store")
)

// failed gives err its place and a hint; nil stays nil.
func (s *Store) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &sweep.StoreError{Op: op, Path: s.path, Err: err, Hint: s.hint(err)}
}

// hint says what a person can do about err.
func (s *Store) hint(err error) sweep.Hint {
	switch {
	case errors.Is(err, errForeign):
		return "name another file with " + sweep.StoreFlag
	case errors.Is(err, errNewer), errors.Is(err, errOlder):
		return "use that version, or name another file with " + sweep.StoreFlag
	case errors.Is(err, errEmpty):
		return "`" + sweep.TrainCommand + "` makes it one"
	case errors.Is(err, errGone):
		return "what was stored is in that file; put it back, or name another place with " + sweep.StoreFlag + ", and run the same command again"
	case errors.Is(err, errReplaced):
		return "nothing was written to it; put the store back, or name another place with " + sweep.StoreFlag + ", and run the same command again"
	case errors.Is(err, errNoLog):
		return "what was stored is in the store's file; run the same command again"
	}
	if busy(err) {
		return "wait until the process that writes to the store ends, then run the same command again"
	}
	var cause sqlite3.Error
	if !errors.As(err, &cause) {
		return ""
	}
	if at, err := os.Stat(s.file); err == nil && at.IsDir() {
		return "this is a folder; name a file with " + sweep.StoreFlag
	}
	switch cause.Code {
	case sqlite3.ErrFull:
		return "free some space on the disk, then run the same command again; what was stored before is safe"
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return "the store and its folder must be writable; name another place with " + sweep.StoreFlag
	case sqlite3.ErrCantOpen:
		return s.placeHint()
	case sqlite3.ErrNotADB:
		return "the file is no SQLite database; name another file with " + sweep.StoreFlag
	case sqlite3.ErrCorrupt:
		return "the file is damaged: restore a copy, or save what can be read with `sqlite3 FILE .recover`; " + sweep.StoreFlag + " names another store"
	case sqlite3.ErrIoErr:
		return "the disk failed or is full; check it, then run the same command again"
	}
	return ""
}

// placeHint says why no file can be opened at the store's path.
func (s *Store) placeHint() sweep.Hint {
	folder := filepath.Dir(s.file)
	if at, err := os.Stat(folder); err != nil || !at.IsDir() {
		return sweep.Hint("there is no folder " + folder + "; create it, or name another place with " + sweep.StoreFlag)
	}
	return "the store and its folder must be writable; name another place with " + sweep.StoreFlag
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
