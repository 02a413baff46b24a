package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store"
	"sweep/sweep"
)

// overlapping stores sweep a with k1 to k4 and sweep b with k2 and k5, where k5
// is a copy of k3 and k4 was never begun.
func overlapping(t *testing.T) *store.Store {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	t.Cleanup(func() { shut(t, s) })
	for i, sw := range []store.Sweep{
		{Name: "a", Keys: []string{"k1", "k2", "k3", "k4"}, Names: []string{"a1", "a2", "a3", "a4"}},
		{Name: "b", Keys: []string{"k2", "k5"}, Names: []string{"b2", "b5"}},
	} {
		sw.Saved = time.Unix(int64(i), 0)
		if err := s.SaveSweep(t.Context(), sw); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"k1", "k2", "k3", "k5"} {
		o := sweep.Outcome{State: sweep.Done}
		if key == "k5" {
			o.CopyOf = "k3"
		}
		finishRun(t, s, key, o)
	}
	return s
}

func TestASweepGoesWithTheRunsThatNothingElseNeeds(t *testing.T) {
	s := overlapping(t)
	r, err := s.RemovalOfSweep(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	want := store.Removal{Sweep: "a", Runs: []store.Removed{
		{Key: "k1", Name: "a1", State: sweep.Done},
		{Key: "k2", Name: "a2", State: sweep.Done, Kept: "sweep b has it too"},
		{Key: "k3", Name: "a3", State: sweep.Done, Kept: "run k5 is a copy of it"},
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if err := s.Remove(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if states, err := s.States(t.Context(), []string{"k1", "k2", "k3", "k5"}); err != nil || len(states) != 3 || states["k1"] != "" {
		t.Errorf("left are %v, %v; want k2, k3 and k5", states, err)
	}
	if sweeps, err := s.Sweeps(t.Context()); err != nil || len(sweeps) != 1 || sweeps[0].Name != "b" {
		t.Errorf("left are %v, %v; want b", sweeps, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestARunGoesWithItsCopiesAndLeavesItsCells(t *testing.T) {
	s := overlapping(t)
	r, err := s.RemovalOfRun(t.Context(), "k3")
	if err != nil || strings.Join(r.Goes(), " ") != "k3 k5" {
		t.Fatalf("goes %v, %v", r.Goes(), err)
	}
	if err := s.Remove(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	results, err := s.Results(t.Context(), "a")
	if err != nil || len(results) != 4 || results[2].State != sweep.Pending || results[1].State != sweep.Done {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestWhatIsTrainingOrHasChangedStays(t *testing.T) {
	s := overlapping(t)
	before, err := s.RemovalOfSweep(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Begin(t.Context(), sweep.Run{Key: "k4", Name: "a4"}, sweep.Claim{Lease: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), before); err == nil || !strings.Contains(err.Error(), "changed in the meantime") {
		t.Errorf("got %v", err)
	}
	after, err := s.RemovalOfSweep(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), after); err == nil || !strings.Contains(err.Error(), "run a4: it is being trained") {
		t.Errorf("got %v", err)
	}
	if results, err := s.Results(t.Context(), "a"); err != nil || len(results) != 4 {
		t.Errorf("%d cells are left, %v", len(results), err)
	}
}

func TestABackupIsTheStoreAtOneInstant(t *testing.T) {
	s := overlapping(t)
	attempt, _, err := s.Begin(t.Context(), sweep.Run{Key: "k4", Name: "a4"}, sweep.Claim{Lease: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error)
	go func() { // trains while the store is copied
		for step := 1; ; step++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := s.Observe(t.Context(), "k4", attempt, []sweep.Point{{Step: step, Loss: 1}}, nil); err != nil {
				stopped <- err
				return
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "backup.db")
	backupErr := s.Backup(t.Context(), path)
	close(stop)
	if err := errors.Join(backupErr, <-stopped); err != nil {
		t.Fatal(err)
	}
	backup, err := store.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, backup)
	if err := backup.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if results, err := backup.Results(t.Context(), "a"); err != nil || len(results) != 4 || results[0].State != sweep.Done {
		t.Errorf("%+v, %v", results, err)
	}
	if err := s.Backup(t.Context(), path); !errors.Is(err, os.ErrExist) {
		t.Errorf("backing up over a file: %v", err)
	}
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
