package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// Backup copies the store, as it is at one instant, to a new file, while others
// go on reading and writing it. The file is there whole or not at all; one that
// exists already is refused.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.backup(ctx, path); err != nil {
		return s.failed("back up the store to "+path, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path string) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%w; name a new file", fs.ErrExist)
	}
	partial := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".partial")
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // what an earlier backup left that was killed
	}
	to := &Store{path: partial, file: partial}
	db, err := to.connect("mode=rwc&_journal_mode=DELETE&_synchronous=FULL")
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, db.Close()); err == nil {
			err = os.Rename(partial, path)
		}
		if e := os.Remove(partial); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}()
	return withDrivers(ctx, db, s.reader, copyPages)
}

// withDrivers calls use with a connection of each pool.
func withDrivers(ctx context.Context, to, from *sql.DB, use func(to, from *sqlite3.SQLiteConn) error) error {
	target, err := to.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = target.Close() }() // back to its pool
	source, err := from.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // back to its pool
	return target.Raw(func(t any) error {
		return source.Raw(func(s any) error { return use(t.(*sqlite3.SQLiteConn), s.(*sqlite3.SQLiteConn)) })
	})
}

// copyPages copies all pages in one step, under one read transaction: what is
// written meanwhile goes to the log and is not in the copy.
func copyPages(to, from *sqlite3.SQLiteConn) error {
	b, err := to.Backup("main", from, "main")
	if err != nil {
		return err
	}
	_, err = b.Step(-1)
	return errors.Join(err, b.Finish())
}
