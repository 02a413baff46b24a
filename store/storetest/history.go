package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

func sweepHistory(t *testing.T, s *suite) {
	history := func() sweep.History {
		t.Helper()
		h, err := s.History(t.Context(), "a")
		s.ok(err)
		return h
	}
	save := func(at time.Time, predictions []string, keys ...string) {
		t.Helper()
		sw := sweep.SavedSweep{Name: "a", Saved: at, Keys: keys, Predictions: predictions}
		for _, key := range keys {
			sw.Names = append(sw.Names, "cell-"+key)
		}
		s.ok(s.SaveSweep(t.Context(), sw))
	}

	save(at(1), []string{"p"}, "k1", "k2")
	want := sweep.History{
		Planned:     map[string]time.Time{"cell-k1": at(1), "cell-k2": at(1)},
		Ended:       map[string]time.Time{},
		Predictions: []sweep.Stated{{Prediction: "p", At: at(1)}},
	}
	s.ok(s.Finish(t.Context(), "k2", s.begin("k2"), sweep.Outcome{State: sweep.StateFailed}))
	if diff := cmp.Diff(want, history()); diff != "" {
		t.Errorf("before a run has ended, -want +got:\n%s", diff)
	}

	s.ok(s.Finish(t.Context(), "k1", s.begin("k1"), sweep.Outcome{State: sweep.StatePruned}))
	first := history().FirstEnded
	if first.IsZero() || history().Ended["cell-k1"] != first {
		t.Fatalf("the first run ended at %v, cell-k1 at %v", first, history().Ended["cell-k1"])
	}
	time.Sleep(5 * time.Millisecond)
	s.finish("k1")
	save(at(2), []string{"q", "p"}, "k3", "k1")
	save(at(3), []string{"q"}, "k3", "k1")
	want = sweep.History{
		FirstEnded:  first,
		Planned:     map[string]time.Time{"cell-k1": at(1), "cell-k3": at(2)},
		Ended:       map[string]time.Time{"cell-k1": first},
		Predictions: []sweep.Stated{{Prediction: "p", At: at(1)}, {Prediction: "q", At: at(2)}},
	}
	if diff := cmp.Diff(want, history()); diff != "" {
		t.Errorf("after other runs, cells and predictions, -want +got:\n%s", diff)
	}

	r, err := s.RemovalOfRun(t.Context(), "k1")
	s.ok(err)
	s.ok(s.Remove(t.Context(), r))
	delete(want.Ended, "cell-k1")
	if diff := cmp.Diff(want, history()); diff != "" {
		t.Errorf("after the run was removed, -want +got:\n%s", diff)
	}
	save(at(4), nil, "k9")
	if got := history().FirstEnded; got != first {
		t.Errorf("with other cells the first run ended at %v, want %v", got, first)
	}
	if _, err := s.History(t.Context(), "none"); err == nil {
		t.Error("a sweep that is not there has a history")
	}
}
