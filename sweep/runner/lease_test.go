package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// together runs several sweeps of one plan at the same time.
func together(t *testing.T, p *grid.Plan, runners ...runner.Runner) []runner.Summary {
	t.Helper()
	summaries := make([]runner.Summary, len(runners))
	var all sync.WaitGroup
	for i := range runners {
		all.Go(func() {
			var err error
			if summaries[i], err = runners[i].Run(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return summaries
}

func TestTwoProcessesTrainEachRunOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 13, 5)
		one := runner.Runner{Owner: "one", Lease: time.Minute, Trainer: curve(time.Second), Recorder: m, Workers: 2}
		two := runner.Runner{Owner: "two", Lease: time.Minute, Trainer: curve(700 * time.Millisecond), Recorder: m}
		s := together(t, p, one, two)
		for _, run := range p.Runs {
			if m.attempts[run.Key] != 1 || m.outcomes[run.Key].State != sweep.StateDone {
				t.Errorf("%s is %s after %d attempts", run.Name, m.outcomes[run.Key].State, m.attempts[run.Key])
			}
		}
		if s[0].Done+s[1].Done != 13 || s[0].Done < 8 || s[1].Done < 4 {
			t.Errorf("they trained %d and %d of 13", s[0].Done, s[1].Done)
		}
		for i := range s {
			if s[i].Elsewhere != s[1-i].Done || s[i].Left != 0 {
				t.Errorf("process %d: %+v", i, s[i])
			}
		}
	})
}

func TestARunThatFailsIsTriedByOneProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 3, 1)
		failing := trainFunc(func(context.Context, sweep.Run, sweep.Journal) (sweep.Outcome, error) {
			time.Sleep(time.Second)
			return sweep.Outcome{}, errors.New("cosmic ray")
		})
		r := runner.Runner{Lease: time.Minute, Trainer: failing, Recorder: m}
		for i, s := range together(t, p, r, r) {
			if s.Failed != 3 || len(s.Failures) != 3 {
				t.Errorf("process %d: %+v", i, s)
			}
		}
		if m.calls["Finish"] != 3 {
			t.Errorf("%d attempts at 3 runs", m.calls["Finish"])
		}
		if s := run(t, r, p); s.Failed != 3 || m.calls["Finish"] != 6 {
			t.Errorf("run again: %+v", s)
		}
	})
}

// dead leaves a run like a process that was killed after some steps.
func (m *memory) dead(t *testing.T, run sweep.Run, steps int, lease time.Duration) {
	t.Helper()
	n, _, err := m.Begin(t.Context(), run, sweep.Claim{Owner: "dead", Lease: lease})
	if err != nil {
		t.Fatal(err)
	}
	for step := 1; step <= steps; step++ {
		p := sweep.Point{Step: step, Loss: float64(run.Params.Seed) + 1/float64(step)}
		if err := m.Observe(t.Context(), run.Key, n, []sweep.Point{p}, []byte("state")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALapsedLeaseIsTakenOverAndTheRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 2, 10)
		m.dead(t, p.Runs[0], 6, 30*time.Second)
		began := time.Now()
		var steps []string
		held := map[string]int{}
		r := runner.Runner{Lease: time.Minute, Trainer: curve(time.Second), Recorder: m, Progress: func(e runner.Event) {
			switch e.Kind {
			case runner.EventAdvanced:
				steps = append(steps, fmt.Sprint(e.Run.Name, " ", e.Point.Step))
			case runner.EventHeld:
				if e, ok := errors.AsType[*sweep.LeasedError](e.Err); ok {
					held[e.Owner]++
				}
			}
		}}
		s := run(t, r, p)
		var want []string
		for step := 1; step <= 10; step++ {
			want = append(want, fmt.Sprint("s1 ", step))
		}
		want = append(want, "s0 7", "s0 8", "s0 9", "s0 10")
		if diff := cmp.Diff(want, steps); diff != "" || s.Done != 2 {
			t.Errorf("%+v, -want +got:\n%s", s, diff)
		}
		if took := time.Since(began); took < 34*time.Second || took > 36*time.Second || held["dead"] == 0 {
			t.Errorf("took %v and was told %v", took, held)
		}
	})
}

