package analysis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

func TestBestRatesOnTheEdgeOfWhatWasTriedAreCounted(t *testing.T) {
	narrow := usual() // the best lr is 0.02, 0.01, 0.005 and 0.0025
	narrow.lrs = []float64{2.5e-3, 5e-3, 1e-2}
	want := analysis.Edges{Low: 1, High: 2, Of: 4, Add: analysis.Addition{Axis: "lr", Values: []string{"0.02", "0.04", "1.3e-3", "6.3e-4"}}}
	if diff := cmp.Diff(want, analysis.LREdges(narrow.results(), "alpha")); diff != "" {
		t.Error(diff)
	}
	if got := analysis.LREdges(usual().results(), "alpha"); got.Low+got.High > 0 || got.Of != 4 {
		t.Errorf("a wide grid has %+v", got)
	}
}

func TestAnEdgeThatThePlanExtendsIsNone(t *testing.T) {
	results := alter(usual().results(), func(p sweep.Params) bool { return p.LR < 2e-3 || p.LR > 2e-2 },
		func(r *sweep.Result) { r.State = sweep.StatePending })
	if got := analysis.LREdges(results, "alpha"); got.Low+got.High > 0 {
		t.Errorf("runs beside the best are planned, and yet there is %+v", got)
	}
}

func TestThereAreNoEdgesWithoutRatesOrRuns(t *testing.T) {
	one := usual()
	one.lrs = one.lrs[:1]
	for _, results := range [][]sweep.Result{nil, one.results()} {
		if got := analysis.LREdges(results, "alpha"); got.Of > 0 {
			t.Errorf("%+v", got)
		}
	}
}
