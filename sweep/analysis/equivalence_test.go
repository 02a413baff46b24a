package analysis_test

import (
	"math"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

func seeded(losses ...float64) []analysis.SeedLoss {
	var all []analysis.SeedLoss
	for seed, loss := range losses {
		all = append(all, analysis.SeedLoss{Seed: seed, Loss: loss})
	}
	return all
}

// scipy.stats.ttest_1samp of the log ratios gives the numbers: the greater of
// its two one-sided p-values, and its 90 % interval.
func TestEquivalenceAgreesWithScipy(t *testing.T) {
	d, err := analysis.Equivalent(seeded(.210, .202, .220, .215), seeded(.208, .205, .214, .213), 0.05)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p", d.P, 0.009135881675752683, 1e-9)
	near(t, "ratio", d.Ratio, 1.0079878749495346, 1e-12)
	near(t, "low end", d.Low, 0.9875667969541658, 1e-9)
	near(t, "high end", d.High, 1.0288312235475392, 1e-9)
	if d.N != 4 || !d.Same() || d.Apart() {
		t.Errorf("%+v", d)
	}
}

func TestNoDifferenceFoundIsNotTheSame(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second []analysis.SeedLoss
		same, apart   bool
	}{
		{"noise wider than the margin", seeded(.2, .3, .25), seeded(.3, .2, .25), false, false},
		{"far apart", seeded(.40, .41, .42), seeded(.20, .205, .21), false, true},
		{"far apart the other way", seeded(.20, .205, .21), seeded(.40, .41, .42), false, true},
		{"equal to the bit", seeded(.2, .3, .4), seeded(.2, .3, .4), true, false},
		{"what seeds share cancels", seeded(.200, .300, .401), seeded(.201, .301, .400), true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := analysis.Equivalent(tt.first, tt.second, 0.05)
			if err != nil {
				t.Fatal(err)
			}
			if d.Same() != tt.same || d.Apart() != tt.apart {
				t.Errorf("same %v, apart %v: %+v", d.Same(), d.Apart(), d)
			}
		})
	}
}

// Of 21 pairs of equal settings some come out apart by chance alone. ByLR
// with straight sides leave no doubt about what lies between the lr tried.
func TestManyPairsAreNotApartByChance(t *testing.T) {
	apart := 0
	const trials = 60
	for trial := range trials {
		g := noisy(3, uint64(trial))
		noise := g.loss
		g.alphas = []float64{1, 2, 4, 8, 16, 32, 64}
		g.lrs = []float64{1e-3, 2e-3, 4e-3, 8e-3, 16e-3}
		g.loss = func(p sweep.Params) float64 {
			return math.Exp(1.5*math.Abs(math.Log(p.LR/4e-3))) * noise(p) / halfPower(p)
		}
		if a, ok := compare(t, g.results(), "alpha").Slices[0].Agreement(0.001); !ok {
			t.Fatal("seven alphas with three seeds were not compared")
		} else if a.Apart {
			apart++
		}
	}
	if apart > trials/6 {
		t.Errorf("%d of %d sweeps whose alphas are all the same had two that are apart", apart, trials)
	}
}

func TestEquivalenceNeedsTwoSharedSeeds(t *testing.T) {
	if _, err := analysis.Equivalent(seeded(.2), seeded(.2, .3), 0.05); err == nil {
		t.Error("one shared seed was enough for a test")
	}
}

func TestTunedLossesAreThoseAtTheBestLR(t *testing.T) {
	for _, v := range compare(t, usual().results(), "alpha").Slices[0].ByLR {
		for _, l := range v.Tuned() {
			near(t, "tuned loss", l.Loss, 0.2, 1e-9)
		}
	}
}
