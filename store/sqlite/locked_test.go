package sqlite

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"sweep/sweep"
)

// held is a connection of another program that holds the database at path, as
// a statement has it, until release.
type held struct {
	*sql.DB
	t *testing.T
}

func hold(t *testing.T, path string, statements ...string) held {
	t.Helper()
	db, err := sql.Open("sqlite3", path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return held{db, t}
}

func (h held) release() {
	if err := h.Close(); err != nil {
		h.t.Error(err)
	}
}

// exclusive locks a store even from readers, where nobody has it open.
var exclusive = []string{"PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "UPDATE run SET owner = owner"}

// patient waits for as long as the test lasts, and releases h once it is told.
func patient(h held, told *[]bool) sweep.Patience {
	return sweep.Patience{For: time.Minute, Tell: func(why string) {
		locked := why != ""
		if *told = append(*told, locked); locked {
			h.release()
		}
	}}
}

func TestALockedStoreIsWaitedForAndSaysSo(t *testing.T) {
	t.Run("while it is open", func(t *testing.T) {
		s := begun(t)
		hurt(t, s, "PRAGMA busy_timeout = 10")
		var told []bool
		s.lock.Patience = patient(hold(t, s.path, "BEGIN EXCLUSIVE"), &told)
		if err := s.Observe(t.Context(), "aa", 1, []sweep.Point{{Step: 2, Loss: 3}}, []byte("state")); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), "aa", 1, sweep.Outcome{State: sweep.StateDone}); err != nil {
			t.Fatal(err)
		}
		if curves, err := s.Curves(t.Context(), []string{"aa"}); err != nil || len(curves["aa"]) != 2 {
			t.Errorf("read %v, %v, want two points", curves, err)
		}
		if !slices.Equal(told, []bool{true, false}) {
			t.Errorf("told %v, want that it was locked and then free", told)
		}
	})
	for name, open := range map[string]func(string, sweep.Patience) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
		t.Run(name, func(t *testing.T) {
			s := begun(t)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			var told []bool
			s, err := open(s.path, patient(hold(t, s.path, exclusive...), &told))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil || !slices.Equal(told, []bool{true, false}) {
				t.Errorf("told %v, %v, want that it was locked and then free", told, err)
			}
		})
	}
	t.Run("while it is created", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.db")
		var told []bool
		s, err := Open(path, patient(hold(t, path, "BEGIN EXCLUSIVE"), &told))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil || !slices.Equal(told, []bool{true, false}) {
			t.Errorf("told %v, %v", told, err)
		}
	})
}

func TestALockedStoreIsGivenUpSoonAfterStop(t *testing.T) {
	s := begun(t)
	hold(t, s.path, "BEGIN EXCLUSIVE")
	hurt(t, s, "PRAGMA busy_timeout = 10")
	stop := make(chan struct{})
	s.lock.Patience = sweep.Patience{For: time.Hour, Stop: stop, Tell: func(string) { close(stop) }}
	began := time.Now()
	for range 3 { // a point, an outcome, a run given back
		err := s.Observe(t.Context(), "aa", 1, []sweep.Point{{Step: 2, Loss: 3}}, nil)
		if !busy(err) {
			t.Errorf("got %v, want that it is locked", err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("gave up after %v", took)
	}
}

// TestAnAttemptThatWaitedForTheStoreIsFenced: its lease lapsed meanwhile, and
// another process was quicker.
func TestAnAttemptThatWaitedForTheStoreIsFenced(t *testing.T) {
	s := begun(t)
	other, err := Open(s.path, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	hurt(t, s, "UPDATE run SET expires = 0; PRAGMA busy_timeout = 10")
	h := hold(t, s.path, "BEGIN EXCLUSIVE")
	s.lock.Patience = sweep.Patience{For: time.Minute, Tell: func(why string) {
		if why == "" {
			return
		}
		h.release()
		if _, _, err := other.Begin(t.Context(), sweep.Run{Key: "aa"}, sweep.Claim{Lease: time.Hour}); err != nil {
			t.Error(err)
		}
	}}
	err = s.Observe(t.Context(), "aa", 1, []sweep.Point{{Step: 2, Loss: 3}}, nil)
	if stale, ok := errors.AsType[*sweep.StaleError](err); !ok || stale.Current != 2 {
		t.Errorf("got %v, want a StaleError by attempt 2", err)
	}
}

func TestAFullDiskIsNotWaitedFor(t *testing.T) {
	s := begun(t)
	s.lock.Patience = sweep.Patience{For: time.Hour, Tell: func(string) { t.Error("told that it is locked") }}
	hurt(t, s, "PRAGMA max_page_count = 1")
	many := make([]sweep.Point, 5000)
	for i := range many {
		many[i].Step = 2 + i
	}
	err := s.Observe(t.Context(), "aa", 1, many, nil)
	if cause, ok := errors.AsType[sqlite3.Error](err); !ok || cause.Code != sqlite3.ErrFull {
		t.Errorf("got %v, want a full disk", err)
	}
}