func TestTheRunsOfAProcessThatDiedAreTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 1, 10)
		m.dead(t, p.Runs[0], 6, time.Hour)
		began := time.Now()
		r := runner.Runner{Lease: time.Minute, Trainer: curve(time.Second), Recorder: m, OwnerDead: func(owner string) bool { return owner == "dead" }}
		if s := run(t, r, p); s.Done != 1 || time.Since(began) != 4*time.Second {
			t.Errorf("%+v after %v, want 4 s", s, time.Since(began))
		}
	})
}

// frozen is a Recorder of a process that is suspended for some time at the first point of
// its first run.
type frozen struct {
	sweep.Recorder
	wake time.Time
}

func (f *frozen) Observe(ctx context.Context, key string, n int, points []sweep.Point, state []byte) error {
	time.Sleep(time.Until(f.wake))
	return f.Recorder.Observe(ctx, key, n, points, state)
}

func (f *frozen) Finish(ctx context.Context, key string, n int, o sweep.Outcome) error {
	time.Sleep(time.Until(f.wake))
	return f.Recorder.Finish(ctx, key, n, o)
}

// late is a Recorder of a process that starts a little later.
type late struct{ sweep.Recorder }

func (l late) States(ctx context.Context, keys []string) (map[string]sweep.State, error) {
	time.Sleep(100 * time.Millisecond)
	return l.Recorder.States(ctx, keys)
}

func TestAProcessThatSleptPastItsLeaseStoresNothingAndGoesOn(t *testing.T) {
	for name, sleep := range map[string]time.Duration{
		"while the other trains":      20 * time.Second,
		"until after the other ended": 100 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := newMemory(), smallPlan(t, 3, 10)
				sleeper := &frozen{m, time.Now().Add(sleep)}
				s := together(t, p,
					runner.Runner{Owner: "sleeper", Lease: 10 * time.Second, Trainer: curve(time.Second), Recorder: sleeper},
					runner.Runner{Owner: "other", Lease: 10 * time.Second, Trainer: curve(time.Second), Recorder: late{m}, Workers: 2})
				if s[0].Done+s[1].Done != 3 || s[0].Elsewhere != s[1].Done || s[1].Elsewhere != s[0].Done {
					t.Errorf("%+v\n%+v", s[0], s[1])
				}
				for _, run := range p.Runs {
					if got := sweep.HashCurve(m.points[run.Key]); got != m.outcomes[run.Key].CurveHash {
						t.Errorf("the curve of %s is not that of its outcome", run.Name)
					}
				}
				if first := p.Runs[0].Key; m.claims[first].Owner != "other" || m.attempts[first] != 2 {
					t.Errorf("the sleeper's run was finished by %s in attempt %d", m.claims[first].Owner, m.attempts[first])
				}
			})
		})
	}
}

func TestALeaseIsRenewedAfterAThirdOfItHoweverLongAStepTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 1, 2)
		r := runner.Runner{Lease: 9 * time.Second, Trainer: curve(time.Hour), Recorder: m}
		if s := together(t, p, r, r); s[0].Done+s[1].Done != 1 || m.attempts[p.Runs[0].Key] != 1 {
			t.Errorf("%d attempts, %+v", m.attempts[p.Runs[0].Key], s)
		}
	})
}

func TestAnInterruptedSweepGoesOnWhereItStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 2, 10)
		r := runner.Runner{Lease: time.Minute, CheckpointEvery: time.Hour, Trainer: curve(time.Second), Recorder: m, Workers: 2}
		trained := 0
		r.Progress = func(e runner.Event) {
			if e.Kind == runner.EventAdvanced {
				trained++
			}
		}
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			if _, err := r.Run(ctx, p); err != nil {
				t.Error(err)
			}
			cancel()
		}
		if s := run(t, r, p); s.Done != 2 || trained != 20 {
			t.Errorf("%+v after %d steps, want 20", s, trained)
		}
	})
}

