package analysis_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// fallingCurves are 1/step + seed, evaluated at every tenth step; runs that
// diverged end in an infinite loss at step 20.
func fallingCurves(results []sweep.Result) map[string][]sweep.Point {
	curves := map[string][]sweep.Point{}
	for _, r := range results {
		points := []sweep.Point{{Step: 0, Loss: math.NaN(), EvalLoss: 6, Evaluated: true}}
		for step := 1; step <= 40; step++ {
			p := sweep.Point{Step: step, Loss: 1/float64(step) + float64(r.Params.Seed)}
			if step%10 == 0 {
				p.EvalLoss, p.Evaluated = p.Loss, true
			}
			if r.State == sweep.StateDiverged && step == 20 {
				p.Loss = math.Inf(1)
			}
			points = append(points, p)
		}
		curves[r.Key] = points
	}
	return curves
}

func TestCurvesAverageOverSeedsOnly(t *testing.T) {
	results := usual().results()
	h, err := analysis.Trace(results, fallingCurves(results), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Panels) != 7 || len(h.Panels[0].Lines) != 4 {
		t.Fatalf("%d panels of %d lines for 7 lr and 4 alpha", len(h.Panels), len(h.Panels[0].Lines))
	}
	line := h.Panels[0].Lines[0]
	if len(line.Train) != 40 || len(line.Eval) != 5 {
		t.Fatalf("%d training and %d evaluation losses", len(line.Train), len(line.Eval))
	}
	near(t, "mean at step 2", line.Train[1].Loss, 1.5, 1e-12)
	near(t, "loss before training", line.Eval[0].Loss, 6, 0)
}

func TestDivergedCurvesStandAlone(t *testing.T) {
	results := alter(usual().results(), func(p sweep.Params) bool { return p.Seed == 2 }, diverge)
	h, err := analysis.Trace(results, fallingCurves(results), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	line := h.Panels[0].Lines[0]
	near(t, "mean of the other seeds at step 1", line.Train[0].Loss, 1.5, 1e-12)
	if len(line.Diverged) != 1 || len(line.Diverged[0]) != 19 {
		t.Errorf("diverged curves %v, want one up to step 19", line.Diverged)
	}
}

func TestTraceNeedsACurve(t *testing.T) {
	_, err := analysis.Trace(usual().results(), nil, "alpha")
	if err == nil || !strings.Contains(err.Error(), "none of them has a loss curve") {
		t.Errorf("error %v", err)
	}
}

func TestSmoothingKeepsAStraightLine(t *testing.T) {
	var samples []analysis.Sample
	for i := range 50 {
		samples = append(samples, analysis.Sample{Step: i, Loss: 3 - 0.02*float64(i)})
	}
	for _, reach := range []int{0, 1, 7, 100} {
		for i, s := range analysis.Smooth(samples, reach) {
			near(t, "smoothed line", s.Loss, samples[i].Loss, 1e-12)
		}
	}
}

func TestSmoothingAverages(t *testing.T) {
	spike := []analysis.Sample{{Step: 1}, {Step: 2}, {Step: 3, Loss: 3}, {Step: 4}, {Step: 5}}
	for i, want := range []float64{0, 1, 1, 1, 0} {
		near(t, "smoothed spike", analysis.Smooth(spike, 1)[i].Loss, want, 0)
	}
}

func TestCurvesOfRunsThatHaveNotEndedStandAlone(t *testing.T) {
	for _, state := range []sweep.State{sweep.StateRunning, sweep.StatePending, sweep.StatePruned, sweep.StateFailed} {
		stop := func(r *sweep.Result) { r.State = state }
		results := alter(usual().results(), func(p sweep.Params) bool { return p.Seed == 2 }, stop)
		curves := fallingCurves(results)
		for _, r := range results {
			if r.State == state {
				curves[r.Key] = curves[r.Key][:8] // steps 0 to 7
			}
		}
		h, err := analysis.Trace(results, curves, "alpha")
		if err != nil {
			t.Fatal(err)
		}
		line := h.Panels[0].Lines[0]
		near(t, "mean of the seeds that ended at step 1", line.Train[0].Loss, 1.5, 1e-12)
		if len(line.Partial) != 1 || len(line.Partial[0]) != 7 || len(line.Train) != 40 {
			t.Errorf("%s: partial curves %v, want one of 7 steps beside the mean of 40", state, line.Partial)
		}
	}
}

func TestASweepInTrainingHasCurvesBeforeAnyRunHasEnded(t *testing.T) {
	results := alter(usual().results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) { r.State = sweep.StateRunning })
	h, err := analysis.Trace(results, fallingCurves(results), "alpha")
	if err != nil || len(h.Panels[0].Lines[0].Partial) != 3 {
		t.Errorf("%+v, error %v", h.Panels, err)
	}
	if _, err := analysis.Trace(results, nil, "alpha"); !errors.Is(err, analysis.ErrNothingFinished) {
		t.Errorf("without a step: error %v", err)
	}
}
