package runner_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// scaled returns a plan of n alphas, each 4 times the one before, by n rates, each twice
// the one before, with all other settings scaled as well: only 2n-1 of the n*n cells are
// distinct.
func scaled(t *testing.T, n, seeds int) *grid.Plan {
	t.Helper()
	return planned(t, fmt.Sprintf(`
[fixed]
steps = 3
[grid]
alpha = [%s]
lr    = { pow2 = [%g, 1] }
seed  = { range = [0, %d.5], step = 1 }
[derive]
init_std     = "0.05*4/sqrt(alpha)"
eps          = "1e-8*sqrt(alpha)/4"
weight_decay = "0.01*sqrt(alpha)/4"
clip         = "sqrt(alpha)/4"`, powersOfFour(n), math.Ldexp(1, 1-n), seeds-1))
}

func powersOfFour(n int) string {
	var values []string
	for i := range n {
		values = append(values, fmt.Sprint(math.Ldexp(1, 2*i)))
	}
	return strings.Join(values, ", ")
}

// symmetric stands in for training: losses depend on the orbit alone, and gradient norms
// scale with A and B.
func symmetric(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	o := run.Orbit()
	var points []sweep.Point
	for step := 1; step <= run.Params.Steps; step++ {
		if err := ctx.Err(); err != nil {
			return sweep.Outcome{}, err
		}
		loss := float64(o.ID[0]) + float64(o.ID[1])/256 + 1/float64(step)
		points = append(points, sweep.Point{Step: step, Loss: loss, GradNorm: math.Ldexp(loss, -o.A)})
		if err := journal.Observe(points[step-1]); err != nil {
			return sweep.Outcome{}, err
		}
	}
	return sweep.Outcome{State: sweep.StateDone, Steps: len(points), CurveHash: sweep.HashCurve(points), RowLosses: []sweep.RowLoss{{Nats: points[0].Loss, Tokens: 1}}, Adapter: []byte{byte(o.A), byte(o.B)}}, nil
}

// rescaleBytes rescales the adapters of symmetric.
func rescaleBytes(adapter []byte, a, b int) ([]byte, error) {
	return []byte{adapter[0] + byte(a), adapter[1] + byte(b)}, nil
}

func TestOneRunOfEachOrbitIsTrainedAndTheRestAreItsCopies(t *testing.T) {
	p := scaled(t, 8, 2)
	want, m := newMemory(), newMemory()
	run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: want, TrainAll: true}, p)
	got := run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: m, Workers: 3, Rescale: rescaleBytes}, p)
	if got.Total != 128 || got.Done != 2*15 || got.Proved != 5 || got.Copied != 93 || got.Left != 0 {
		t.Errorf("%+v, want 30 of 128 runs trained, 5 more for proof and 93 copied", got)
	}
	for _, r := range p.Runs {
		trained, o := want.outcomes[r.Key], m.outcomes[r.Key]
		if diff := cmp.Diff(want.points[r.Key], m.points[r.Key]); diff != "" || o.CurveHash != trained.CurveHash {
			t.Errorf("%s: hash %s, want %s, curve -want +got:\n%s", r.Name, o.CurveHash, trained.CurveHash, diff)
		}
		if !slices.Equal(o.Adapter, trained.Adapter) || !slices.Equal(o.RowLosses, trained.RowLosses) || o.State != trained.State || o.Loss != trained.Loss || o.Steps != trained.Steps {
			t.Errorf("%s: %+v, want %+v", r.Name, o, trained)
		}
		if of := o.CopyOf; of != "" && (m.outcomes[of].CopyOf != "" || m.outcomes[of].State != sweep.StateDone) {
			t.Errorf("%s is a copy of a run that was not trained", r.Name)
		}
	}
}

