package analysis_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

func TestAContrastNamesAllThatDiffers(t *testing.T) {
	first := sweep.Result{Run: sweep.Run{Params: sweep.Defaults()}, Outcome: sweep.Outcome{State: sweep.StateDone, Loss: 1, EvalLoss: math.NaN()}}
	second := first
	second.Params.LR = 0.5
	second.Params.Inherit()
	second.Inputs.Data = "beef"
	second.Provenance.Dirty = true
	second.Loss = 2
	got := analysis.ContrastOf(first, second, [2][]sweep.Point{})
	want := analysis.Contrast{
		Params:     []analysis.Disagreement{{Name: "lr", First: 1e-3, Second: 0.5}},
		Inputs:     []analysis.Disagreement{{Name: "data", First: "", Second: "beef"}},
		Provenance: []analysis.Disagreement{{Name: "dirty", First: false, Second: true}},
		Outcome:    []analysis.Disagreement{{Name: "loss", First: 1.0, Second: 2.0}},
		Curves:     sweep.CurveContrast{Equal: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCurvesPartAtTheFirstBitThatDiffers(t *testing.T) {
	nan := math.NaN()
	curve := []sweep.Point{
		{Step: 0, Loss: nan, GradNorm: nan, EvalLoss: 3, Evaluated: true},
		{Step: 1, Loss: 2, GradNorm: 1, EvalLoss: nan},
		{Step: 2, Loss: 1, GradNorm: 1, EvalLoss: nan},
	}
	change := func(at int, to func(*sweep.Point)) []sweep.Point {
		changed := append([]sweep.Point(nil), curve...)
		to(&changed[at])
		return changed
	}
	for name, c := range map[string]struct {
		other []sweep.Point
		want  sweep.CurveContrast
	}{
		"nowhere": {curve, sweep.CurveContrast{Shared: 3, Equal: true}},
		"in the last bit of a loss": {
			change(2, func(p *sweep.Point) { p.Loss = math.Nextafter(1, 2) }),
			sweep.CurveContrast{Shared: 2, Step: 2, Parts: "loss", Values: [2]float64{1, math.Nextafter(1, 2)}},
		},
		"in a gradient norm": {
			change(1, func(p *sweep.Point) { p.GradNorm = 7 }),
			sweep.CurveContrast{Shared: 1, Step: 1, Parts: "grad_norm", Values: [2]float64{1, 7}},
		},
		"in an evaluation": {
			change(0, func(p *sweep.Point) { p.EvalLoss = 4 }),
			sweep.CurveContrast{Parts: "eval_loss", Values: [2]float64{3, 4}},
		},
		"where one ends": {curve[:2], sweep.CurveContrast{Shared: 2, Step: 2, Parts: "end"}},
		"at once":        {nil, sweep.CurveContrast{Parts: "end"}},
	} {
		got := analysis.ContrastOf(sweep.Result{}, sweep.Result{}, [2][]sweep.Point{curve, c.other}).Curves
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestBestIsTheLowestLossOfWhatIsDone(t *testing.T) {
	best, quantity, err := analysis.Best(oneTwoThree(), 2)
	if err != nil || quantity != analysis.EvalLoss || len(best) != 2 || best[0].EvalLoss != 1 || best[1].EvalLoss != 2 {
		t.Errorf("got %+v by %s, %v", best, quantity, err)
	}
	if _, _, err := analysis.Best(nil, 2); err == nil {
		t.Error("the best of nothing is no error")
	}
}
