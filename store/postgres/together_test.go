package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// TestPointsOfSeveralRunsAreStoredTogetherAndRefusedAlone stores points of runs in one
// transaction, some of which may not be.
func TestPointsOfSeveralRunsAreStoredTogetherAndRefusedAlone(t *testing.T) {
	s, err := Open(postgrestest.Store(t), sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p := sweep.Defaults()
	for _, key := range []string{"held", "twice", "other"} {
		if _, _, err := s.Begin(t.Context(), sweep.Run{Key: key, Params: p}, sweep.Claim{}); err != nil {
			t.Fatal(err)
		}
	}
	store := func(points ...sweep.Point) map[string]error {
		some := []*observation{
			{key: "held", attempt: 1, points: points}, {key: "twice", attempt: 1, points: points}, {key: "other", attempt: 2, points: points}, {key: "nobody", attempt: 1, points: points},
		}
		for _, o := range some {
			o.stored = make(chan error, 1)
			s.gathered.add(o)
		}
		s.storeGathered()
		said := map[string]error{}
		for _, o := range some {
			said[o.key] = <-o.stored
		}
		return said
	}
	refused := func(said map[string]error) {
		t.Helper()
		if e, ok := errors.AsType[*sweep.StaleError](said["other"]); !ok || e.Attempt != 2 || e.Current != 1 {
			t.Errorf("attempt 2 of 1: %v", said["other"])
		}
		if _, ok := errors.AsType[*sweep.NotFoundError](said["nobody"]); !ok {
			t.Errorf("a run that is not there: %v", said["nobody"])
		}
		if said["held"] != nil {
			t.Errorf("a run that is held: %v", said["held"])
		}
	}
	transactions := func() (n int) {
		if err := s.pool.QueryRow(context.Background(), `SELECT sum(number) FROM written`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := transactions()
	said := store(sweep.Point{Step: 1, Loss: 3}, sweep.Point{Step: 2, Loss: 2})
	refused(said)
	if n := transactions() - before; said["twice"] != nil || n != 1 {
		t.Errorf("%v, in %d transactions", said["twice"], n)
	}
	if err := s.Observe(t.Context(), "twice", 1, []sweep.Point{{Step: 3, Loss: 1}}, nil); err != nil {
		t.Fatal(err)
	}
	said = store(sweep.Point{Step: 3, Loss: 1})
	refused(said)
	if said["twice"] == nil {
		t.Error("a step was stored twice")
	}
	curves, err := s.Curves(t.Context(), []string{"held", "twice", "other"})
	if err != nil {
		t.Fatal(err)
	}
	lengths := map[string]int{}
	for key, points := range curves {
		lengths[key] = len(points)
	}
	if diff := cmp.Diff(map[string]int{"held": 3, "twice": 3}, lengths); diff != "" {
		t.Error(diff)
	}
}
