package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store"
	"sweep/store/sqlite/sqlitetest"
	"sweep/sweep"
)

// watched is a writer that can be waited on.
type watched struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(b)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// said reports whether a text was written, however its lines were broken.
func (w *watched) said(text string) bool {
	return strings.Contains(strings.Join(strings.Fields(w.String()), " "), text)
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// background runs a command until its code comes.
func background(ctx context.Context, out *watched, args ...string) (code chan int) {
	code = make(chan int, 1)
	go func() { code <- run(ctx, args, nil, out, out) }()
	return code
}

// inTraining waits until some run of the latest sweep is in training.
func inTraining(t *testing.T, db string) {
	t.Helper()
	eventuallyOf(t, db, "a run trains", func(runs []sweep.Result) bool {
		return slices.ContainsFunc(runs, func(r sweep.Result) bool { return r.State == sweep.StateRunning })
	})
}

// eventuallyOf waits until something holds of the runs of the latest sweep.
func eventuallyOf(t *testing.T, db, what string, holds func([]sweep.Result) bool) {
	t.Helper()
	st, err := store.OpenReadOnly(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }() // it was only read
	eventually(t, what, func() bool {
		runs, err := st.Results(t.Context(), "")
		return err == nil && holds(runs)
	})
}

const heldGrid = `
name = "held"
[fixed]
data    = "rows.jsonl"
holdout = 0.5
steps   = 150
batch   = 4
seq     = 32
[grid]
seed = [0, 1, 2, 3]
`

func TestASweepWaitsForALockedStore(t *testing.T) {
	file, undisturbed := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--db", undisturbed)
	want := hashesIn(t, undisturbed)
	begin := func(t *testing.T, name string) (db string, args []string) {
		db = file + name + ".db"
		st, err := store.Open(db, sweep.DefaultPatience())
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		return db, []string{"run", file, "--db", db, "--workers", "2", "--lease", "1s"}
	}
	said := func(out *watched) func() bool {
		return func() bool { return out.said("is locked by another process; waiting") }
	}
	ends := func(t *testing.T, db string, out *watched, code chan int) {
		t.Helper()
		if got := <-code; got != 0 {
			t.Errorf("exit code %d\n%s", got, out)
		}
		if diff := cmp.Diff(want, hashesIn(t, db)); diff != "" {
			t.Errorf("-undisturbed +locked:\n%s", diff)
		}
	}
	t.Run("before it begins", func(t *testing.T) {
		db, args := begin(t, "before")
		unlock, out := sqlitetest.Lock(t, db), new(watched)
		code := background(t.Context(), out, args...)
		eventually(t, "it says that it waits", said(out))
		unlock()
		ends(t, db, out, code)
	})
	t.Run("in training", func(t *testing.T) {
		db, args := begin(t, "in")
		out := new(watched)
		code := background(t.Context(), out, args...)
		inTraining(t, db)
		unlock := sqlitetest.Lock(t, db)
		eventually(t, "it says that it waits", said(out))
		unlock()
		ends(t, db, out, code)
		if !out.said("is there again") {
			t.Errorf("it does not say that it goes on:\n%s", out)
		}
	})
	t.Run("until Ctrl-C", func(t *testing.T) {
		db, args := begin(t, "until")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		out := new(watched)
		code := background(ctx, out, args...)
		inTraining(t, db)
		unlock := sqlitetest.Lock(t, db)
		eventually(t, "it says that it waits", said(out))
		began := time.Now()
		cancel()
		if got := <-code; got != exitInterrupted || time.Since(began) > 10*time.Second {
			t.Errorf("exit code %d after %v, want %d within seconds\n%s", got, time.Since(began), exitInterrupted, out)
		}
		unlock()
		again := new(watched)
		ends(t, db, again, background(t.Context(), again, args...))
	})
	t.Run("by one that only reads", func(t *testing.T) {
		unlock := sqlitetest.Lock(t, undisturbed, "PRAGMA locking_mode = EXCLUSIVE")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stopped, out := new(watched), new(watched)
		interrupted := background(ctx, stopped, "ls", "held", "--db", undisturbed)
		eventually(t, "it says that it waits", said(stopped))
		cancel()
		if got := <-interrupted; got != exitInterrupted {
			t.Errorf("exit code %d, want %d\n%s", got, exitInterrupted, stopped)
		}
		code := background(t.Context(), out, "ls", "held", "--db", undisturbed)
		eventually(t, "it says that it waits", said(out))
		unlock()
		if got := <-code; got != 0 || !out.said("s3") {
			t.Errorf("exit code %d\n%s", got, out)
		}
	})
}
