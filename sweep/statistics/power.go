package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// EquivalencePower is the probability that two one-sided tests at 5 % find two
// settings the same within a margin that are equal: n paired differences of log
// losses with a standard deviation, the margin in log loss. A verdict that has
// little power can only ever be undecided.
func EquivalencePower(deviation float64, n int, margin float64) float64 {
	return overSpread(n, func(ratio float64) float64 {
		error := deviation / math.Sqrt(float64(n))
		room := (margin - studentQuantile(0.90, float64(n-1))*ratio*error) / error
		return max(2*distuv.UnitNormal.CDF(room)-1, 0)
	})
}

// DifferencePower is the probability that a two-sided test at 5 % finds a true
// difference, or a slope: n values, one a seed, with a standard deviation.
func DifferencePower(difference, deviation float64, n int) float64 {
	return overSpread(n, func(ratio float64) float64 {
		shift := math.Abs(difference) / deviation * math.Sqrt(float64(n))
		limit := studentQuantile(confidence, float64(n-1)) * ratio
		return distuv.UnitNormal.CDF(shift-limit) + distuv.UnitNormal.CDF(-shift-limit)
	})
}

// SeedsFor is the least number of seeds, up to most, with which a test has a
// power; 0 if none has.
func SeedsFor(power float64, most int, of func(seeds int) float64) int {
	for n := 2; n <= most; n++ {
		if of(n) >= power {
			return n
		}
	}
	return 0
}

// overSpread is the mean of a probability over what the standard deviation of n
// values may turn out as, as a ratio to the true one.
func overSpread(n int, given func(ratio float64) float64) float64 {
	if n < 2 {
		return 0
	}
	const pieces = 400
	freedom := float64(n - 1)
	spread := distuv.ChiSquared{K: freedom}
	sum := 0.0
	for i := range pieces {
		sum += given(math.Sqrt(spread.Quantile((float64(i)+0.5)/pieces) / freedom))
	}
	return sum / pieces
}
