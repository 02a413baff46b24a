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

func TestRegretIsExactOnParabolas(t *testing.T) {
	regrets := compare(t, usual().results(), "alpha").Slices[0].Regrets()
	if len(regrets) != 3 {
		t.Fatalf("%d regrets for 3 alphas beside the first", len(regrets))
	}
	for _, g := range regrets {
		near(t, "relative regret", g.Relative.Value, paid(g.By.Number), 1e-9)
		near(t, "absolute regret", g.Absolute.Value, 0.2*paid(g.By.Number), 1e-9)
		near(t, "reused lr", g.Reused, bestLR(1), 1e-9)
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
	if g := regrets[2]; !g.Diverges || g.Relative.Known() {
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
				check("the regret", g.Relative.Low, g.Relative.High, paid(g.By.Number))
			}
		}
		for what, n := range total {
			if share := float64(covered[what]) / float64(n); share < 0.93 {
				t.Errorf("of %d seeds, %.3f of %d intervals cover %s, want 0.95", seeds, share, n, what)
			}
		}
	}
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
	still := usual()
	still.loss = func(p sweep.Params) float64 { return valley(0.003, p.LR) }
	a := compare(t, still.results(), "alpha").Slices[0]
	b := compare(t, usual().results(), "alpha").Slices[0]
	want := (paid(4) + paid(16) + paid(64)) / 3
	near(t, "mean regret", b.MeanRegret().Value, want, 1e-9)
	near(t, "gap", a.RegretGap(b).Value, want, 1e-9)
	near(t, "gap the other way", b.RegretGap(a).Value, -want, 1e-9)
}

func TestRegretOnTheGridAgreesWhereTheBestAreCells(t *testing.T) {
	g := usual()
	g.lrs = nil
	for lr := 0.02 / 64; lr < 0.1; lr *= 2 {
		g.lrs = append(g.lrs, lr)
	}
	for _, regret := range compare(t, g.results(), "alpha").Slices[0].Regrets() {
		near(t, "regret by cells alone", regret.OnGrid.Value, paid(regret.By.Number), 1e-9)
		near(t, "regret by parabolas", regret.Relative.Value, paid(regret.By.Number), 1e-9)
	}
}
