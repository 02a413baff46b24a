package statistics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// A Choice is the setting of lowest mean loss among several, and what its loss
// may be taken for.
type Choice struct {
	Best int // its place among those given

	// Loss is what the loss of the chosen setting comes to. The lowest of several
	// means flatters, as luck helped to choose it. So some seeds
	// choose and the others price (cross-fitting). Of one seed it is that loss, and has
	// no interval.
	Loss Estimate

	worse []float64 // of each setting, the p-value of its being no worse than the chosen one
}

// IsWorse reports whether a setting is clearly worse than the chosen one, by a
// one-sided t-test at 5 % on the log ratio of paired seeds, with a variance that
// is moderated by those of the others. As any of the rivals may be the truly best
// one, the level is divided by their number (Bonferroni): the best setting is called
// worse in 5 cases of 100 at most. One seed tells nothing.
func (c Choice) IsWorse(setting int) bool { return c.worse[setting] < 0.05 }

// Choose chooses among settings, each of which has a loss for every one of the
// same seeds. There must be a setting and a seed.
func Choose(settings []Losses) Choice {
	c := Choice{Best: lowest(settings, slices.Repeat([]bool{true}, len(settings[0])))}
	best := settings[c.Best]
	excess := make([]float64, len(settings))
	variances := make([]float64, len(settings))
	for i, s := range settings {
		logs := make([]float64, len(s))
		for k := range s {
			logs[k] = LogLoss(s[k].Loss) - LogLoss(best[k].Loss)
		}
		excess[i], variances[i] = stat.MeanVariance(logs, nil)
	}
	c.worse = worse(excess, variances, len(best))
	c.price(settings)
	return c
}

// worse is the one-sided p-value of each mean of n values being 0 at most, times the
// number of rivals: all but the chosen one, which exceeds itself by 0.
func worse(means, variances []float64, n int) []float64 {
	p := slices.Repeat([]float64{1}, len(means))
	if n < 2 {
		return p
	}
	m := newModeration(variances, float64(n-1))
	for i, mean := range means {
		// Equal differences, up to rounding, have no spread to test against.
		t := mean / math.Max(math.Sqrt(m.variance(variances[i])/float64(n)), 1e-12)
		p[i] = min(1, float64(len(means)-1)*studentSurvival(t, m.freedom+m.prior))
	}
	return p
}

// price sets Loss. Half of the seeds choose and the rest price, in as many ways as
// there are seeds. The interval reaches as far as that of the chosen setting alone,
// and down to it where the halves, which choose less well, price higher.
func (c *Choice) price(settings []Losses) {
	best := settings[c.Best].values()
	n := len(best)
	mean, low, high := MeanInterval(best)
	c.Loss = Estimate{mean, low, high}.above(0)
	if n < 2 {
		return
	}
	prices, times := make([]float64, n), float64(n/2) // each seed prices so often
	for first := range n {
		choosing := make([]bool, n)
		for k := range n - n/2 {
			choosing[(first+k)%n] = true
		}
		for k, l := range settings[lowest(settings, choosing)] {
			if !choosing[k] {
				prices[k] += l.Loss / times
			}
		}
	}
	price, from, to := MeanInterval(prices)
	reach := math.Hypot(max(high-low, to-from)/2, price-mean)
	c.Loss = Estimate{price, min(price, mean) - reach, price + reach}.above(0)
}

// lowest is the setting of lowest mean loss over the seeds that choose.
func lowest(settings []Losses, choosing []bool) int {
	best, least := 0, math.Inf(1)
	for i, s := range settings {
		sum := 0.0
		for k, l := range s {
			if choosing[k] {
				sum += l.Loss
			}
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return best
}
