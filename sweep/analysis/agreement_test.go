package analysis_test

import (
	"math"
	"testing"

	"sweep/sweep"
)

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
