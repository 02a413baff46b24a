package statistics_test

import (
	"math"
	"testing"

	"sweep/sweep/statistics"
)

// costOf is that of keeping the middle of three x in a valley whose seeds lose so much
// less at the last.
func costOf(gains ...float64) statistics.Keeping {
	first := statistics.Scan{X: spaced(1, 2, 3)}
	own := statistics.Scan{X: first.X}
	for _, gain := range gains {
		first.Loss = append(first.Loss, []float64{3, 1, 3})
		own.Loss = append(own.Loss, []float64{3, 2, 2 - gain})
	}
	return statistics.KeepingCost(first, own, worst)
}

func TestAMeanOfCostsIsByTheSeedsThatPriceThemAll(t *testing.T) {
	a, b := costOf(0.5, 0.6, 0.7), costOf(0.1, 0.4, 0.1)
	mean := statistics.MeanCost([]statistics.Keeping{a, b})
	// The means of the seeds are .3, .5 and .4.
	reach := 4.302652729911275 * 0.1 / math.Sqrt(3)
	near(t, "the mean", mean.Value, 0.4, 1e-12)
	near(t, "its low end", mean.Low, 0.4-reach, 1e-6)
	near(t, "its high end", mean.High, 0.4+reach, 1e-6)
	gap := statistics.CostGap([]statistics.Keeping{b}, []statistics.Keeping{a})
	// The gaps of the seeds are .4, .2 and .6.
	near(t, "the gap", gap.Value, 0.4, 1e-12)
	near(t, "its high end", gap.High, 0.4+2*reach, 1e-6)
	if unknown := costOf(); statistics.MeanCost([]statistics.Keeping{a, unknown}).Known() || statistics.CostGap([]statistics.Keeping{unknown}, []statistics.Keeping{a}).Known() {
		t.Error("the mean of a cost and an unknown one is known")
	}
}

// Where seeds disagree on the best x, each is priced at one that others choose, which is
// too good for what is kept: the upper end takes in the x that is best for all.
func TestTheUpperEndOfAMeanCostIsOverTheBestX(t *testing.T) {
	x := spaced(1, 2, 3)
	first := statistics.Scan{X: x, Loss: [][]float64{{3, 1, 3}, {3, 1, 3}, {3, 1, 3}}}
	own := statistics.Scan{X: x, Loss: [][]float64{{2.1, 2, 1.5}, {1.5, 2, 2.1}, {1.9, 2, 1.8}}}
	k := statistics.KeepingCost(first, own, worst)
	if mean := statistics.MeanCost([]statistics.Keeping{k}); math.Abs(mean.High-k.High) > 1e-9 || mean.Value > 0.2 {
		t.Errorf("the mean of one cost is %v, the cost %v", mean, k)
	}
}
