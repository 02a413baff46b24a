package runner_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// valley stands in for training: the loss falls with every step, and is higher the further
// lr*alpha is from 0.01. Each step takes some time.
func valley(step time.Duration) trainFunc {
	return func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		points := slices.Clone(journal.Checkpoint().Points)
		state := func() []byte { return []byte{byte(len(points))} }
		for s := len(points) + 1; s <= run.Params.Steps; s++ {
			if step > 0 {
				time.Sleep(step)
			}
			if ctx.Err() != nil {
				journal.Save(state)
				return sweep.Outcome{}, ctx.Err()
			}
			off := math.Abs(math.Log10(run.Params.LR * run.Params.Alpha / 0.01))
			p := sweep.Point{Step: s, Loss: 1 + off + 1/float64(s+run.Params.Seed)}
			points = append(points, p)
			if err := journal.Observe(p); err != nil {
				return sweep.Outcome{}, err
			}
			journal.Save(state)
		}
		return sweep.Outcome{State: sweep.StateDone, Steps: len(points), CurveHash: sweep.HashCurve(points)}, nil
	}
}

// rates returns a plan in which the best lr is 0.01 at alpha 1 and 0.001 at alpha 10.
func rates(t *testing.T) *grid.Plan {
	t.Helper()
	return planned(t, "[fixed]\nsteps = 20\n[grid]\nalpha = [1, 10]\nlr = { log = [1e-5, 1e-1], points = 9 }\nseed = [0, 1]")
}

// ends returns how the runs of a plan ended, by name.
func (m *memory) ends(p *grid.Plan) map[string]string {
	ends := map[string]string{}
	for _, r := range p.Runs {
		o := m.outcomes[r.Key]
		ends[r.Name] = fmt.Sprintf("%s at %d, %s", o.State, len(m.points[r.Key]), sweep.HashCurve(m.points[r.Key]))
	}
	return ends
}

func TestClearlyWorseLearningRatesAreStoppedShort(t *testing.T) {
	m, p := newMemory(), rates(t)
	whole := newMemory()
	run(t, runner.Runner{Trainer: valley(0), Recorder: whole}, p)
	told := map[string]int{}
	s := run(t, runner.Runner{Trainer: valley(0), Recorder: m, Workers: 3, Pruner: runner.Halving{}, Progress: func(e runner.Event) {
		if e.Kind == runner.EventStopped {
			told[e.Run.Name]++
		}
	}}, p)
	stopped := map[string]int{}
	for _, r := range p.Runs {
		if m.outcomes[r.Key].State == sweep.StatePruned {
			stopped[r.Name] = len(m.points[r.Key])
		}
		if got, want := m.points[r.Key], whole.points[r.Key]; sweep.HashCurve(got) != sweep.HashCurve(want[:len(got)]) {
			t.Errorf("%s has another curve than without pruning", r.Name)
		}
	}
	want := map[string]int{}
	for _, name := range []string{
		"a1-lr1e-5", "a1-lr3.16e-5", "a1-lr1e-4", "a1-lr3.16e-4", // two on either side of 0.01 are kept
		"a10-lr1e-5", "a10-lr3.16e-5", "a10-lr0.0316", "a10-lr0.1",
	} {
		want[name+"-s0"], want[name+"-s1"] = 5, 5
	}
	if diff := cmp.Diff(want, stopped); diff != "" || s.Pruned != len(want) || s.Done != 20 || s.Left != 0 || len(told) != len(want) {
		t.Errorf("%+v, told of %d, -want +got:\n%s", s, len(told), diff)
	}
	again := run(t, runner.Runner{Trainer: valley(0), Recorder: m, Pruner: runner.Halving{}}, p)
	if again.Pruned != len(want) || again.Skipped != 20 || m.calls["Begin"] != 20*2+16+16+20 {
		t.Errorf("again: %+v after %d attempts", again, m.calls["Begin"])
	}
	s = run(t, runner.Runner{Trainer: valley(0), Recorder: m}, p)
	if diff := cmp.Diff(whole.ends(p), m.ends(p)); diff != "" || s.Done != len(want) {
		t.Errorf("without pruning: %+v, -want +got:\n%s", s, diff)
	}
}

