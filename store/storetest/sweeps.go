package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// at is a moment, minutes after some start.
func at(minutes int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// save saves a sweep and returns it as it is read back if it is new.
func (s *suite) save(name string, saved time.Time, keys ...string) sweep.SavedSweep {
	s.t.Helper()
	sw := sweep.SavedSweep{Name: name, Question: "Why?", TOML: "name = \"" + name + "\"\n", File: "grids/" + name + ".toml", Keys: keys, Created: saved, Saved: saved}
	for _, key := range keys {
		sw.Names = append(sw.Names, "cell-"+key)
	}
	s.ok(s.SaveSweep(s.t.Context(), sw))
	return sw
}

// wantResults compares keys and states of a sweep's runs, in order.
func (s *suite) wantResults(name string, want ...string) {
	s.t.Helper()
	results, err := s.Results(s.t.Context(), name)
	s.ok(err)
	var got []string
	for _, r := range results {
		got = append(got, r.Key+" "+string(r.State))
		if r.Name != "cell-"+r.Key {
			s.t.Errorf("cell %s is named %q", r.Key, r.Name)
		}
		if r.Adapter != nil {
			s.t.Errorf("the adapter of %s was read for a listing", r.Key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("results of %q, -want +got:\n%s", name, diff)
	}
}

func sweepsNewestFirst(t *testing.T, s *suite) {
	if sweeps, err := s.Sweeps(t.Context()); err != nil || len(sweeps) != 0 {
		t.Fatalf("an empty store has sweeps %v, %v", sweeps, err)
	}
	b, c, a := s.save("b", at(1), "k2", "k1"), s.save("c", at(3)), s.save("a", at(2), "k1")
	got, err := s.Sweeps(t.Context())
	s.ok(err)
	if diff := cmp.Diff([]sweep.SavedSweep{c, a, b}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	latest, err := s.SweepHead(t.Context(), "")
	s.ok(err)
	if diff := cmp.Diff(c, latest); diff != "" {
		t.Errorf("the latest, -want +got:\n%s", diff)
	}
	for _, sw := range []*sweep.SavedSweep{&c, &a, &b} {
		sw.Keys, sw.Names = nil, nil
	}
	heads, err := s.SweepHeads(t.Context())
	s.ok(err)
	if diff := cmp.Diff([]sweep.SavedSweep{c, a, b}, heads); diff != "" {
		t.Errorf("without cells, -want +got:\n%s", diff)
	}
	odd := s.save("it's \"odd\" 100%", at(0))
	if got, err := s.SweepHead(t.Context(), odd.Name); err != nil || !cmp.Equal(odd, got) {
		t.Errorf("got %+v, %v, want %+v", got, err, odd)
	}
}

func sweepRunAgain(t *testing.T, s *suite) {
	s.save("a", at(1), "k1", "k2")
	s.save("b", at(2), "k9")
	s.finish("k1")
	again := s.save("a", at(3), "k3", "k2")
	again.Created = at(1)
	sweeps, err := s.Sweeps(t.Context())
	s.ok(err)
	if len(sweeps) != 2 || !cmp.Equal(sweeps[0], again) {
		t.Errorf("got %+v, want %+v first of two", sweeps, again)
	}
	s.wantResults("a", "k3 pending", "k2 pending")
	s.wantCurve("k1", curve(3))
}

func sweepsShareRuns(t *testing.T, s *suite) {
	s.save("a", at(1), "k1", "k2", "k3")
	s.save("b", at(2), "k4", "k2")
	s.finish("k2")
	s.begin("k3")
	s.wantResults("a", "k1 pending", "k2 done", "k3 running")
	s.wantResults("", "k4 pending", "k2 done")
	results, err := s.Results(t.Context(), "b")
	s.ok(err)
	want := sweep.Result{Run: run("k2"), Outcome: done(curve(3)), Attempt: 1}
	want.Name, want.Adapter = "cell-k2", nil
	if diff := cmp.Diff(want, results[1]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if r := s.result("k4"); r.State != sweep.StatePending || r.Attempt != 0 || r.Name != "cell-k4" {
		t.Errorf("a cell never begun is %+v", r)
	}
}

func unknownSweep(t *testing.T, s *suite) {
	_, err := s.SweepHead(t.Context(), "")
	if e, ok := errors.AsType[*sweep.NotFoundError](err); !ok || len(e.Known) != 0 {
		t.Errorf("an empty store answers %v", err)
	}
	s.save("alpha-tracks-lr", at(1))
	s.save("ranks", at(2))
	_, sweepErr := s.SweepHead(t.Context(), "alpha-track-lr")
	_, resultsErr := s.Results(t.Context(), "alpha-track-lr")
	for _, err := range []error{sweepErr, resultsErr} {
		e, ok := errors.AsType[*sweep.NotFoundError](err)
		if !ok || e.Nearest != "alpha-tracks-lr" || !slices.Equal(e.Known, []string{"ranks", "alpha-tracks-lr"}) {
			t.Errorf("got %v", err)
		}
	}
	_, err = s.SweepHead(t.Context(), "something else")
	if e, ok := errors.AsType[*sweep.NotFoundError](err); !ok || e.Nearest != "" {
		t.Errorf("got %v", err)
	}
}

func closing(t *testing.T, s *suite) {
	want := s.save("a", at(1), "k1")
	other, err := s.backend.Open(s.name)
	s.ok(err)
	attempt, _, err := other.Begin(t.Context(), run("k1"), sweep.Claim{Lease: time.Hour})
	s.ok(err)
	s.ok(other.Observe(t.Context(), "k1", attempt, curve(2), nil))
	s.ok(other.Close())
	s.wantCurve("k1", curve(2))
	s.wantResults("a", "k1 running")
	if got, err := s.Sweeps(t.Context()); err != nil || !cmp.Equal([]sweep.SavedSweep{want}, got) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func countedCells(t *testing.T, s *suite) {
	s.save("a", at(1), "k1", "k2", "k3", "k4")
	s.save("b", at(2), "k1")
	s.save("empty", at(3))
	s.finish("k1")
	s.lease("k2", 0) // which has lapsed
	s.begin("k3")
	counts, err := s.StateCounts(t.Context())
	s.ok(err)
	want := map[string]map[sweep.State]int{"a": {sweep.StateDone: 1, sweep.StateRunning: 1, sweep.StatePending: 2}, "b": {sweep.StateDone: 1}}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func resultsOneByOne(t *testing.T, s *suite) {
	s.save("a", at(1), "k1", "k2", "k3")
	s.finish("k3")
	s.finish("k1")
	var keys []string
	enough := errors.New("enough")
	err := s.EachResult(t.Context(), "", func(r sweep.Result) error {
		if keys = append(keys, r.Key); len(keys) == 2 {
			return enough
		}
		return nil
	})
	if want := []string{"k1", "k2"}; !errors.Is(err, enough) || !slices.Equal(keys, want) {
		t.Errorf("got %v, %v, want %v and the error of use", keys, err, want)
	}
	keys = nil
	for r, err := range s.Begun(t.Context(), "a") {
		s.ok(err)
		keys = append(keys, r.Key)
	}
	if want := []string{"k3", "k1"}; !slices.Equal(keys, want) {
		t.Errorf("begun are %v, want %v", keys, want)
	}
	for _, err := range s.Begun(t.Context(), "a") {
		s.ok(err)
		break // which must not keep the store busy
	}
}

// armsComeBack saves cells with and without an arm, of which one was begun.
func armsComeBack(t *testing.T, s *suite) {
	s.finish("k1")
	s.ok(s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "a", Keys: []string{"k1", "k2", "k3"}, Names: []string{"one/r8", "two/r8", "r8"}, Saved: at(1)}))
	results, err := s.Results(t.Context(), "a")
	s.ok(err)
	var arms []string
	for _, r := range results {
		arms = append(arms, r.Arm)
	}
	if diff := cmp.Diff([]string{"one", "two", ""}, arms); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
