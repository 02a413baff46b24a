package statistics

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// EquivalencePower is the probability that two one-sided tests, as those of
// Trend.Same, find two settings the same within a margin that are equal: n paired
// differences of log losses with a standard deviation, the margin in log loss. A
// verdict that has little power can only ever be undecided.
func EquivalencePower(deviation float64, n int, margin float64) float64 {
	if n < 2 {
		return 0
	}
	standard := deviation / math.Sqrt(float64(n))
	t := studentQuantile(sameConfidence, float64(n-1))
	return overSpread(n, func(ratio float64) float64 {
		return max(2*distuv.UnitNormal.CDF(margin/standard-t*ratio)-1, 0)
	})
}

// MarginPower is the probability that the upper end of a 95 % interval lies within a
// margin where the truth is 0: the mean of n values, one a seed, with a standard
// deviation.
func MarginPower(deviation float64, n int, margin float64) float64 {
	if n < 2 {
		return 0
	}
	standard := deviation / math.Sqrt(float64(n))
	t := studentQuantile(confidence, float64(n-1))
	return overSpread(n, func(ratio float64) float64 { return distuv.UnitNormal.CDF(margin/standard - t*ratio) })
}

// DeviationOf is the standard deviation of n values whose mean has an interval of 95 %
// that reaches so far to one side.
func DeviationOf(reach float64, n int) float64 {
	return reach * math.Sqrt(float64(n)) / studentQuantile(confidence, float64(n-1))
}

// DifferencePower is the probability that a two-sided test at 5 % finds a true
// difference, or a slope: n values, one a seed, with a standard deviation.
func DifferencePower(difference, deviation float64, n int) float64 {
	if n < 2 {
		return 0
	}
	shift := math.Abs(difference) / deviation * math.Sqrt(float64(n))
	t := studentQuantile(confidence, float64(n-1))
	return overSpread(n, func(ratio float64) float64 {
		return distuv.UnitNormal.CDF(shift-t*ratio) + distuv.UnitNormal.CDF(-shift-t*ratio)
	})
}

// SeedsFor is the least number of seeds, up to most, with which a test has a
// power that grows with them; 0 if none has.
func SeedsFor(power float64, most int, of func(seeds int) float64) int {
	n := 2 + sort.Search(most-1, func(i int) bool { return of(i+2) >= power })
	if n > most {
		return 0
	}
	return n
}

// overSpread is the mean of a probability over what the standard deviation of n
// values may turn out as, as a ratio to the true one.
func overSpread(n int, given func(ratio float64) float64) float64 {
	const pieces = 100
	freedom := float64(n - 1)
	spread := distuv.ChiSquared{K: freedom}
	sum := 0.0
	for i := range pieces {
		sum += given(math.Sqrt(spread.Quantile((float64(i)+0.5)/pieces) / freedom))
	}
	return sum / pieces
}