func TestRunsThatDifferInOneFactorAreCopiedWithoutGradientNorms(t *testing.T) {
	p := planned(t, "[fixed]\nsteps = 2\n[grid]\nalpha = [16, 32, 64]\n[derive]\nlr_b = '1e-3*16/alpha'\neps_b = '1e-8*alpha/16'")
	m := newMemory()
	got := run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: m}, p)
	if got.Done != 1 || got.Proved != 1 || got.Copied != 1 {
		t.Fatalf("%+v, want one run trained, one for proof and one copied", got)
	}
	for _, r := range p.Runs {
		o, points := m.outcomes[r.Key], m.points[r.Key]
		if math.IsNaN(points[0].GradNorm) != (o.CopyOf != "") || points[0].Loss != m.points[p.Runs[0].Key][0].Loss {
			t.Errorf("%s, a copy of %q, has the points %+v", r.Name, o.CopyOf, points)
		}
		if o.CurveHash != sweep.HashCurve(points) || o.CopyOf != "" && o.Adapter != nil {
			t.Errorf("%s: %+v", r.Name, o)
		}
	}
}

func TestNoCopiesAreRecordedWhereAProofFails(t *testing.T) {
	p := scaled(t, 8, 1)
	broken := trainFunc(func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		return symmetric(ctx, run, sweep.Observer(func(point sweep.Point) error {
			if point.Step == 2 {
				point.Loss = run.Params.Alpha
			}
			return journal.Observe(point)
		}))
	})
	m := newMemory()
	for range 2 { // the proofs are compared again in the second run
		got := run(t, runner.Runner{Trainer: broken, Recorder: m}, p)
		if len(got.Mismatches) != 3 || got.Left == 0 {
			t.Fatalf("%+v, want each of the three proofs to fail", got)
		}
		for _, mismatch := range got.Mismatches {
			if mismatch.Contrast.Step != 2 || mismatch.Contrast.Parts != "loss" {
				t.Errorf("%v, want the loss at step 2", mismatch)
			}
			for _, r := range p.Runs {
				if r.Orbit().ID == mismatch.Proof.Orbit().ID && m.outcomes[r.Key].CopyOf != "" {
					t.Errorf("%s of a broken orbit was copied", r.Name)
				}
			}
		}
	}
	got := run(t, runner.Runner{Trainer: broken, Recorder: m, TrainAll: true}, p)
	if got.Left > 0 || len(got.Mismatches) > 0 {
		t.Errorf("%+v, want all trained", got)
	}
}

func TestRunsThatOverflowAreTrained(t *testing.T) {
	p := scaled(t, 4, 1)
	overflow := trainFunc(func(_ context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		return sweep.Outcome{State: sweep.StateDiverged}, journal.Observe(sweep.Point{Step: 1, Loss: 7, GradNorm: math.Inf(1)})
	})
	got := run(t, runner.Runner{Trainer: overflow, Recorder: newMemory()}, p)
	if got.Diverged != 16 {
		t.Errorf("%+v, want all 16 trained", got)
	}
	vanishing := trainFunc(func(_ context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		return sweep.Outcome{State: sweep.StateDiverged}, errors.Join(
			journal.Observe(sweep.Point{Step: 1, Loss: 7, GradNorm: 1}), journal.Observe(sweep.Point{Step: 2, Loss: 5.5}))
	})
	got = run(t, runner.Runner{Trainer: vanishing, Recorder: newMemory()}, p)
	if got.Diverged != 16 {
		t.Errorf("%+v, want all 16 trained whose gradient vanished", got)
	}
	steady := trainFunc(func(_ context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		return sweep.Outcome{State: sweep.StateDiverged}, journal.Observe(sweep.Point{Step: 1, Loss: 7})
	})
	m := newMemory()
	got = run(t, runner.Runner{Trainer: steady, Recorder: m}, p)
	if got.Diverged != 7 || got.Copied != 8 || got.Proved != 1 {
		t.Errorf("%+v, want diverged runs copied", got)
	}
	for key, o := range m.outcomes {
		if o.State != sweep.StateDiverged {
			t.Errorf("%s is %s, a copy of a diverged run", key, o.State)
		}
	}
}