func TestCheckpointsTakeAHundredthOfTheTimeAtMost(t *testing.T) {
	for _, c := range []struct{ every, cost, want time.Duration }{
		{10 * time.Second, 0, 10 * time.Second},
		{10 * time.Second, 50 * time.Millisecond, 10 * time.Second},
		{10 * time.Second, time.Second, 100 * time.Second},
		{0, 100 * time.Millisecond, 10 * time.Second},
	} {
		t.Run(fmt.Sprint(c.every, " ", c.cost), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var saves []time.Time
				trainer := trainFunc(func(_ context.Context, _ sweep.Run, j sweep.Journal) (sweep.Outcome, error) {
					for step := 1; step <= 6000; step++ {
						time.Sleep(100 * time.Millisecond)
						if err := j.Observe(sweep.Point{Step: step}); err != nil {
							return sweep.Outcome{}, err
						}
						j.Save(func() []byte {
							time.Sleep(c.cost)
							saves = append(saves, time.Now())
							return []byte("state")
						})
					}
					return sweep.Outcome{State: sweep.StateDone}, nil
				})
				r := runner.Runner{Lease: time.Minute, CheckpointEvery: c.every, Trainer: trainer, Recorder: newMemory()}
				run(t, r, smallPlan(t, 1, 1))
				if len(saves) < 4 {
					t.Fatalf("%d checkpoints", len(saves))
				}
				for i := range saves[2:] {
					if gap := saves[i+2].Sub(saves[i+1]); gap < c.want || gap > c.want+c.want/5 {
						t.Errorf("checkpoint %d came after %v, want %v", i+2, gap, c.want)
					}
				}
			})
		})
	}
}

func TestARefusedCheckpointStartsTheRunAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusing := trainFunc(func(ctx context.Context, run sweep.Run, j sweep.Journal) (sweep.Outcome, error) {
			if j.Checkpoint().State != nil {
				return sweep.Outcome{}, fmt.Errorf("%w: it is damaged", sweep.ErrCheckpoint)
			}
			return curve(0)(ctx, run, j)
		})
		m, p := newMemory(), smallPlan(t, 1, 3)
		m.dead(t, p.Runs[0], 2, 0)
		var life []runner.EventKind
		r := runner.Runner{Lease: time.Minute, Trainer: refusing, Recorder: m, Progress: func(e runner.Event) {
			life = append(life, e.Kind)
			if e.Kind == runner.EventRestarted && !errors.Is(e.Err, sweep.ErrCheckpoint) {
				t.Errorf("told of %v", e.Err)
			}
		}}
		s := run(t, r, p)
		want := []runner.EventKind{runner.EventBegan, runner.EventRestarted, runner.EventAdvanced, runner.EventAdvanced, runner.EventAdvanced, runner.EventEnded}
		if s.Done != 1 || !slices.Equal(life, want) || len(m.points[p.Runs[0].Key]) != 3 {
			t.Errorf("%+v, %v", s, life)
		}
	})
}

func TestTooManyFailuresStopTheSweep(t *testing.T) {
	failing := trainFunc(func(ctx context.Context, run sweep.Run, j sweep.Journal) (sweep.Outcome, error) {
		if run.Params.Seed%2 == 0 {
			return sweep.Outcome{}, errors.New("cosmic ray")
		}
		return curve(0)(ctx, run, j)
	})
	for most, want := range map[int]runner.Summary{
		0: {Total: 8, Done: 4, Failed: 4},
		1: {Total: 8, Failed: 1, Left: 7, GaveUp: true},
		2: {Total: 8, Done: 1, Failed: 2, Left: 5, GaveUp: true},
		5: {Total: 8, Done: 4, Failed: 4},
	} {
		got := run(t, runner.Runner{Lease: time.Minute, Trainer: failing, Recorder: newMemory(), MaxFailures: most}, smallPlan(t, 8, 1))
		got.Failures = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("at most %d, -want +got:\n%s", most, diff)
		}
	}
}