// oneSeed is a Pruner that stops all but the first seed after half of the steps.
type oneSeed struct{}

func (oneSeed) Rungs() []float64 { return []float64{1. / 2} }

func (oneSeed) Worse(runs iter.Seq[runner.Candidate]) map[string]bool {
	worse := map[string]bool{}
	for r := range runs {
		worse[r.Key] = r.Params.Seed > 0 && r.Rung == 10 && len(r.Points) >= r.Rung
	}
	return worse
}

func TestThePrunerAloneDecidesWhichRunsStopAndWhen(t *testing.T) {
	m, p := newMemory(), rates(t)
	s := run(t, runner.Runner{Trainer: valley(0), Recorder: m, Workers: 3, Pruner: oneSeed{}}, p)
	for _, r := range p.Runs {
		if o, n := m.outcomes[r.Key], len(m.points[r.Key]); r.Params.Seed == 0 && o.State != sweep.StateDone || r.Params.Seed > 0 && (o.State != sweep.StatePruned || n != 10) {
			t.Errorf("%s is %s after %d steps", r.Name, o.State, n)
		}
	}
	if s.Pruned != 18 || s.Done != 18 {
		t.Errorf("%+v", s)
	}
}

func TestWhichRunsArePrunedDependsOnTheCurvesAlone(t *testing.T) {
	p := rates(t)
	whole := newMemory()
	run(t, runner.Runner{Trainer: valley(0), Recorder: whole, Pruner: runner.Halving{}}, p)
	rapid.Check(t, func(r *rapid.T) {
		m := newMemory()
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			left := rapid.IntRange(0, 400).Draw(r, "events before the end")
			runner := runner.Runner{
				Lease: time.Minute, Trainer: valley(0), Recorder: m, Workers: rapid.IntRange(1, 4).Draw(r, "workers"), Pruner: runner.Halving{},
				Progress: func(runner.Event) {
					if left--; left < 0 {
						cancel()
					}
				},
			}
			if _, err := runner.Run(ctx, p); err != nil {
				r.Fatal(err)
			}
			cancel()
		}
		if s := run(t, runner.Runner{Trainer: valley(0), Recorder: m, Pruner: runner.Halving{}}, p); s.Left > 0 {
			r.Fatalf("%+v", s)
		}
		if diff := cmp.Diff(whole.ends(p), m.ends(p)); diff != "" {
			r.Fatal(diff)
		}
	})
}

// The loss of a run that overflowed is ln(vocabulary), which may be far below that of a
// model which is worse than chance.
func TestARunThatOverflowedIsNoReasonToStopOthers(t *testing.T) {
	overflow := trainFunc(func(_ context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		for s := len(journal.Checkpoint().Points) + 1; s <= run.Params.Steps; s++ {
			p := sweep.Point{Step: s, Loss: 11, GradNorm: 1}
			if run.Params.LR == 1e-1 && s > 1 {
				p.Loss, p.GradNorm = 5.545, 0
			}
			if err := journal.Observe(p); err != nil {
				return sweep.Outcome{}, err
			}
		}
		return sweep.Outcome{State: sweep.StateDone}, nil
	})
	if s := run(t, runner.Runner{Trainer: overflow, Recorder: newMemory(), Pruner: runner.Halving{}}, rates(t)); s.Pruned > 0 || s.Done != 36 {
		t.Errorf("%+v, want none pruned", s)
	}
}