func TestAFailedRunIsReplacedAsOriginal(t *testing.T) {
	p := scaled(t, 4, 1)
	failed := ""
	flaky := trainFunc(func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		if failed == "" {
			failed = run.Key
			return sweep.Outcome{}, errors.New("cosmic ray")
		}
		return symmetric(ctx, run, journal)
	})
	m := newMemory()
	got := run(t, runner.Runner{Trainer: flaky, Recorder: m}, p)
	if got.Failed != 1 || got.Left > 0 {
		t.Errorf("%+v, want one failed and all others settled", got)
	}
	got = run(t, runner.Runner{Trainer: flaky, Recorder: m}, p)
	if got.Total != got.Skipped+1 || got.Copied+got.Done+got.Proved != 1 || got.Copies == 0 {
		t.Errorf("%+v, want the failed one settled", got)
	}
}

func TestASweepWithCopiesEndsTheSameHoweverItIsInterrupted(t *testing.T) {
	p := scaled(t, 5, 2)
	end := func(m *memory) map[string]string {
		ends := map[string]string{}
		for _, r := range p.Runs {
			ends[r.Key] = m.outcomes[r.Key].CopyOf + " " + sweep.HashCurve(m.points[r.Key])
		}
		return ends
	}
	whole := newMemory()
	run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: whole}, p)
	rapid.Check(t, func(r *rapid.T) {
		m := newMemory()
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			left := rapid.IntRange(0, 40).Draw(r, "events before the end")
			runner := runner.Runner{Lease: time.Minute, Trainer: trainFunc(symmetric), Recorder: m, Workers: 2, Progress: func(runner.Event) {
				if left--; left < 0 {
					cancel()
				}
			}}
			if _, err := runner.Run(ctx, p); err != nil {
				r.Fatal(err)
			}
			cancel()
		}
		if got := run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: m, Workers: 2}, p); got.Left > 0 {
			r.Fatalf("%+v", got)
		}
		if !maps.Equal(end(m), end(whole)) {
			r.Fatal("what is stored depends on the interruptions")
		}
	})
}

func TestTrainedRunsStayAndServeAsOriginals(t *testing.T) {
	p := scaled(t, 3, 1)
	m := newMemory()
	last := *p
	last.Runs = p.Runs[len(p.Runs)-3:] // alpha 16, of which one is alone in its orbit
	run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: m, TrainAll: true}, &last)
	got := run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: m}, p)
	if got.Skipped != 3 || got.Done != 2 || got.Copied+got.Proved != 4 {
		t.Errorf("%+v, want the three kept and two orbits trained anew", got)
	}
	got = run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: m, TrainAll: true}, p)
	if got.Done == 0 || got.Skipped+got.Done != 9 {
		t.Errorf("%+v, want the copies trained", got)
	}
	for key, o := range m.outcomes {
		if o.CopyOf != "" {
			t.Errorf("%s is still a copy", key)
		}
	}
}

func TestRunsThatWaitToBeCopiedAreReported(t *testing.T) {
	p := scaled(t, 3, 1)
	lives := map[runner.EventKind]int{}
	waiting := map[string]bool{}
	run(t, runner.Runner{Trainer: trainFunc(symmetric), Recorder: newMemory(), Progress: func(e runner.Event) {
		lives[e.Kind]++
		switch e.Kind {
		case runner.EventWaiting:
			waiting[e.Run.Key] = true
		case runner.EventCopied:
			if !waiting[e.Run.Key] || e.Outcome.CopyOf == "" {
				t.Errorf("%s was copied without waiting, as a copy of %q", e.Run.Name, e.Outcome.CopyOf)
			}
		}
	}}, p)
	if lives[runner.EventWaiting] != 3 || lives[runner.EventCopied] != 3 || lives[runner.EventEnded] != 6 {
		t.Errorf("%v, want three runs waiting and copied, and six trained", lives)
	}
}
