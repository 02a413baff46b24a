package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/mattn/go-sqlite3"

	"sweep/sweep"
)

// Backup copies the store, as it is at one instant, to a new file, while others
// go on reading and writing it. The file is there whole, checked and on disk, or
// not at all; whatever exists at its path already is refused. A process that is
// killed leaves what it had copied beside it, as .NAME.partial-NUMBER.
func (s *Store) Backup(ctx context.Context, path string) error {
	return s.failed("back up the store to "+path, whole(ctx, path, func(partial string) error { return s.copyTo(ctx, partial) }))
}

// Create makes a new store of what fill puts into it, as Backup does: it is there whole,
// checked and on disk, or not at all.
func Create(ctx context.Context, path string, fill func(*Store) error) error {
	err := whole(ctx, path, func(partial string) error {
		s, err := Open(partial, sweep.DefaultPatience())
		if err != nil {
			return err
		}
		return errors.Join(fill(s), s.Close())
	})
	if err != nil {
		return &sweep.StoreError{Op: "make a copy", Path: path, Err: err}
	}
	return nil
}

func errExists(path string) error {
	return fmt.Errorf("%w at %s; name a new file", fs.ErrExist, path)
}

// whole makes a store at path, which fill writes to an empty file first.
func whole(ctx context.Context, path string, fill func(partial string) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return errExists(path)
	}
	folder := filepath.Dir(path)
	file, err := os.CreateTemp(folder, "."+filepath.Base(path)+".partial-*")
	if err != nil {
		return err
	}
	partial := file.Name()
	defer func() { err = errors.Join(err, removeAll(partial, partial+"-journal", partial+"-wal", partial+"-shm")) }()
	if err := errors.Join(file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	if err := fill(partial); err != nil {
		return err
	}
	if err := checkCopy(ctx, partial); err != nil {
		return err
	}
	if err := syncFile(partial); err != nil {
		return err
	}
	if err := place(partial, path); err != nil {
		return err
	}
	_ = syncFile(folder) // not every system can; the copy is whole either way
	return nil
}

// copyTo copies the store's pages to an empty file.
func (s *Store) copyTo(ctx context.Context, file string) (err error) {
	to, err := at(file, sweep.Patience{})
	if err != nil {
		return err
	}
	db, err := to.connect("mode=rw&_journal_mode=DELETE&_synchronous=FULL")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return withDrivers(ctx, db, s.reader, func(to, from *sqlite3.SQLiteConn) error { return copyPages(ctx, to, from) })
}

// checkCopy makes sure that a copy can be read and that all in it is as it was
// stored.
func checkCopy(ctx context.Context, file string) error {
	c, err := at(file, sweep.Patience{})
	if err != nil {
		return err
	}
	err = c.openReader("mode=ro&immutable=1")
	if err == nil {
		err = c.Check(ctx)
		if found, ok := errors.AsType[*sweep.StoreError](err); ok { // the store's own error says the rest
			err = found.Err
		}
	}
	err = errors.Join(err, c.Close())
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", sweep.ErrDamagedCopy, err)
	}
	return err
}

// place gives a file its name, unless there is something of that name by now.
func place(partial, path string) error {
	if err := os.Link(partial, path); err == nil {
		return nil
	}
	if _, e := os.Lstat(path); e == nil {
		return errExists(path)
	}
	return os.Rename(partial, path) // on a file system without links
}

// syncFile waits until a file, or the names in a folder, are on disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeAll removes those of the files that there are.
func removeAll(paths ...string) error {
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, fs.ErrNotExist) })...)
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

// pagesAtOnce is how many pages are copied before the context is looked at.
const pagesAtOnce = 4096

// copyPages copies all pages under one read transaction: what is written
// meanwhile goes to the log and is not in the copy.
func copyPages(ctx context.Context, to, from *sqlite3.SQLiteConn) (err error) {
	if _, err := from.Exec("BEGIN; SELECT count(*) FROM sqlite_schema", nil); err != nil {
		return err
	}
	defer func() {
		_, e := from.Exec("ROLLBACK", nil)
		err = errors.Join(err, e)
	}()
	b, err := to.Backup("main", from, "main")
	if err != nil {
		return err
	}
	for done := false; !done && err == nil; {
		if err = ctx.Err(); err == nil {
			done, err = b.Step(pagesAtOnce)
		}
	}
	return errors.Join(err, b.Finish())
}
