package postgres

import (
	"context"
	"errors"
)

var (
	errGone     = errors.New("its tables are gone: they were dropped while this process used them")
	errReplaced = errors.New("another store is in its place, put there while this process used it")
)

// StillThere reports, as an error, that the store was dropped, or that another lies in its
// place. From then on the store refuses to write. A server that cannot be asked now is no
// error.
func (s *Store) StillThere(ctx context.Context) error {
	if err := s.refuses(); err != nil {
		return s.failed("write to the store", err)
	}
	at, err := look(ctx, s.pool)
	switch {
	case code(err) == noDatabase, err == nil && at.version == 0:
		err = s.lose(errGone)
	case err == nil && at.id != s.id:
		err = s.lose(errReplaced)
	default:
		err = nil
	}
	return s.failed("write to the store", err)
}

// refuses says why the store refuses to write, if it does.
func (s *Store) refuses() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// lose has the store refuse to write from now on.
func (s *Store) lose(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = err
	return err
}
