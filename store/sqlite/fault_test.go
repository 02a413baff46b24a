package sqlite

import (
	"bytes"
	"errors"
	"fmt"
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

// empty opens a new store.
func empty(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the store may be damaged by then
	return s
}

// begun opens a store that holds a run with one point.
func begun(t *testing.T) *Store {
	t.Helper()
	s := empty(t)
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
				other, err := Open(s.path, sweep.DefaultPatience())
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
			if cause, ok := errors.AsType[sqlite3.Error](err); !ok || cause.Code != c.code || !strings.Contains(withHint(err), c.hint) {
				t.Errorf("got %v, want code %d and %q", err, c.code, c.hint)
			}
			if curves, err := s.Curves(t.Context(), []string{"aa"}); err != nil || len(curves["aa"]) != 1 {
				t.Errorf("read %v, %v, want the one point", curves, err)
			}
		})
	}
}

func TestCheckFindsDamage(t *testing.T) {
	const done, failed = "run r8-a, key aa", "run r8-b, key bb"
	for _, c := range []struct{ name, statement, want string }{
		{"a point that changed", `UPDATE point SET loss = 3`, "the curve of " + done},
		{"a point that is gone", `DELETE FROM point`, "the curve of " + done},
		{"a point of no run", `PRAGMA foreign_keys = 0; INSERT INTO point VALUES (99, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL)`, "point refers to a missing run"},
		{"many points of no run", `PRAGMA foreign_keys = 0; INSERT INTO point VALUES (99, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL), (99, 2, 0, 0, 0, 0, 0, NULL, NULL, NULL)`, "point refers to a missing run in 2 rows"},
		{"an adapter of zeros", `UPDATE adapter SET bytes = zeroblob(100)`, "the adapter of " + done},
		{"an adapter that is gone", `DELETE FROM adapter`, "the record of " + done},
		{"an adapter with its hash", `UPDATE adapter SET hash = 'aa'`, "the record of " + done},
		{"row losses that changed", `UPDATE row_losses SET bytes = zeroblob(12)`, "the row losses of " + done},
		{"row losses that are gone", `DELETE FROM row_losses`, "the record of " + done},
		{"an evaluation that changed", `UPDATE outcome SET eval_loss = 0.1 WHERE eval_loss NOT NULL`, "the record of " + done},
		{"an evaluation that is gone", `UPDATE outcome SET eval_loss = NULL, evaluated = 0`, "the record of " + done},
		{"a NaN from nowhere", `UPDATE outcome SET special = 5`, "the record of " + done},
		{"a parameter that changed", `UPDATE run SET params = replace(params, '"lr":0.5', '"lr":0.25')`, "the record of " + done},
		{"a state that changed", `UPDATE run SET state = 'diverged' WHERE state = 'done'`, "the record of " + done},
		{"a failure's cause that changed", `UPDATE outcome SET error = 'none' WHERE error <> ''`, "the record of " + failed},
		{"an outcome that is gone", `DELETE FROM outcome WHERE error <> ''`, "the record of " + failed},
		{"a checkpoint that changed", `UPDATE checkpoint SET bytes = 'State'`, "the checkpoint of " + failed},
		{"a cell that is gone", `DELETE FROM cell WHERE ordinal = 1`, `sweep "x"`},
		{"a grid that changed", `UPDATE sweep SET toml = 'steps = 2'`, `sweep "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sound(t)
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

// sound opens a store of a sweep of two runs, one that is done and one that
// failed.
func sound(t *testing.T) *Store {
	t.Helper()
	s := empty(t)
	points := []sweep.Point{{Step: 1, Loss: 2}}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "x", TOML: "steps = 1", Keys: []string{"aa", "bb"}, Names: []string{"a", "b"}}))
	for key, o := range map[string]sweep.Outcome{
		"aa": {State: sweep.StateDone, EvalLoss: 1, Evaluated: true, CurveHash: sweep.HashCurve(points), Adapter: []byte("A B"), RowLosses: []sweep.RowLoss{{Nats: 7, Tokens: 7}}},
		"bb": {State: sweep.StateFailed, Error: "no memory"},
	} {
		_, _, err := s.Begin(t.Context(), sweep.Run{Key: key, Name: "r8-" + key[:1], Params: sweep.Params{LR: 0.5}}, sweep.Claim{Lease: time.Hour})
		ok(err)
		ok(s.Observe(t.Context(), key, 1, points, []byte("state")))
		ok(s.Finish(t.Context(), key, 1, o))
	}
	return s
}

func TestLogOfAStoreBehindALinkIsSeen(t *testing.T) {
	s := begun(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(s.path, link); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReadOnly(link, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // it only reads
	if r.quiet() {
		t.Error("the store would be read without its write-ahead log where its folder is read-only")
	}
}

func TestDamagedAdapterIsNotHandedOut(t *testing.T) {
	s := sound(t)
	if r, err := s.Result(t.Context(), "aa"); err != nil || string(r.Adapter) != "A B" {
		t.Errorf("got %q, %v", r.Adapter, err)
	}
	hurt(t, s, `UPDATE adapter SET bytes = zeroblob(100)`)
	if _, err := s.Result(t.Context(), "aa"); err == nil || !strings.Contains(err.Error(), "the adapter of run r8-a") {
		t.Errorf("got %v", err)
	}
}

func TestDamagedRowLossesAreNotHandedOut(t *testing.T) {
	s := sound(t)
	hurt(t, s, `UPDATE row_losses SET bytes = zeroblob(12)`)
	_, resultErr := s.Result(t.Context(), "aa")
	_, rowsErr := s.RowLosses(t.Context(), []string{"aa"})
	for _, err := range []error{resultErr, rowsErr} {
		if !errors.Is(err, sweep.ErrDamaged) || !strings.Contains(err.Error(), "the row losses of run") {
			t.Errorf("got %v", err)
		}
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
	s, err := Open(s.path, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the store is damaged
	if states, err := s.States(t.Context(), []string{"aa"}); err != nil || states["aa"] != sweep.StateRunning {
		t.Errorf("states %v, %v", states, err)
	}
	if _, err := s.Curves(t.Context(), []string{"aa"}); err == nil || !strings.Contains(withHint(err), "restore a copy") {
		t.Errorf("read a damaged curve: %v", err)
	}
	if err := s.Check(t.Context()); err == nil {
		t.Error("the check found nothing")
	}
}

// withHint is what err says, and what it says to do.
func withHint(err error) string {
	if e, ok := errors.AsType[*sweep.StoreError](err); ok {
		return fmt.Sprintf("%v (%s)", err, e.Hint)
	}
	return fmt.Sprint(err)
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
