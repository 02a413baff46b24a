package forecast_test

import (
	"math"
	"testing"

	"sweep/cmd/sweep/forecast"
	"sweep/sweep"
	"sweep/sweep/runner"
)

// theirs is a command of that name.
func theirs(name string) *sweep.Command {
	return &sweep.Command{Run: []string{name, "--lr", "{lr}"}, Stated: []string{"lr", "steps"}}
}

func TestRunsOfACommandAreTimedByThoseThatEndedAndNeverTried(t *testing.T) {
	p, trained := plan(t), 0
	p.Runs[1].Params.Command, p.Runs[2].Params.Command = theirs("a"), theirs("b")
	ended := p.Runs[1]
	ended.Key, ended.Params.Steps = "another", 4
	past := forecast.Past{
		Known: []sweep.Result{
			{Run: ended, Outcome: sweep.Outcome{State: sweep.StateDone, Steps: 4, Seconds: 6}},
			{Run: ended, Outcome: sweep.Outcome{State: sweep.StateDone, Steps: 4, Seconds: 6}}, // the same run, in another sweep
		},
	}
	f, err := forecast.Of(t.Context(), p, past, stub{&trained}, forecast.Options{Workers: 2, Speed: 40})
	if err != nil {
		t.Fatal(err)
	}
	if got := [2]float64{f.Seconds(&p.Runs[0]), f.Seconds(&p.Runs[1])}; got != [2]float64{2, 12} || f.Timed != 1 {
		t.Errorf("the run of the built-in trainer and that of the timed command take %v s, by %d runs; want 2 s and 12 s, by one", got, f.Timed)
	}
	runs := f.ToTrain(false)
	untimed := f.Untimed(runs)
	if len(untimed) != 1 || untimed[0].Key != p.Runs[2].Key || !math.IsNaN(f.Makespan(runs)) {
		t.Errorf("untimed are %v, all take %g s; want the run of the other command, and no time", untimed, f.Makespan(runs))
	}
	if trained != 0 {
		t.Errorf("%d runs were tried", trained)
	}
}

func TestAGridOfCommandsTriesNothingAndTakesNoModelsMemory(t *testing.T) {
	p, trained := plan(t), 0
	for i := range p.Runs {
		p.Runs[i].Params.Command = theirs("a")
	}
	f, err := forecast.Of(t.Context(), p, forecast.Past{}, stub{&trained}, forecast.Options{Workers: 1, Memory: 1})
	if err != nil || trained != 0 || f.Tried || f.Count(runner.StatusNew) != 3 {
		t.Errorf("%v: %d runs were tried, %d are new", err, trained, f.Count(runner.StatusNew))
	}
	past := forecast.Past{Known: []sweep.Result{{Run: p.Runs[0], Outcome: sweep.Outcome{State: sweep.StateDone, Steps: 8, Seconds: 4}}}}
	p.Runs[2].Params.Command = nil
	if f, err = forecast.Of(t.Context(), p, past, stub{&trained}, forecast.Options{Workers: 1}); err != nil || !f.Tried || trained != 1 {
		t.Errorf("%v: %d runs were tried, though a command's run tells nothing of the built-in trainer", err, trained)
	}
}