// A process that is killed just before it pauses has stored a point after its last
// checkpoint.
func TestPointsLostWithADeadProcessAreTrainedAgain(t *testing.T) {
	p := rates(t)
	want, m := newMemory(), newMemory()
	run(t, runner.Runner{Trainer: valley(0), Recorder: want, Pruner: runner.Halving{}}, p)
	for _, r := range p.Runs {
		points := want.points[r.Key][:5]
		n, _, err := m.Begin(t.Context(), r, sweep.Claim{Owner: "dead", Lease: -1})
		if err == nil {
			err = m.Observe(t.Context(), r.Key, n, points[:3], []byte("state"))
		}
		if err == nil {
			err = m.Observe(t.Context(), r.Key, n, points[3:], nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s := run(t, runner.Runner{Trainer: valley(0), Recorder: m, Workers: 3, Pruner: runner.Halving{}}, p)
	if diff := cmp.Diff(want.ends(p), m.ends(p)); diff != "" || s.Pruned != 16 || s.Left > 0 {
		t.Errorf("%+v, -want +got:\n%s", s, diff)
	}
}

// The other process does so after this one has read the states, and before it begins an
// attempt.
func TestARunThatAnotherProcessBringsToItsRungWaitsThere(t *testing.T) {
	p := rates(t)
	want, m := newMemory(), newMemory()
	run(t, runner.Runner{Trainer: valley(0), Recorder: want, Pruner: runner.Halving{}}, p)
	m.refuse = func(call string) error {
		if call == "Begin" && m.calls[call] == 1 {
			for _, r := range p.Runs {
				points := want.points[r.Key][:5]
				m.points[r.Key], m.outcomes[r.Key] = slices.Clone(points), sweep.Outcome{State: sweep.StatePending}
				m.kept[r.Key] = sweep.Checkpoint{Points: points, State: []byte("state")}
			}
		}
		return nil
	}
	s := run(t, runner.Runner{Trainer: valley(0), Recorder: m, Workers: 2, Pruner: runner.Halving{}}, p)
	if diff := cmp.Diff(want.ends(p), m.ends(p)); diff != "" || s.Pruned != 16 || s.Left > 0 {
		t.Errorf("%+v, -want +got:\n%s", s, diff)
	}
}

func TestTwoProcessesPruneTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := rates(t)
		alone, m := newMemory(), newMemory()
		run(t, runner.Runner{Trainer: valley(0), Recorder: alone, Pruner: runner.Halving{}}, p)
		one := runner.Runner{Owner: "one", Lease: time.Minute, Trainer: valley(time.Second), Recorder: m, Workers: 2, Pruner: runner.Halving{}}
		two := runner.Runner{Owner: "two", Lease: time.Minute, Trainer: valley(700 * time.Millisecond), Recorder: m, Pruner: runner.Halving{}}
		for i, s := range together(t, p, one, two) {
			if s.Left > 0 || s.Pruned != 16 {
				t.Errorf("process %d: %+v", i, s)
			}
		}
		if diff := cmp.Diff(alone.ends(p), m.ends(p)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRunsEqualToTheBitAreStoppedTogether(t *testing.T) {
	_, text, _ := strings.Cut(scaled(t, 12, 1).Spec.Source, "\n")
	deep := planned(t, strings.Replace(text, "steps = 3", "steps = 16", 1))
	m := newMemory()
	s := run(t, runner.Runner{Trainer: orbital, Recorder: m, Pruner: runner.Halving{}}, deep)
	trained, copies := 0, 0
	for _, r := range deep.Runs {
		switch o := m.outcomes[r.Key]; {
		case o.State != sweep.StatePruned:
		case o.CopyOf == "":
			trained++
		default:
			copies++
			if of := m.outcomes[o.CopyOf]; of.State != sweep.StatePruned || sweep.HashCurve(m.points[o.CopyOf]) != sweep.HashCurve(m.points[r.Key]) {
				t.Errorf("%s is a copy of a run that is %s", r.Name, of.State)
			}
		}
	}
	if trained == 0 || copies == 0 || s.Pruned != trained+copies || s.Left > 0 {
		t.Errorf("%+v, %d trained and %d copies stopped", s, trained, copies)
	}
	s = run(t, runner.Runner{Trainer: orbital, Recorder: m}, deep)
	want := newMemory()
	run(t, runner.Runner{Trainer: orbital, Recorder: want, TrainAll: true}, deep)
	if !maps.Equal(want.ends(deep), m.ends(deep)) || s.Left > 0 {
		t.Errorf("without pruning: %+v, or other curves", s)
	}
}

// orbital is valley with losses that are equal in an orbit, and lowest where lr^2*alpha is
// 1/16.
var orbital = trainFunc(func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	p := run
	p.Params.LR, p.Params.Alpha = run.Params.LR*run.Params.LR*run.Params.Alpha*0.16, 1
	return valley(0)(ctx, p, journal)
})
