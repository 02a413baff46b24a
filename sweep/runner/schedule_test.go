package runner_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sweep/sweep"
	"sweep/sweep/runner"
)

// estimates is an Estimator: a run takes as many bytes, and as much work, as its seed.
type estimates struct{}

func (estimates) Estimate(p sweep.Params) (sweep.Estimate, error) {
	return sweep.Estimate{Memory: int64(p.Seed), Work: float64(p.Seed)}, nil
}

func TestTheLongestRunsComeFirst(t *testing.T) {
	m, p := newMemory(), smallPlan(t, 5, 1)
	run(t, runner.Runner{Trainer: curve(0), Recorder: m, Estimator: estimates{}}, p)
	if want := []string{"s4", "s3", "s2", "s1", "s0"}; !slices.Equal(m.began, want) {
		t.Errorf("began %v, want %v", m.began, want)
	}
}

func TestRunsInFlightKeepWithinTheMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 9
		var mu sync.Mutex
		inUse, most, together := 0, 0, 0
		trainer := trainFunc(func(ctx context.Context, run sweep.Run, j sweep.Journal) (sweep.Outcome, error) {
			mu.Lock()
			inUse += run.Params.Seed
			most = max(most, inUse)
			together++
			mu.Unlock()
			defer func() {
				mu.Lock()
				inUse -= run.Params.Seed
				mu.Unlock()
			}()
			return curve(time.Second)(ctx, run, j)
		})
		began := time.Now()
		r := runner.Runner{Trainer: trainer, Recorder: newMemory(), Workers: 8, Estimator: estimates{}, Memory: limit}
		if s := run(t, r, smallPlan(t, 9, 1)); s.Done != 9 || most != limit {
			t.Errorf("%+v, %d in use at most, want %d", s, most, limit)
		}
		if took := time.Since(began); took != 4*time.Second { // 8+1+0, 7+2, 6+3, 5+4
			t.Errorf("took %v, want 4 s", took)
		}
	})
}

func TestALaneHoldsAsManyRunsAtOnceAsItHasRoomFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := func(run sweep.Run) string {
			if run.Params.Seed > 3 {
				return "gpus"
			}
			return "cores"
		}
		var mu sync.Mutex
		in, most := map[string]int{}, map[string]int{}
		trainer := trainFunc(func(ctx context.Context, run sweep.Run, j sweep.Journal) (sweep.Outcome, error) {
			count := func(by int) {
				mu.Lock()
				defer mu.Unlock()
				in[lane(run)] += by
				most[lane(run)] = max(most[lane(run)], in[lane(run)])
			}
			count(1)
			defer count(-1)
			return curve(time.Second)(ctx, run, j)
		})
		began := time.Now()
		r := runner.Runner{
			Trainer: trainer, Recorder: newMemory(), Workers: 3, Estimator: estimates{},
			Lane: lane, Lanes: map[string]int{"gpus": 1, "cores": 2},
		}
		if s := run(t, r, smallPlan(t, 8, 1)); s.Done != 8 || most["gpus"] != 1 || most["cores"] != 2 {
			t.Errorf("%+v, at once %v", s, most)
		}
		if took := time.Since(began); took != 4*time.Second { // four on one lane, and beside them four, two at a time
			t.Errorf("took %v, want 4 s", took)
		}
	})
}

func TestARunBeyondTheMemoryIsRefusedBeforeAnythingTrains(t *testing.T) {
	m := newMemory()
	r := runner.Runner{Lease: time.Minute, Trainer: curve(0), Recorder: m, Estimator: estimates{}, Memory: 3}
	_, err := r.Run(t.Context(), smallPlan(t, 6, 1))
	if e, ok := errors.AsType[*runner.MemoryError](err); !ok || e.Run.Name != "s4" || e.Needs != 4 || len(m.began) > 0 {
		t.Errorf("got %v after %v", err, m.began)
	}
}

func TestBytesAreWrittenAsPeopleDo(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 12_345: "12 kB", 999_600: "1.0 MB", 6_700_000: "6.7 MB", 1_500_000_000: "1.5 GB", 23 << 40: "25 TB",
	} {
		if got := sweep.FormatBytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
