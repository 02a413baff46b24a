package forecast_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"sweep/cmd/sweep/forecast"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// stub trains nothing, takes 10 operations a step and 100 bytes a run, beside
// 1,000 bytes for the model.
type stub struct{ trained *int }

func (s stub) Train(_ context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	*s.trained++
	return sweep.Outcome{State: sweep.StateDiverged}, journal.Observe(sweep.Point{Step: 0, Loss: math.NaN()})
}

func (stub) Expect(int) func() { return func() {} }

func (stub) Inspect(sweep.Params) (sweep.Inputs, error) { return sweep.Inputs{Model: "m"}, nil }

func (stub) Adapter(string) (sweep.AdapterSettings, error) { return sweep.AdapterSettings{}, nil }

func (stub) Estimate(p sweep.Params) (sweep.Estimate, error) {
	return sweep.Estimate{Work: 10 * float64(p.Steps), Memory: 100, Shared: 1000}, nil
}

func plan(t *testing.T) *grid.Plan {
	t.Helper()
	spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[fixed]\nsteps = 8\n[grid]\nlr = [0.1, 0.2, 0.3]\n"), "x.toml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := grid.NewPlan(spec, stub{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestKnownRunsTellTheSpeedOfTheRest(t *testing.T) {
	p, trained := plan(t), 0
	done := sweep.Result{Run: p.Runs[0], Outcome: sweep.Outcome{State: sweep.StateDone, Seconds: 4, Loss: 1}}
	past := forecast.Past{
		States: map[string]sweep.State{p.Runs[0].Key: sweep.StateDone},
		Before: []sweep.Result{done}, Known: []sweep.Result{done},
		Others: []forecast.Sweep{{Name: "y", Keys: []string{p.Runs[0].Key, "another"}}},
	}
	f, err := forecast.Of(t.Context(), p, past, stub{&trained}, forecast.Options{Workers: 2, Memory: 1150})
	if err != nil {
		t.Fatal(err)
	}
	if f.Count(runner.StatusDone) != 1 || f.Count(runner.StatusNew) != 2 || !slices.Equal(f.SharedWith(), []string{"y"}) {
		t.Errorf("%+v", f)
	}
	if trained != 0 || f.Tried || f.Speed != 20 || f.AtOnce() != 1 {
		t.Errorf("trained %d runs, speed %g, %d at once; want 0, 20 and 1", trained, f.Speed, f.AtOnce())
	}
	if got := f.Makespan(f.ToTrain(false)); got != 8 {
		t.Errorf("%g s for two runs of 4 s, one after the other", got)
	}
}

func TestWithoutAPastARunIsTried(t *testing.T) {
	trained := 0
	f, err := forecast.Of(t.Context(), plan(t), forecast.Past{}, stub{&trained}, forecast.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if trained != 1 || !f.Tried || !math.IsNaN(f.Makespan(f.ToTrain(false))) {
		t.Errorf("trained %d runs; %+v", trained, f)
	}
}

func TestModelsThatDoNotFitAreAnErrorWithTheFigures(t *testing.T) {
	_, err := forecast.Of(t.Context(), plan(t), forecast.Past{}, stub{new(int)}, forecast.Options{Workers: 1, Memory: 1000})
	if e, ok := errors.AsType[*forecast.ModelsError](err); !ok || e.Take != 1000 || e.Limit != 1000 {
		t.Errorf("got %v", err)
	}
}
