package analysis_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// table is 3 alphas by 4 lr by 2 seeds of losses.
func table() (grid, [3][4][2]float64) {
	losses := [3][4][2]float64{
		{{.50, .54}, {.31, .29}, {.22, .25}, {.90, .80}},
		{{.40, .45}, {.20, .21}, {.30, .28}, {1.9, 2.1}},
		{{.33, .30}, {.24, .26}, {.70, .66}, {2.5, 2.2}},
	}
	g := grid{alphas: []float64{1, 4, 16}, lrs: []float64{1e-4, 1e-3, 1e-2, 1e-1}, ranks: []int{8}, seeds: 2}
	g.loss = func(p sweep.Params) float64 {
		return losses[slices.Index(g.alphas, p.Alpha)][slices.Index(g.lrs, p.LR)][p.Seed]
	}
	return g, losses
}

// The shares are those of least squares with and without each term, computed
// with numpy.linalg.lstsq.
func TestDecompositionAgreesWithLeastSquares(t *testing.T) {
	g, _ := table()
	d, err := compare(t, g.results(), "alpha").Slices[0].Decompose()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "alpha's share", d.Rows, 0.03417644527385309, 1e-12)
	near(t, "lr's share", d.Columns, 0.8017138322068551, 1e-12)
	near(t, "the interaction's share", d.Interaction, 0.16047615019478886, 1e-12)
	near(t, "the seeds' share", d.Seed, 0.0036335723245029534, 1e-12)
	near(t, "the sum", d.Rows+d.Columns+d.Interaction+d.Seed, 1, 1e-12)
}

func TestDivergedRunsCountAtTheLossBeforeTraining(t *testing.T) {
	start := func(loss float64) []sweep.Result {
		g, _ := table()
		return alter(g.results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) { r.FirstLoss = loss })
	}
	some := alter(start(2), func(p sweep.Params) bool { return p.LR == 1e-1 && p.Alpha > 1 }, diverge)
	same := alter(start(2), func(p sweep.Params) bool { return p.LR == 1e-1 && p.Alpha > 1 },
		func(r *sweep.Result) { r.Loss, r.EvalLoss = 2, 2 })
	d, err := compare(t, some, "alpha").Slices[0].Decompose()
	if err != nil || d.Grid.Capped != 4 {
		t.Fatalf("%d runs capped, %v", d.Grid.Capped, err)
	}
	want, err := compare(t, same, "alpha").Slices[0].Decompose()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "alpha's share", d.Rows, want.Rows, 1e-12)
	near(t, "the interaction's share", d.Interaction, want.Interaction, 1e-12)
}

func TestDecompositionTakesTheBalancedPart(t *testing.T) {
	g, _ := table()
	holes := alter(g.results(), func(p sweep.Params) bool { return p.LR == 1e-2 && p.Alpha == 4 && p.Seed == 1 },
		func(r *sweep.Result) { r.State = sweep.StatePending })
	d, err := compare(t, holes, "alpha").Slices[0].Decompose()
	if err != nil || len(d.Grid.Seeds) != 1 || d.Seed != 0 {
		t.Errorf("seeds %v, share %v, %v", d.Grid.Seeds, d.Seed, err)
	}
	none := alter(holes, func(p sweep.Params) bool { return p.LR == 1e-3 && p.Seed == 0 },
		func(r *sweep.Result) { r.State = sweep.StateFailed })
	if _, err := compare(t, none, "alpha").Slices[0].Decompose(); err == nil || !strings.Contains(err.Error(), "train what is missing") {
		t.Errorf("error %v", err)
	}
}

func TestTunedRatesLeaveNothingOfAlpha(t *testing.T) {
	tuning, err := compare(t, noisy(4, 1).results(), "alpha").Slices[0].Tuning()
	if err != nil {
		t.Fatal(err)
	}
	if tuning.Left.High > 0.15 || tuning.AtShared.Value < 0.01 {
		t.Errorf("%v of the variance %v is left", tuning.Left, tuning.AtShared)
	}
	if !slices.ContainsFunc(tuning.Rankings, func(r analysis.Ranking) bool { return r.Best.Number == 1 }) ||
		!slices.ContainsFunc(tuning.Rankings, func(r analysis.Ranking) bool { return r.Best.Number == 64 }) {
		t.Error("one lr should favour the smallest alpha and another the largest")
	}
}

func TestWhatTuningCannotRemoveStays(t *testing.T) {
	g := usual()
	g.loss = func(p sweep.Params) float64 { return valley(0.003, p.LR) * p.Alpha }
	tuning, err := compare(t, g.results(), "alpha").Slices[0].Tuning()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "what is left", tuning.Left.Value, 1, 1e-6)
	for _, r := range tuning.Rankings {
		near(t, "agreement", r.Agreement, 1, 1e-12)
	}
}

// scipy.stats.kendalltau gives the agreements.
func TestAgreementIsKendallsTauB(t *testing.T) {
	g := grid{alphas: []float64{1, 2, 3, 4, 5}, lrs: []float64{1, 2}, ranks: []int{8}, seeds: 1}
	// At lr 2 the losses are lower, so they are the tuned ones.
	first, second := []float64{11, 12, 13, 14, 15}, []float64{3, 1, 2, 5, 4}
	g.loss = func(p sweep.Params) float64 {
		i := slices.Index(g.alphas, p.Alpha)
		if p.LR == 1 {
			return first[i]
		}
		return second[i]
	}
	tuning, err := compare(t, g.results(), "alpha").Slices[0].Tuning()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "tau", tuning.Rankings[0].Agreement, 0.4, 1e-12)
	first = []float64{11, 11, 11, 11, 11}
	tuning, err = compare(t, g.results(), "alpha").Slices[0].Tuning()
	if err != nil || !math.IsNaN(tuning.Rankings[0].Agreement) {
		t.Errorf("a list of ties agrees to %v, %v", tuning.Rankings[0].Agreement, err)
	}
}
