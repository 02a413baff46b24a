package statistics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Paired is the mean difference of two settings' log losses over the seeds that
// both have, and its interval by Student's t with one degree of freedom less than
// there are pairs. A seed that one of them lacks, NaN, counts for nothing: it
// narrows no interval. It is unknown for no pair and has no interval for one.
func Paired(first, second []float64) Estimate {
	return paired(first, second).estimate(confidence)
}

// sample is differences of paired seeds.
type sample []float64

// standardError is that of the mean. Equal differences, up to rounding, have no
// spread to test against.
func (s sample) standardError() float64 {
	return max(stat.StdDev(s, nil)/math.Sqrt(float64(len(s))), 1e-12)
}

func (s sample) mean() float64 { return stat.Mean(s, nil) }

func (s sample) estimate(confidence float64) Estimate {
	if len(s) < 2 {
		return Exactly(s.mean())
	}
	return s.reaching(studentQuantile(confidence, float64(len(s)-1)))
}

// reaching is the mean with an interval of so many standard errors to either side.
func (s sample) reaching(errors float64) Estimate {
	reach := errors * s.standardError()
	return Estimate{s.mean(), s.mean() - reach, s.mean() + reach}
}

// add adds a part of another sample of the same seeds.
func (s sample) add(other sample, part float64) {
	for i, x := range other {
		s[i] += part * x
	}
}

// less is the differences to another sample of the same seeds.
func (s sample) less(other sample) sample {
	differences := slices.Clone(s)
	differences.add(other, -1)
	return differences
}

// above is the one-sided p-value of a mean of at most some value.
func (s sample) above(value float64) float64 {
	if len(s) < 2 {
		return 1
	}
	return studentSurvival((s.mean()-value)/s.standardError(), float64(len(s)-1))
}

// below is the one-sided p-value of a mean of at least some value.
func (s sample) below(value float64) float64 {
	if len(s) < 2 {
		return 1
	}
	return studentSurvival((value-s.mean())/s.standardError(), float64(len(s)-1))
}

// Holm adjusts the p-values of several tests that are read together, so that the
// chance of one false rejection among them stays what each states (Holm,
// Scandinavian Journal of Statistics 6, 1979).
func Holm(p []float64) []float64 {
	adjusted := make([]float64, len(p))
	order := ascending(p)
	least := 0.0
	for place, i := range order {
		least = min(max(least, float64(len(p)-place)*p[i]), 1)
		adjusted[i] = least
	}
	return adjusted
}
