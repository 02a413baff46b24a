package statistics

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
)

// A moderation raises variances that rest on few values each, and are small by
// chance, towards what they have in common, as far as they have it: empirical Bayes
// (Smyth, Statistical Applications in Genetics and Molecular Biology 3, 2004). It
// lowers none, and takes what they have in common for half of what it seems: the
// noisiest setting may be the one that matters.
type moderation struct {
	freedom float64 // degrees of freedom of each variance
	prior   float64 // degrees of freedom that the common variance counts for, 0 where there is none
	common  float64
}

// leastVariances is how many variances it takes to say what they have in common.
const leastVariances = 5

// mostPrior is what the common variance counts for where the variances differ by no
// more than chance.
const mostPrior = 1000

// newModeration finds what variances have in common from the mean and the variance
// of their logarithms. Those of 0 count for nothing.
func newModeration(variances []float64, freedom float64) moderation {
	m := moderation{freedom: freedom}
	var logs []float64
	for _, v := range variances {
		if v > 1e-24 {
			logs = append(logs, math.Log(v)-mathext.Digamma(freedom/2)+math.Log(freedom/2))
		}
	}
	if len(logs) < leastVariances {
		return m
	}
	mean, spread := stat.MeanVariance(logs, nil)
	m.prior = mostPrior
	if beyond := spread - trigamma(freedom/2); beyond > 0 {
		m.prior = min(inverseTrigamma(beyond), mostPrior)
	}
	m.common = math.Exp(mean + mathext.Digamma(m.prior/2) - math.Log(m.prior/2))
	return m
}

// variance is a variance, moderated. It has freedom + prior degrees of freedom.
func (m moderation) variance(v float64) float64 {
	return max(v, (m.prior*m.common+m.freedom*v)/(m.prior+m.freedom))
}

func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// inverseTrigamma is the x > 0 of which the trigamma function, which falls, is y.
func inverseTrigamma(y float64) float64 {
	low, high := -30.0, 30.0 // of log x
	for range 100 {
		middle := (low + high) / 2
		if trigamma(math.Exp(middle)) > y {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp(low)
}
