package statistics_test

import (
	"math"
	"testing"

	"sweep/sweep/statistics"
)

var diverged, missing = math.Inf(1), math.NaN()

const worst = 4

func twoValleys() (first, own statistics.Scan) {
	x := spaced(1, 2, 4)
	first = statistics.Scan{X: x, Loss: [][]float64{{3, 1, 2, 3}, {3.1, 1.2, 2, 3}, {3, 1.1, 2.1, 3}}}
	own = statistics.Scan{X: x, Loss: [][]float64{{3, 2, 1.5, 3}, {3, 2.1, 1.5, 3}, {3, 2.2, 1.5, 3}}}
	return first, own
}

func TestTheCostOfKeepingIsThatOverTheBestCell(t *testing.T) {
	first, own := twoValleys()
	k := statistics.KeepingCost(first, own, worst)
	near(t, "the x that is kept", k.Kept, 2, 0)
	near(t, "its cost", k.Value, 0.6, 1e-12)
	// Student's t of two degrees of freedom times .1 / sqrt 3.
	near(t, "the low end", k.Low, 0.6-4.302652729911275*0.1/math.Sqrt(3), 1e-6)
	near(t, "the high end", k.High, 0.6+4.302652729911275*0.1/math.Sqrt(3), 1e-6)
	if k.Exceeds(0.1) > 0.05 || k.Within(0.1) < 0.5 || k.Seeds() != 3 {
		t.Errorf("a cost of .6 exceeds .1 with p = %v", k.Exceeds(0.1))
	}
}

func TestWhatDivergesCostsAndIsNotLeftOut(t *testing.T) {
	first, own := twoValleys()
	own.Loss[2][1] = diverged
	k := statistics.KeepingCost(first, own, worst)
	near(t, "its cost", k.Value, (0.5+0.6+(worst-1.5))/3, 1e-12)
}

func TestAnXThatWasNotTriedHasNoCost(t *testing.T) {
	first, own := twoValleys()
	own.Loss[1][1] = missing
	if k := statistics.KeepingCost(first, own, worst); k.Known() || k.Within(10) < 1 || k.Exceeds(0) < 1 {
		t.Errorf("a seed that was not trained at the x prices it at %v", k)
	}
	own.X = spaced(1.5, 2, 4)
	if k := statistics.KeepingCost(first, own, worst); k.Known() {
		t.Errorf("an x that was not tried costs %v", k)
	}
}

func TestAnUnknownCostMayBeTheWorst(t *testing.T) {
	first, own := twoValleys()
	small := statistics.KeepingCost(first, first, worst)
	large := statistics.KeepingCost(first, own, worst)
	own.Loss[1][1] = missing
	unknown := statistics.KeepingCost(first, own, worst)
	if w := statistics.Worst([]statistics.Keeping{small, unknown}); w.Known() || w.Within(10) < 1 {
		t.Errorf("the worst of a cost and an unknown one is %v", w)
	}
	w := statistics.Worst([]statistics.Keeping{small, large, small})
	near(t, "the worst", w.Value, large.Value, 0)
	if w.At != 1 || w.High != large.High || w.Low >= large.Low || w.Exceeds(0.1) > 0.05 || w.Within(0.1) < 0.5 {
		t.Errorf("the worst is that at %d: %v, beside %v", w.At, w, large)
	}
}
