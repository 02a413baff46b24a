package statistics

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is how often an interval should hold the truth.
const confidence = 0.95

// MeanInterval is the mean and its interval by Student's t, NaN for fewer than
// two values.
func MeanInterval(x []float64) (mean, low, high float64) {
	mean, deviation := stat.MeanStdDev(x, nil)
	if len(x) < 2 {
		return mean, math.NaN(), math.NaN()
	}
	reach := studentT(len(x)) * deviation / math.Sqrt(float64(len(x)))
	return mean, mean - reach, mean + reach
}

// interval is the 95 % Student-t interval around an estimate from n seeds,
// with the bootstrap's standard error. The draws' own quantiles would be too
// narrow: of three seeds they cover the truth some 70 times in a hundred. The
// factor n/(n-1) makes up for drawing from the sample and not from the
// population (Hesterberg, arXiv 1411.5279).
func interval(estimate float64, draws []float64, n int) (low, high float64) {
	if len(draws) == 0 {
		return math.NaN(), math.NaN()
	}
	reach := studentT(n) * stat.StdDev(draws, nil) * math.Sqrt(float64(n)/float64(n-1))
	return estimate - reach, estimate + reach
}

// studentT is how many standard errors the confidence interval of a mean of n
// values reaches to either side.
func studentT(n int) float64 {
	if t, ok := studentTs.Load(n); ok {
		return t.(float64)
	}
	t := studentQuantile(confidence, float64(n-1))
	studentTs.Store(n, t)
	return t
}

// studentTs are those that were worked out, by n: each takes as long as thousands of means.
var studentTs sync.Map

// studentQuantile is how far Student's t, of some degrees of freedom, lies from 0
// at most with a confidence.
func studentQuantile(confidence, freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile((1 + confidence) / 2)
}

// studentSurvival is the probability that Student's t exceeds a value.
func studentSurvival(t, freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(t)
}

func square(x float64) float64 { return x * x }

// MostSeedsSimulated is the largest number of seeds for which the coverage of the
// intervals was simulated, by the command coverage.
const MostSeedsSimulated = 10
