package statistics_test

import (
	"math"
	"testing"

	"sweep/sweep/statistics"
)

func TestPairsThatAreThereCount(t *testing.T) {
	e := statistics.Paired([]float64{1, 3, 5, missing, 9}, []float64{0, 1, 2, 3, missing})
	near(t, "the mean", e.Value, 2, 1e-12)
	near(t, "the low end", e.Low, 2-4.302652729911275/math.Sqrt(3), 1e-9) // two degrees of freedom
	if one := statistics.Paired([]float64{1, missing}, []float64{0, 1}); one.Value != 1 || one.Bounded() {
		t.Errorf("one pair gives %v", one)
	}
}

// TestAChangeIsOverThePairsThatEnded has one seed that rises 10 %, one that diverged,
// one that only the first cell has, and one that only the second has.
func TestAChangeIsOverThePairsThatEnded(t *testing.T) {
	first := statistics.Cell{Losses: statistics.Losses{{Seed: 0, Loss: 1}, {Seed: 1, Loss: 2}, {Seed: 2, Loss: 3}}}
	second := statistics.Cell{Losses: statistics.Losses{{Seed: 0, Loss: 1.1}, {Seed: 3, Loss: 9}}, Diverged: []int{1}}
	change, seeds := statistics.Change(first, second, math.Log(8))
	if want := math.Sqrt(1.1*4) - 1; seeds != 2 || math.Abs(change.Value-want) > 1e-12 || !change.Bounded() {
		t.Errorf("%v over %d pairs, want %v over 2", change, seeds, want)
	}
}

func TestHolmAllowsForTheNumberOfLooks(t *testing.T) {
	got := statistics.Holm([]float64{0.01, 0.04, 0.03, 0.5})
	for i, want := range []float64{0.04, 0.09, 0.09, 0.5} {
		near(t, "p", got[i], want, 1e-12)
	}
}

func TestATrendIsTheMeanSlopeOfSeeds(t *testing.T) {
	by := []float64{1, 4, 16}
	var losses [][]float64
	for i := range by {
		losses = append(losses, []float64{0.01 * float64(i), 0.02 * float64(i), 0.03*float64(i) + 1, missing})
	}
	trend := statistics.NewTrend(by, losses)
	near(t, "the slope", trend.Value, 0.02/math.Log(4), 1e-12)
	near(t, "the change from 1 to 16", trend.Over(16).Value, math.Expm1(0.04), 1e-12)
	if trend.Seeds != 3 || !holds(trend.Estimate, 0.02/math.Log(4)) {
		t.Errorf("%v of %d seeds", trend, trend.Seeds)
	}
}

// Of equal valleys the lowest cells are lower than they would be again; those
// that other seeds choose are not.
func TestTunedLossesAreNotChosenByThemselves(t *testing.T) {
	sum, lowest := 0.0, 0.0
	const trials = 200
	for trial := range trials {
		s := scanOf(spaced(1, 2, 6), 4+trial%2, 0.1, func(float64) float64 { return 0 })
		for _, loss := range statistics.Tuned(s, 1) {
			sum += loss / float64(len(s.Loss)) / trials
		}
		for _, row := range s.Loss {
			least := math.Inf(1)
			for _, loss := range row {
				least = min(least, loss)
			}
			lowest += least / float64(len(s.Loss)) / trials
		}
	}
	if math.Abs(sum) > 0.1 || lowest > sum-0.05 {
		t.Errorf("tuned %.3f, lowest %.3f", sum, lowest)
	}
}

// G*Power 3 gives .808 for a one-sample t-test of an effect of half a standard
// deviation with 34 values.
func TestPowerOfATTest(t *testing.T) {
	near(t, "power", statistics.DifferencePower(0.5, 1, 34), 0.8078, 2e-3)
	near(t, "power under the null", statistics.DifferencePower(0, 1, 8), 0.05, 1e-2)
	if n := statistics.SeedsFor(0.8, 100, func(n int) float64 { return statistics.DifferencePower(0.5, 1, n) }); n != 34 {
		t.Errorf("%d values for a power of .8", n)
	}
}

// Five seeds of 7 % noise cannot find two settings the same within 5 %.
func TestPowerOfEquivalence(t *testing.T) {
	if few, many := statistics.EquivalencePower(0.07, 5, 0.0488), statistics.EquivalencePower(0.07, 60, 0.0488); few > 0.1 || many < 0.99 {
		t.Errorf("power %v with 5 seeds, %v with 60", few, many)
	}
}

// A mean of 9 values of 3 % noise has a standard error of 1 %, so that its upper end, 2.31
// of them away, lies within 5 % where it is less than 2.69 % above 0, but for how the noise
// is itself known.
func TestPowerOfAMargin(t *testing.T) {
	if got := statistics.MarginPower(0.03, 9, 0.05); !(got > 0.97 && got < 0.9965) {
		t.Errorf("power %v, want somewhat below 0.9964", got)
	}
	near(t, "power without a margin", statistics.MarginPower(1, 6, 0), 0.025, 1e-2)
	near(t, "deviation", statistics.DeviationOf(2.3060*0.01, 9), 0.03, 1e-5)
}

// TestWhatBendsTwoLinesAlikeIsNoScatterOfTheirGap has two lines of one bend, of which the
// second falls by 0.1 for a factor of e beside the first.
func TestWhatBendsTwoLinesAlikeIsNoScatterOfTheirGap(t *testing.T) {
	by := []float64{1, 4, 16, 64}
	line := func(slope float64) (valleys []statistics.Valley) {
		for _, b := range by {
			var cells []statistics.Cell
			for _, x := range []float64{0.5, 1, 2} {
				c := statistics.Cell{X: x}
				for seed := range 3 {
					log := slope*math.Log(b)*(1+0.01*float64(seed)) + math.Pow(math.Log(b)-2, 2) + math.Pow(math.Log(x), 2) + float64(seed)
					c.Losses = append(c.Losses, statistics.SeedLoss{Seed: seed, Loss: math.Exp(log)})
				}
				cells = append(cells, c)
			}
			valleys = append(valleys, statistics.NewValley(cells))
		}
		return valleys
	}
	gap := statistics.TrendGap(by, line(0.2), line(0.1), math.Inf(1))
	if math.Abs(gap.Value+0.101) > 1e-9 || gap.Seeds != 3 || gap.High-gap.Low > 0.01 {
		t.Errorf("%v of %d seeds, want -0.101", gap.Estimate, gap.Seeds)
	}
}
