package storetest

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// Saver is what Views wants of a store.
type Saver interface {
	sweep.Recorder
	SaveSweep(ctx context.Context, s sweep.SavedSweep) error
}

// Views reads the public views of a new store, st, as a person with plain SQL would, while it
// is open. Query returns the rows of a query, their values parted by spaces.
func Views(t *testing.T, st Saver, query func(statement string) []string) {
	t.Helper()
	fillViews(t, st)
	for _, c := range []struct {
		query string
		want  []string
	}{
		{
			`SELECT key, name, sweep, state, params ->> 'lr', steps, loss, eval_loss, tokens_per_second, seconds, nan, copy_of FROM runs ORDER BY sweep NULLS FIRST, key`,
			[]string{
				"k3 lone <nil> failed 0.01 0 <nil> <nil> <nil> <nil>  <nil>",
				"k1 a1 a done 0.01 3 0.5 <nil> 39000 2 eval_loss <nil>",
				"k2 a2 a diverged 0.01 1 +Inf <nil> <nil> 0  k1",
				"k1 b1 b done 0.01 3 0.5 <nil> 39000 2 eval_loss <nil>",
				"k4 b4 b pending <nil> <nil> <nil> <nil> <nil> <nil>  <nil>",
			},
		},
		{
			`SELECT key, step, loss, grad_norm, eval_loss, nan FROM curves ORDER BY key, step`,
			[]string{
				"k1 0 <nil> <nil> 3 ",
				"k1 1 2 0.5 <nil> ",
				"k1 2 +Inf <nil> <nil> grad_norm eval_loss",
				"k1 3 <nil> -Inf 1 loss",
			},
		},
		{`SELECT key, match, first_match FROM runs WHERE sweep = 'a' ORDER BY key`, []string{"k1 0.75 0", "k2 <nil> <nil>"}},
		{`SELECT key, step, name, value, nan FROM measures ORDER BY name`, []string{"k1 3 a 0.1 0", "k1 3 b <nil> 1", "k1 3 c -Inf 0", "k1 3 d 3 0"}},
		{`SELECT key, measures ->> 'accuracy', environment FROM runs WHERE sweep = 'a' ORDER BY key`, []string{"k1 0.5 torch = 2.15.0", "k2 <nil> <nil>"}},
		{`SELECT step, match FROM curves WHERE step > 1 ORDER BY step`, []string{"2 <nil>", "3 0.75"}},
	} {
		if diff := cmp.Diff(c.want, query(c.query)); diff != "" {
			t.Errorf("%s, -want +got:\n%s", c.query, diff)
		}
	}
}

// fillViews stores sweeps a and b, which share k1, and k3 that is in neither.
func fillViews(t *testing.T, s Saver) {
	t.Helper()
	nan, inf := math.NaN(), math.Inf(1)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "a", Keys: []string{"k1", "k2"}, Names: []string{"a1", "a2"}, Saved: time.Unix(1, 0)}))
	ok(s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "b", Keys: []string{"k4", "k1"}, Names: []string{"b4", "b1"}, Saved: time.Unix(2, 0)}))
	for _, key := range []string{"k1", "k2", "k3"} {
		_, _, err := s.Begin(t.Context(), sweep.Run{Key: key, Name: "lone", Params: sweep.Params{LR: 0.01}}, sweep.Claim{Lease: time.Hour})
		ok(err)
	}
	ok(s.Observe(t.Context(), "k1", 1, []sweep.Point{
		{Step: 0, Loss: nan, EvalLoss: 3, Evaluated: true},
		{Step: 1, Loss: 2, GradNorm: 0.5, EvalLoss: nan},
		{Step: 2, Loss: inf, GradNorm: nan, EvalLoss: nan, Evaluated: true},
		{Step: 3, Loss: nan, GradNorm: -inf, EvalLoss: 1, Evaluated: true, Match: sweep.Matches{Right: 3, Of: 4}, Measures: sweep.Measures{{Name: "a", Value: 0.1}, {Name: "b", Value: nan}, {Name: "c", Value: -inf}, {Name: "d", Value: 3}}},
	}, nil))
	ok(s.Finish(t.Context(), "k1", 1, sweep.Outcome{State: sweep.StateDone, Steps: 3, Loss: 0.5, EvalLoss: nan, Evaluated: true, TokensPerSecond: 39000, Seconds: 2, Match: sweep.Matches{Right: 3, Of: 4}, FirstMatch: sweep.Matches{Of: 4}, Measures: sweep.Measures{{Name: "accuracy", Value: 0.5}}, Environment: "torch = 2.15.0"}))
	ok(s.Finish(t.Context(), "k3", 1, sweep.Outcome{State: sweep.StateFailed, Loss: nan, EvalLoss: nan, FirstLoss: nan}))
	ok(s.Finish(t.Context(), "k2", 1, sweep.Outcome{State: sweep.StateDiverged, Steps: 1, Loss: inf, EvalLoss: nan, CopyOf: "k1"}))
}
