package analysis_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"sweep/sweep"
)

// paid is the relative regret at alpha of the lr that is best at alpha 1, for
// losses that halfPower invents.
func paid(alpha float64) float64 {
	d := math.Log(alpha) / 2
	return math.Exp(0.15*d*d) - 1
}

// halving has the best lr of every alpha among its lr.
func halving() grid {
	g := usual()
	g.lrs = nil
	for lr := 0.02 / 64; lr < 0.1; lr *= 2 {
		g.lrs = append(g.lrs, lr)
	}
	return g
}

func TestRegretIsExactWhereTheBestAreCells(t *testing.T) {
	regrets := compare(t, halving().results(), "alpha").Slices[0].Regrets()
	if len(regrets) != 3 {
		t.Fatalf("%d regrets for 3 alphas beside the first", len(regrets))
	}
	for _, g := range regrets {
		near(t, "relative regret", g.Relative.Value, paid(g.By.Number), 1e-9)
		near(t, "kept lr", g.Kept, bestLR(1), 1e-9)
		near(t, "interval", g.Relative.High, g.Relative.Low, 1e-9)
	}
}

func TestNoRegretWhereTheBestStays(t *testing.T) {
	g := usual()
	random := rand.New(rand.NewPCG(1, 1))
	g.loss = func(p sweep.Params) float64 { return valley(0.003, p.LR) * math.Exp(0.01*random.NormFloat64()) }
	for _, regret := range compare(t, g.results(), "alpha").Slices[0].Regrets() {
		if r := regret.Relative; r.Low != 0 || r.Value < 0 || r.High > 0.02 {
			t.Errorf("at alpha %v the regret is %v", regret.By, r)
		}
	}
}

func TestRegretTellsWhatItCannotKnow(t *testing.T) {
	late := usual()
	late.alphas = []float64{1, 1 << 20}
	diverging := alter(usual().results(), func(p sweep.Params) bool { return p.Alpha == 64 && p.LR > 3e-3 }, diverge)
	if g := compare(t, late.results(), "alpha").Slices[0].Regrets()[0]; !g.AtLeast {
		t.Error("alpha's best lr is beyond the grid, and its regret not a bound")
	}
	regrets := compare(t, diverging, "alpha").Slices[0].Regrets()
	if g := regrets[2]; !g.Diverges || g.Relative.Value < 0.1 {
		t.Errorf("the lr of alpha 1 diverges at alpha 64, and its regret is %v", g.Relative)
	}
	if regrets[1].Diverges {
		t.Error("at alpha 16 nothing diverges")
	}
	nothing := alter(usual().results(), func(p sweep.Params) bool { return p.Alpha == 1 }, diverge)
	if regrets := compare(t, nothing, "alpha").Slices[0].Regrets(); regrets != nil {
		t.Errorf("without a first best the regrets are %v", regrets)
	}
}

func TestOneSeedGivesARegretWithoutAnInterval(t *testing.T) {
	g := usual()
	g.seeds = 1
	for _, regret := range compare(t, g.results(), "alpha").Slices[0].Regrets() {
		if !regret.Relative.Known() || regret.Relative.Bounded() {
			t.Errorf("one seed gives %v", regret.Relative)
		}
	}
}

// Seeds share a part of their noise, as runs with common random numbers do.
func TestIntervalsCoverKnownSlopesRegretsAndBestLR(t *testing.T) {
	const trials = 100
	for _, seeds := range []int{4, 6} {
		covered, total := map[string]int{}, map[string]int{}
		check := func(what string, low, high, truth float64) {
			total[what]++
			if low <= truth && truth <= high {
				covered[what]++
			}
		}
		for trial := range trials {
			s := compare(t, noisy(seeds, uint64(trial)).results(), "alpha").Slices[0]
			slope, _ := s.Slope()
			check("the slope", slope.Low, slope.High, -0.5)
			for _, v := range s.ByLR {
				check("the best lr", v.Best.Low, v.Best.High, bestLR(v.By.Number))
			}
			for _, g := range s.Regrets() {
				check("the regret", g.Relative.Low, g.Relative.High, valley(bestLR(g.By.Number), g.Kept)/lowest(bestLR(g.By.Number))-1)
			}
		}
		for what, n := range total {
			if share := float64(covered[what]) / float64(n); share < 0.93 {
				t.Errorf("of %d seeds, %.3f of %d intervals cover %s, want 0.95", seeds, share, n, what)
			}
		}
	}
}

// lowest is the least loss of a valley at an lr that is tried.
func lowest(best float64) float64 {
	least := math.Inf(1)
	for _, lr := range usual().lrs {
		least = min(least, valley(best, lr))
	}
	return least
}

func noisy(seeds int, trial uint64) grid {
	random := rand.New(rand.NewPCG(trial, 9))
	shared := make([]float64, seeds)
	for i := range shared {
		shared[i] = 0.1 * random.NormFloat64()
	}
	g := usual()
	g.seeds = seeds
	g.loss = func(p sweep.Params) float64 {
		return halfPower(p) * math.Exp(shared[p.Seed]+0.03*random.NormFloat64())
	}
	return g
}

func TestRegretGapComparesPairedMeans(t *testing.T) {
	still := halving()
	still.loss = func(p sweep.Params) float64 { return valley(0.0025, p.LR) }
	a := compare(t, still.results(), "alpha").Slices[0]
	b := compare(t, halving().results(), "alpha").Slices[0]
	want := math.Cbrt((1+paid(4))*(1+paid(16))*(1+paid(64))) - 1 // the mean of log ratios
	near(t, "mean regret", b.MeanRegret().Value, want, 1e-9)
	near(t, "gap", a.RegretGap(b).Value, want, 1e-9)
	near(t, "gap the other way", b.RegretGap(a).Value, 1/(1+want)-1, 1e-9)
}

// A regret that is not known may be the worst.
func TestTheWorstRegretIsUnknownIfAnyIs(t *testing.T) {
	g := halving()
	whole := compare(t, g.results(), "alpha").Slices[0]
	near(t, "worst regret", whole.WorstRegret().Value, paid(64), 1e-9)
	holes := alter(g.results(), func(p sweep.Params) bool { return p.Alpha == 4 && p.LR == 0.02 && p.Seed == 1 },
		func(r *sweep.Result) { r.State = sweep.StatePending })
	if worst := compare(t, holes, "alpha").Slices[0].WorstRegret(); worst.Known() {
		t.Errorf("the lr was not trained at alpha 4, and the worst regret is %v", worst)
	}
}
