package storetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// overlap stores sweep a with k1 to k4 and sweep b with k2 and k5, where k5 is a
// copy of k3 and k4 was never begun.
func (s *suite) overlap() {
	s.t.Helper()
	s.save("a", at(0), "k1", "k2", "k3", "k4")
	s.save("b", at(1), "k2", "k5")
	for _, key := range []string{"k1", "k2", "k3"} {
		s.finish(key)
	}
	s.ok(s.Finish(s.t.Context(), "k5", s.begin("k5"), sweep.Outcome{State: sweep.StateDone, CopyOf: "k3"}))
}

func removedSweep(t *testing.T, s *suite) {
	s.overlap()
	r, err := s.RemovalOfSweep(t.Context(), "a")
	s.ok(err)
	want := sweep.Removal{Sweep: "a", Runs: []sweep.RemovalRun{
		{Key: "k1", Name: "cell-k1", State: sweep.StateDone},
		{Key: "k2", Name: "cell-k2", State: sweep.StateDone, Kept: "sweep b has it too"},
		{Key: "k3", Name: "cell-k3", State: sweep.StateDone, Kept: "run r8-k5 is a copy of it"},
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s.ok(s.Remove(t.Context(), r))
	states, err := s.States(t.Context(), []string{"k1", "k2", "k3", "k5"})
	s.ok(err)
	if len(states) != 3 || states["k1"] != "" {
		t.Errorf("left are %v; want k2, k3 and k5", states)
	}
	sweeps, err := s.Sweeps(t.Context())
	s.ok(err)
	if len(sweeps) != 1 || sweeps[0].Name != "b" {
		t.Errorf("left are %v; want b", sweeps)
	}
	s.wantCurve("k1", nil)
	_, err = s.RemovalOfSweep(t.Context(), "a")
	if _, ok := errors.AsType[*sweep.NotFoundError](err); !ok {
		t.Errorf("a sweep that is gone: got %v, want a NotFoundError", err)
	}
}

func removedRun(t *testing.T, s *suite) {
	s.overlap()
	r, err := s.RemovalOfRun(t.Context(), "k3")
	s.ok(err)
	if strings.Join(r.Goes(), " ") != "k3 k5" {
		t.Errorf("goes %v, want k3 and its copy k5", r.Goes())
	}
	s.ok(s.Remove(t.Context(), r))
	s.wantResults("a", "k1 done", "k2 done", "k3 pending", "k4 pending")
}

func refusedRemoval(t *testing.T, s *suite) {
	s.overlap()
	before, err := s.RemovalOfSweep(t.Context(), "a")
	s.ok(err)
	s.begin("k4")
	if err := s.Remove(t.Context(), before); !errors.Is(err, sweep.ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	after, err := s.RemovalOfSweep(t.Context(), "a")
	s.ok(err)
	err = s.Remove(t.Context(), after)
	if e, ok := errors.AsType[*sweep.TrainingError](err); !ok || e.Name != "cell-k4" {
		t.Errorf("got %v, want a TrainingError", err)
	}
	s.wantResults("a", "k1 done", "k2 done", "k3 done", "k4 running")
}
