package store

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"sweep/sweep"
)

// hurt provokes a fault of SQLite's own on the writer's connection.
func hurt(t *testing.T, s *Store, statement string, args ...any) {
	t.Helper()
	if _, err := s.writer.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// begun opens a store that holds a run with one point.
func begun(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the store may be damaged by then
	if _, _, err := s.Begin(t.Context(), sweep.Run{Key: "aa"}, sweep.Claim{Lease: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := s.Observe(t.Context(), "aa", 1, []sweep.Point{{Step: 1, Loss: 2}}, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFailedWriteSaysWhatToDoAndKeepsWhatWasStored(t *testing.T) {
	for _, c := range []struct {
		name string
		hurt func(t *testing.T, s *Store)
		code sqlite3.ErrNo
		hint string
	}{
		{
			"the disk is full",
			func(t *testing.T, s *Store) { hurt(t, s, "PRAGMA max_page_count = 1") },
			sqlite3.ErrFull, "free some space",
		},
		{
			"the file is read-only",
			func(t *testing.T, s *Store) { hurt(t, s, "PRAGMA query_only = 1") },
			sqlite3.ErrReadonly, "must be writable",
		},
		{
			"another process keeps writing",
			func(t *testing.T, s *Store) {
				other, err := Open(s.path)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = other.Close() })
				hurt(t, s, "PRAGMA busy_timeout = 20")
				s.lock.For = 50 * time.Millisecond
				tx, err := other.writer.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = tx.Rollback() })
			},
			sqlite3.ErrBusy, "has locked the store for 50ms: database is locked (wait until",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begun(t)
			c.hurt(t, s)
			many := make([]sweep.Point, 5000)
			for i := range many {
				many[i] = sweep.Point{Step: i + 2, Loss: math.Pi}
			}
			err := s.Observe(t.Context(), "aa", 1, many, nil)
			if cause, ok := errors.AsType[sqlite3.Error](err); !ok || cause.Code != c.code || !strings.Contains(err.Error(), c.hint) {
				t.Errorf("got %v, want code %d and %q", err, c.code, c.hint)
			}
			if curves, err := s.Curves(t.Context(), []string{"aa"}); err != nil || len(curves["aa"]) != 1 {
				t.Errorf("read %v, %v, want the one point", curves, err)
			}
		})
	}
}

func TestCheckFindsDamage(t *testing.T) {
	for _, c := range []struct{ name, statement, want string }{
		{"a point that changed", `UPDATE point SET loss = 3`, "its curve has hash"},
		{"a point that is gone", `DELETE FROM point`, "its curve has hash"},
		{"a point of no run", `PRAGMA foreign_keys = 0; INSERT INTO point VALUES (99, 1, 0, 0, 0, 0, 0)`, "point refers to a missing run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begun(t)
			hash := sweep.HashCurve([]sweep.Point{{Step: 1, Loss: 2}})
			if err := s.Finish(t.Context(), "aa", 1, sweep.Outcome{State: sweep.Done, CurveHash: hash}); err != nil {
				t.Fatal(err)
			}
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("before the damage: %v", err)
			}
			hurt(t, s, c.statement)
			if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestDamagedPagesAreToldApartFromTheRest(t *testing.T) {
	s := begun(t)
	points := make([]sweep.Point, 5000)
	for i := range points {
		points[i] = sweep.Point{Step: i + 2, Loss: math.Pi}
	}
	if err := s.Observe(t.Context(), "aa", 1, points, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := spoilPages(s.path, 20, 24); err != nil {
		t.Fatal(err)
	}
	s, err := Open(s.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the store is damaged
	if states, err := s.States(t.Context(), []string{"aa"}); err != nil || states["aa"] != sweep.Running {
		t.Errorf("states %v, %v", states, err)
	}
	if _, err := s.Curves(t.Context(), []string{"aa"}); err == nil || !strings.Contains(err.Error(), "restore a copy") {
		t.Errorf("read a damaged curve: %v", err)
	}
	if err := s.Check(t.Context()); err == nil {
		t.Error("the check found nothing")
	}
}

// spoilPages overwrites pages of 4 KiB, from the first to before the last.
func spoilPages(path string, first, last int) error {
	const page = 4096
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0x5a}, (last-first)*page), int64(first*page))
	return errors.Join(err, f.Close())
}
