package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"

	"sweep/sweep"
	"sweep/sweep/atomicfile"
)

var _ sweep.Store = (*Store)(nil)

// Store is an open store in a file of SQLite.
type Store struct {
	path   string  // as it was named
	file   string  // where it lies, links followed
	writer *sql.DB // one connection; nil in a store opened for reading
	reader *sql.DB // a pool that cannot write
	lock   lock

	insertOne, insertBatch *sql.Stmt // points, on writer

	files []os.FileInfo // that were opened, one for each of parts, of a store opened for reading the first; nil where there was none
	mu    sync.Mutex
	lost  error // why the store refuses to write, guarded by mu
}

// readers is how many queries run side by side.
const readers = 4

// Open opens the store at path, creating it if there is none. Its folder must
// exist and be writable. A file that is no store, or that a newer program
// wrote, is refused and left as it was. One that another process has locked is
// waited for with patience, now and whenever it is written to.
func Open(path string, p sweep.Patience) (*Store, error) {
	s, err := at(path, p)
	if err == nil {
		err = s.lock.wait(context.Background(), s.openWriter)
	}
	if err == nil {
		s.remember(parts()...)
		err = s.lock.wait(context.Background(), func() error { return s.openReader("mode=ro") })
	}
	return s.opened(err)
}

// OpenReadOnly opens the store at path for reading. It never creates or
// changes the store, and works where the folder is read-only.
func OpenReadOnly(path string, p sweep.Patience) (*Store, error) {
	s, err := at(path, p)
	if err != nil {
		return s.opened(err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, &sweep.StoreError{Op: "open the store", Path: path, Err: fs.ErrNotExist}
	}
	err = s.lock.wait(context.Background(), func() error { return s.openReader("mode=ro") })
	if cannotOpen(err) && s.quiet() {
		err = s.openReader("mode=ro&immutable=1")
	}
	if err == nil {
		s.remember("")
	}
	return s.opened(err)
}

// at is the store at path, not opened yet.
func at(path string, p sweep.Patience) (*Store, error) {
	file, err := atomicfile.Follow(path) // the write-ahead log lies beside that
	return &Store{path: path, file: file, lock: newLock(p)}, err
}

// opened returns s, or what kept it from opening.
func (s *Store) opened(err error) (*Store, error) {
	if err != nil {
		_ = s.Close() // err says what went wrong
		return nil, s.failed("open the store", err)
	}
	return s, nil
}

// Close ends the use of the store; what was stored is then in the one file.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lost != nil {
		errs = append(errs, s.forsake())
	}
	return s.failed("close the store", errors.Join(errs...))
}

func (s *Store) openWriter() error {
	if err := s.checkKind(); err != nil {
		return err
	}
	db, err := s.connect("mode=rwc&_txlock=immediate&_synchronous=NORMAL&_foreign_keys=1")
	if err != nil {
		return err
	}
	if s.writer != nil {
		_ = s.writer.Close() // it found the store locked
	}
	s.writer = db
	db.SetMaxOpenConns(1)
	if err := create(db); err != nil {
		return err
	}
	if s.insertOne, err = db.Prepare(insertPoints(1)); err != nil {
		return err
	}
	s.insertBatch, err = db.Prepare(insertPoints(pointBatch))
	return err
}

// openReader opens the pool of readers and makes sure that it reads a store of
// the present version.
func (s *Store) openReader(mode string) error {
	if err := s.checkKind(); err != nil {
		return err
	}
	db, err := s.connect(mode + "&_query_only=1")
	if err != nil {
		return err
	}
	if s.reader != nil {
		_ = s.reader.Close() // it could not be opened either
	}
	s.reader = db
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	version, err := schemaVersion(db)
	if err != nil {
		return err
	}
	if version == 0 {
		return errEmpty
	}
	return nil
}

// connect prepares a pool of connections; none is made before it is used.
func (s *Store) connect(options string) (*sql.DB, error) {
	place := filepath.ToSlash(s.file)
	if filepath.VolumeName(s.file) != "" && !strings.HasPrefix(place, "/") {
		place = "/" + place // file:///C:/sweep.db, where C:/sweep.db would name a host
	}
	file := url.URL{Scheme: "file", Path: place, RawQuery: fmt.Sprintf("%s&_busy_timeout=%d", options, lockTimeout.Milliseconds())}
	return sql.Open("sqlite3", file.String())
}

// quiet reports whether the store's file holds all there is: no other process
// left a write-ahead log beside it.
func (s *Store) quiet() bool {
	log, err := os.Stat(s.file + "-wal")
	return err != nil || log.Size() == 0
}

// write runs change in one transaction, which nobody sees before it is whole. It
// fails where the store's files were taken away, be it in the meantime. It is
// begun anew where another process has locked the store, so change must not
// build on what it did before.
func (s *Store) write(ctx context.Context, op string, change func(*sql.Tx) error) error {
	if s.writer == nil {
		return &sweep.StoreError{Op: op, Path: s.path, Err: sweep.ErrReadOnly}
	}
	return s.failed(op, s.lock.wait(ctx, func() error {
		if err := s.stillThere(ctx); err != nil {
			return err
		}
		tx, err := s.writer.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := change(tx); err != nil {
			_ = tx.Rollback() // err says what went wrong
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		return s.stillThere(ctx)
	}))
}
