package analysis_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// timed is the results of a grid, each of which took 2 seconds and 40 steps.
func timed(g grid) []sweep.Result {
	return alter(g.results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) {
		r.Params.Steps, r.Steps, r.Seconds = 40, 40, 2
	})
}

func propose(t *testing.T, results []sweep.Result) []analysis.Proposal {
	t.Helper()
	answers, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	all, err := analysis.Propose(results, answers, analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnEdgeIsProposedFirstAndNothingForWhatIsKnown(t *testing.T) {
	g := usual()
	g.alphas = []float64{1, 16, 1e6} // the last has its best below the grid
	all := propose(t, timed(g))
	if len(all) == 0 {
		t.Fatal("nothing is proposed for a best lr on the edge")
	}
	p := all[0]
	if p.Like.Alpha != 1e6 || !slices.Equal(p.LR, []float64{3.2e-5, 1e-5}) || !slices.Equal(p.Seeds, []int{0, 1, 2}) || p.Seconds != 12 {
		t.Errorf("first is %+v; want two lr below 1e-4, at 3 seeds of 2 s each", p)
	}
	if !strings.Contains(p.Detail, "lowest tried") {
		t.Errorf("why: %s", p.Detail)
	}
}

func TestABestLROfOneSeedIsProposedMoreSeeds(t *testing.T) {
	g := usual()
	g.alphas, g.seeds = []float64{4}, 1 // lowest at 0.01
	all := propose(t, timed(g))
	if len(all) != 2 || !slices.Equal(all[1].Seeds, []int{1, 2}) || !slices.Equal(all[1].LR, []float64{3e-3, 1e-2, 3e-2}) || !math.IsInf(all[1].Gain, 1) {
		t.Fatalf("%+v; want seeds 1 and 2 at the best lr and its neighbours", all)
	}
	if finer := all[0]; !slices.Equal(finer.LR, []float64{5.5e-3, 0.017}) || !slices.Equal(finer.Seeds, []int{0}) || finer.Kind != analysis.Coarse {
		t.Errorf("%+v; want lr between those that are a factor of 3 apart, which costs less", finer)
	}
}

func TestWhatNarrowsMostForItsTimeComesFirst(t *testing.T) {
	g := usual()
	g.loss = func(p sweep.Params) float64 { // seeds that do not agree on the best lr
		return valley(bestLR(p.Alpha)*math.Pow(6, float64(p.Seed-1)), p.LR)
	}
	results := timed(g)
	alter(results, func(p sweep.Params) bool { return p.Alpha == 64 }, func(r *sweep.Result) { r.Seconds = 200; r.Params.R = 8 })
	all := propose(t, results)
	if len(all) < 2 {
		t.Fatalf("%d proposals for best lr that are hardly known", len(all))
	}
	for i, p := range all[1:] {
		if before := all[i]; p.Gain/p.Seconds > before.Gain/before.Seconds {
			t.Errorf("%+v comes after %+v", p, before)
		}
	}
	for _, p := range all {
		if len(p.Seeds) == 3 && !slices.Equal(p.Seeds, []int{0, 1, 2}) && !slices.Equal(p.Seeds, []int{3, 4, 5}) {
			t.Errorf("seeds %v", p.Seeds)
		}
	}
}

func TestRunsThatAreMissingAtTheEdgeAreWaitedFor(t *testing.T) {
	g := usual()
	g.alphas = []float64{1e6}
	results := alter(timed(g), func(p sweep.Params) bool { return p.LR == 1e-4 }, func(r *sweep.Result) {
		r.Outcome = sweep.Outcome{State: sweep.StatePending}
	})
	if all := propose(t, results); len(all) != 0 {
		t.Errorf("%+v; want nothing before the lr of 1e-4 is trained", all)
	}
}

func TestTheBorderOfDivergenceIsProposedWithSeedsWhereItIsChance(t *testing.T) {
	g := usual()
	g.alphas = []float64{4} // lowest at 0.01
	results := alter(timed(g), func(p sweep.Params) bool { return p.LR == 3e-2 && p.Seed == 2 || p.LR == 0.1 }, diverge)
	all := propose(t, results)
	if len(all) != 2 || len(all[0].LR) != 1 || all[0].LR[0] < 0.01 || all[0].LR[0] > 0.03 {
		t.Fatalf("%+v; want an lr between 0.01 and 0.03 first", all)
	}
	if again := all[1]; !slices.Equal(again.LR, []float64{0.03}) || !slices.Equal(again.Seeds, []int{3, 4, 5}) {
		t.Errorf("%+v; want three more seeds at 0.03", again)
	}
}
