package runner_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/runner"
)

func TestAReviewReportsTheStatusOfEveryRun(t *testing.T) {
	p := smallPlan(t, 6, 1)
	states := map[string]sweep.State{
		p.Runs[0].Key: sweep.StateDone, p.Runs[1].Key: sweep.StateFailed, p.Runs[2].Key: sweep.StatePending, p.Runs[3].Key: sweep.StateRunning,
	}
	edited, gone := sweep.Result{Run: p.Runs[4]}, sweep.Result{Run: p.Runs[5]}
	edited.Key, edited.Inputs.Data, edited.Inputs.Numerics, edited.State = "edited", "other rows", 99, sweep.StateDone
	gone.Key, gone.Params.Seed, gone.State = "gone", 77, sweep.StateDiverged
	begun := gone
	begun.Key, begun.State = "begun", sweep.StatePending
	review := runner.NewReview(p, states, nil, []sweep.Result{edited, gone, begun, {Run: p.Runs[0], Outcome: sweep.Outcome{State: sweep.StateDone}}})
	var got []runner.PlanStatus
	for _, r := range review.Runs {
		got = append(got, r.Status)
		if r.Train != (r.Status != runner.StatusDone) || r.Copy {
			t.Errorf("%s is %s: train %t, copy %t", r.Name, r.Status, r.Train, r.Copy)
		}
	}
	want := []runner.PlanStatus{runner.StatusDone, runner.StatusFailed, runner.StatusInterrupted, runner.StatusRunning, runner.StatusStale, runner.StatusNew}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if changed := review.Runs[4].Changed; !slices.Equal(changed, []string{"data", "arithmetic"}) {
		t.Errorf("changed %q", changed)
	}
	if len(review.Orphaned) != 1 || review.Orphaned[0].Key != "gone" {
		t.Errorf("orphaned %+v", review.Orphaned)
	}
	review.Refuse(func(sweep.Run) bool { return true })
	if review.Count(runner.StatusRefused) != 1 || review.Runs[1].Train || review.Count(runner.StatusFailed) != 0 {
		t.Errorf("what would be refused is %+v", review.Runs[1])
	}
	if n := len(review.ToTrain(false)); n != 4 || review.Count(runner.StatusNew) != 1 {
		t.Errorf("%d to train", n)
	}
}

func TestAReviewPredictsWhatARunnerDoes(t *testing.T) {
	p := planned(t, `
[fixed]
steps = 2
[derive]
init_std = "1/sqrt(alpha)"
eps = "1e-8*sqrt(alpha)"
lr = "1e-3/sqrt(alpha)"
[grid]
alpha = { pow2 = [1, 256] }
seed  = [0, 1]`)
	m := newMemory()
	review := runner.NewReview(p, nil, nil, nil)
	s := run(t, runner.Runner{Trainer: curve(0), Recorder: m}, p)
	if trained := s.Done + s.Proved; len(review.ToTrain(false)) != trained || len(review.ToTrain(true)) != trained+s.Copied || s.Copied == 0 {
		t.Errorf("%d to train of %d, but %+v", len(review.ToTrain(false)), len(review.ToTrain(true)), s)
	}
}

func TestMakespanIsThatOfStartingTheLongestFirst(t *testing.T) {
	for _, c := range []struct {
		lengths []float64
		workers int
		want    float64
	}{
		{nil, 2, 0},
		{[]float64{3, 1, 2}, 1, 6},
		{[]float64{1, 5, 1, 1}, 2, 5},
		{[]float64{2, 2, 2}, 2, 4},
		{[]float64{1, 2}, 9, 2},
	} {
		if got := runner.Makespan(c.lengths, c.workers); got != c.want {
			t.Errorf("%v on %d workers takes %v, want %v", c.lengths, c.workers, got, c.want)
		}
	}
}
