package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

var (
	errGone     = errors.New("its file is gone: removed, or moved away, while this process used it")
	errReplaced = errors.New("another file is in its place, put there while this process used it")
	errNoLog    = errors.New("its write-ahead log (-wal, -shm) was removed or replaced while this process used it")
)

// parts are the endings of the files of a store that is open.
func parts() []string { return []string{"", "-wal", "-shm"} }

// remember takes note of the files that were opened, of those parts.
func (s *Store) remember(opened ...string) {
	for _, part := range opened {
		at, err := stat(s.file + part)
		if err != nil {
			at = nil // not every file system allows a write-ahead log
		}
		s.files = append(s.files, at)
	}
}

// StillThere reports, as an error, that the files at the store's path are no
// longer those that were opened: SQLite would go on writing to files that nobody
// finds, and reading them. From then on the store refuses to write. One that was opened for
// reading is no longer there, too, once a program of another version has written it.
func (s *Store) StillThere(ctx context.Context) error {
	if s.writer != nil {
		return s.failed("write to the store", s.stillThere(ctx))
	}
	err := s.stillThere(ctx)
	if err == nil {
		_, err = schemaVersion(s.reader)
	}
	return s.failed("read the store", err)
}

func (s *Store) stillThere(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		if s.lost = s.displaced(); s.lost != nil && s.writer != nil {
			// What the log holds goes to the file it belongs to, wherever that is by
			// now, and never to the one in its place.
			_, _ = s.writer.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(TRUNCATE)") // lost tells
		}
	}
	return s.lost
}

// displaced says which of the files that were opened is no longer at its place.
func (s *Store) displaced() error {
	for i, opened := range s.files {
		if opened == nil {
			continue
		}
		now, err := stat(s.file + parts()[i])
		switch {
		case errors.Is(err, fs.ErrNotExist) && i == 0:
			return errGone
		case err == nil && !os.SameFile(now, opened) && i == 0:
			return errReplaced
		case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(now, opened):
			return errNoLog
		}
	}
	return nil
}

// forsake removes the log that a displaced store left at its old place, where
// SQLite would take it for that of the file which is there.
func (s *Store) forsake() error {
	var errs []error
	for i, opened := range s.files {
		at, err := stat(s.file + parts()[i])
		if i > 0 && err == nil && opened != nil && os.SameFile(at, opened) {
			errs = append(errs, os.Remove(s.file+parts()[i]))
		}
	}
	return errors.Join(errs...)
}
