package storetest

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// rowLosses have every awkward number.
func rowLosses() []sweep.RowLoss {
	var rows []sweep.RowLoss
	for i, x := range awkward {
		rows = append(rows, sweep.RowLoss{Nats: x, Tokens: 1000 * i, Match: sweep.RowMatch(i % 3)})
	}
	return rows
}

// finishWithRows trains a run to its end in some state, with row losses.
func (s *suite) finishWithRows(key string, state sweep.State, rows []sweep.RowLoss) {
	s.t.Helper()
	attempt, o := s.begin(key), done(nil)
	o.State, o.RowLosses = state, rows
	s.ok(s.Finish(s.t.Context(), key, attempt, o))
}

// wantRowLosses compares the row losses of runs, to the bit, however they are asked for.
func (s *suite) wantRowLosses(st sweep.Store, want map[string][]sweep.RowLoss, keys ...string) {
	s.t.Helper()
	bits := cmp.Comparer(func(a, b sweep.RowLoss) bool {
		same := math.Float64bits(a.Nats) == math.Float64bits(b.Nats) || math.IsNaN(a.Nats) && math.IsNaN(b.Nats)
		return same && a.Tokens == b.Tokens && a.Match == b.Match
	})
	got, err := st.RowLosses(s.t.Context(), keys)
	s.ok(err)
	if diff := cmp.Diff(want, got, bits); diff != "" {
		s.t.Errorf("row losses, -want +got:\n%s", diff)
	}
	for _, key := range keys {
		r, err := st.Result(s.t.Context(), key)
		if _, unknown := errors.AsType[*sweep.NotFoundError](err); unknown {
			continue
		}
		s.ok(err)
		if diff := cmp.Diff(want[key], r.RowLosses, bits); diff != "" {
			s.t.Errorf("row losses of run %s alone, -want +got:\n%s", key, diff)
		}
	}
}

func rowLossesComeBack(t *testing.T, s *suite) {
	s.ok(s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "x", Keys: []string{"aa", "bb", "cc"}, Names: []string{"a", "b", "c"}}))
	s.finishWithRows("aa", sweep.StateDone, rowLosses())
	s.finishWithRows("bb", sweep.StateDiverged, rowLosses()[5:])
	s.finishWithRows("cc", sweep.StateDone, nil)
	want := map[string][]sweep.RowLoss{"aa": rowLosses(), "bb": rowLosses()[5:]}
	s.wantRowLosses(s, want, "bb", "aa", "cc", "nobody")
	results, err := s.Results(t.Context(), "x")
	s.ok(err)
	for _, r := range results {
		if r.RowLosses != nil {
			t.Errorf("run %s comes with its row losses among the results of its sweep", r.Key)
		}
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	s.ok(s.Backup(t.Context(), path))
	s.wantRowLosses(s.opened(s.backend.OpenReadOnly(path)), want, "aa", "bb", "cc")
}

func rowLossesGo(t *testing.T, s *suite) {
	s.finishWithRows("copy", sweep.StateFailed, rowLosses())
	s.finishWithRows("gone", sweep.StateDone, rowLosses())
	s.begin("copy")
	s.wantRowLosses(s, map[string][]sweep.RowLoss{"gone": rowLosses()}, "copy", "gone")
	removal, err := s.RemovalOfRun(t.Context(), "gone")
	s.ok(err)
	s.ok(s.Remove(t.Context(), removal))
	s.wantRowLosses(s, map[string][]sweep.RowLoss{}, "copy", "gone")
}
