package statistics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"sweep/sweep/statistics"
)

// TestAPValueSaysWhatTheIntervalDoes holds P to Contains and Excludes over estimates
// of every place and width.
func TestAPValueSaysWhatTheIntervalDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	decided := 0
	for range 5000 {
		in := statistics.Interval{Low: -random.Float64(), High: random.Float64()}
		switch random.IntN(4) {
		case 0:
			in.Low = math.Inf(-1)
		case 1:
			in.High = math.Inf(1)
		}
		value := 3*random.Float64() - 1.5
		e := statistics.Estimate{Value: value, Low: value - random.Float64(), High: value + random.Float64()}
		says := in.Contains(e) || in.Excludes(e)
		if says {
			decided++
		}
		if p := in.P(e, 2+random.IntN(8)); says != (p <= 0.05) {
			t.Fatalf("%v of %v has p = %v, contains %v, excludes %v", e, in, p, in.Contains(e), in.Excludes(e))
		}
	}
	if decided < 500 {
		t.Errorf("only %d were decided", decided)
	}
	if p := (statistics.Interval{High: 1}).P(statistics.Exactly(0.5), 1); p != 1 {
		t.Errorf("without an interval p = %v", p)
	}
}

// TestHolmKeepsTheOrder has the example of Holm (1979).
func TestHolmKeepsTheOrder(t *testing.T) {
	got := statistics.Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("%v at %d, want %v", got[i], i, want)
		}
	}
}

// TestLessCoversTheDifferenceOfTwoMeans draws two means of a known difference.
func TestLessCoversTheDifferenceOfTwoMeans(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	mean := func(center, deviation float64) statistics.Estimate {
		x := make([]float64, 5)
		for i := range x {
			x[i] = center + deviation*random.NormFloat64()
		}
		value, low, high := statistics.MeanInterval(x)
		return statistics.Estimate{Value: value, Low: low, High: high}
	}
	const trials = 2000
	covered := 0
	for range trials {
		if d := mean(3, 1).Less(mean(1, 2)); d.Low < 2 && 2 < d.High {
			covered++
		}
	}
	if share := float64(covered) / trials; share < 0.94 {
		t.Errorf("%v of the intervals hold the truth", share)
	}
}

// TestATrendHoldsTheTruth has losses that fall by a known share for each doubling.
func TestATrendHoldsTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	by := []float64{4, 8, 16, 32}
	const trials = 500
	covered := 0
	for range trials {
		losses := make([][]float64, len(by))
		shift := []float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}
		for i, x := range by {
			for _, s := range shift {
				losses[i] = append(losses[i], s-0.1*math.Log(x)+0.01*random.NormFloat64())
			}
		}
		if e := statistics.NewTrend(by, losses).Over(2); e.Low < math.Expm1(-0.1*math.Ln2) && math.Expm1(-0.1*math.Ln2) < e.High {
			covered++
		}
	}
	if share := float64(covered) / trials; share < 0.94 {
		t.Errorf("%v of the intervals hold the truth", share)
	}
	lacking := [][]float64{{1, math.NaN()}, {0.5, 2}}
	if got := statistics.NewTrend([]float64{1, 2}, lacking); got.Seeds != 1 || got.Bounded() {
		t.Errorf("a seed that lacks a setting counts: %+v", got)
	}
	if d := statistics.Paired([]float64{1, 2, math.NaN()}, []float64{0.5, 1.4, 7}); math.Abs(d.Value-0.55) > 1e-12 || !d.Bounded() {
		t.Errorf("paired differences are %+v", d)
	}
}

// TestATrendIsTheSameWithinAMarginItStaysIn has seeds whose losses rise by a known
// share over the whole range.
func TestATrendIsTheSameWithinAMarginItStaysIn(t *testing.T) {
	by := []float64{1, 4, 16, 64}
	trend := func(whole, noise float64) statistics.Trend {
		losses := make([][]float64, len(by))
		for i, x := range by {
			for k := range 5 {
				losses[i] = append(losses[i], math.Log1p(whole)*math.Log(x)/math.Log(64)+noise*float64((3*i+2*k)%5-2))
			}
		}
		return statistics.NewTrend(by, losses)
	}
	for _, tt := range []struct {
		whole, noise float64
		same, apart  bool
	}{{0.01, 0.001, true, false}, {-0.03, 0.001, true, false}, {0.08, 0.001, false, true}, {-0.08, 0.001, false, true}, {0.01, 0.2, false, false}} {
		e := trend(tt.whole, tt.noise)
		if e.Same(64, 0.05) != tt.same || e.Apart(64, 0.05) != tt.apart {
			t.Errorf("a change of %v with noise %v: same %v, apart %v by %v", tt.whole, tt.noise, e.Same(64, 0.05), e.Apart(64, 0.05), e.Over(64))
		}
	}
}
