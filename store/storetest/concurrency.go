package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"sweep/sweep"
)

func twoHandles(t *testing.T, s *suite) {
	other := s.handle()
	first := s.lease("aa", 0)
	s.ok(s.Observe(t.Context(), "aa", first, curve(2), nil))
	second, _, err := other.Begin(t.Context(), run("aa"), sweep.Claim{})
	s.ok(err)
	s.wantStale(s.Observe(t.Context(), "aa", first, curve(3)[2:], nil), second)
	s.ok(other.Observe(t.Context(), "aa", second, curve(5), nil))
	s.wantCurve("aa", curve(5))
	s.ok(other.Finish(t.Context(), "aa", second, done(curve(5))))
	if r := s.result("aa"); r.State != sweep.StateDone {
		t.Errorf("the other handle sees state %s", r.State)
	}
}

// goroutines trains 40 runs on 8 goroutines and two handles while others read.
func goroutines(t *testing.T, s *suite) {
	const runs, workers, points = 40, 8, 60
	handles := []sweep.Store{s.Store, s.handle()}
	keys := make([]string, runs)
	for i := range keys {
		keys[i] = fmt.Sprintf("run%02d", i)
	}
	reading, stop := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	for _, h := range handles {
		readers.Go(func() { readUntil(reading, t, h, keys) })
	}
	for w := range workers {
		writers.Go(func() {
			for i := w; i < runs; i += workers {
				if err := trainOne(t.Context(), handles[w%2], keys[i], curve(points)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	for _, key := range keys {
		s.wantCurve(key, curve(points))
	}
}

// trainOne records a run in batches of seven points.
func trainOne(ctx context.Context, st sweep.Store, key string, points []sweep.Point) error {
	attempt, _, err := st.Begin(ctx, run(key), sweep.Claim{})
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(points, 7) {
		if err := st.Observe(ctx, key, attempt, batch, nil); err != nil {
			return err
		}
	}
	return st.Finish(ctx, key, attempt, done(points))
}

// readUntil reads states and curves until ctx ends: a curve is always a
// beginning of the whole, and whole once its run is done.
func readUntil(ctx context.Context, t *testing.T, st sweep.Store, keys []string) {
	for ctx.Err() == nil {
		states, err := st.States(ctx, keys)
		if ctx.Err() != nil {
			return
		}
		curves, err2 := st.Curves(ctx, keys)
		if ctx.Err() != nil {
			return
		}
		if err := errors.Join(err, err2); err != nil {
			t.Error(err)
			return
		}
		for key, c := range curves {
			if c[len(c)-1].Step != len(c) || states[key] == sweep.StateDone && len(c) != 60 {
				t.Errorf("run %s, %s, has a curve of %d points up to step %d", key, states[key], len(c), c[len(c)-1].Step)
			}
		}
	}
}

func manyBegins(t *testing.T, s *suite) {
	const claimants = 8
	handles := []sweep.Store{s.Store, s.handle()}
	attempts, observed := make([]int, claimants), make([]error, claimants)
	var begun, all sync.WaitGroup
	begun.Add(claimants)
	for i := range claimants {
		all.Go(func() {
			var err error
			attempts[i], _, err = handles[i%2].Begin(t.Context(), run("aa"), sweep.Claim{})
			begun.Done()
			begun.Wait()
			observed[i] = errors.Join(err, handles[i%2].Observe(t.Context(), "aa", attempts[i], curve(3), nil))
		})
	}
	all.Wait()
	for i, err := range observed {
		if attempts[i] == claimants {
			s.ok(err)
		} else {
			s.wantStale(err, claimants)
		}
	}
	slices.Sort(attempts)
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8}; !slices.Equal(attempts, want) {
		t.Errorf("attempts %v, want %v", attempts, want)
	}
	s.wantCurve("aa", curve(3))
}

func cancelled(t *testing.T, s *suite) {
	attempt := s.begin("aa")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, beginErr := s.Begin(ctx, run("bb"), sweep.Claim{})
	_, curvesErr := s.Curves(ctx, []string{"aa"})
	for _, err := range []error{
		beginErr, curvesErr,
		s.Observe(ctx, "aa", attempt, curve(3), nil),
		s.Finish(ctx, "aa", attempt, done(nil)),
		s.SaveSweep(ctx, sweep.SavedSweep{Name: "a"}),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	}
	s.wantCurve("aa", nil)
	if r := s.result("aa"); r.State != sweep.StateRunning {
		t.Errorf("state %s, want running", r.State)
	}
}
