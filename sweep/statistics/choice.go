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
	// choose and the others price (cross-fitting). The interval is over seeds and, where
	// the losses of single held-out rows are known, over rows. Of one seed it is
	// that loss, and has no interval.
	Loss Estimate

	OverSeeds Estimate // Loss with its interval over seeds alone

	worse []float64 // of each setting, the p-value of its being no worse than the chosen one
}

// IsWorse reports whether a setting is clearly worse than the chosen one, by a
// one-sided t-test at 5 % on the log ratio of paired seeds, with a variance that
// is moderated by those of the others and, where it is known, that by held-out rows
// beside. As any of the rivals may be the truly best
// one, the level is divided by their number (Bonferroni): the best setting is called
// worse in 5 cases of 100 at most. One seed tells nothing.
func (c Choice) IsWorse(setting int) bool { return c.worse[setting] < 0.05 }

// Choose chooses among settings, each of which has a loss for every one of the
// same seeds. There must be a setting and a seed.
func Choose(settings []Losses) Choice {
	c := Choice{Best: lowest(settings, slices.Repeat([]bool{true}, len(settings[0])))}
	groups := RowGroups(settings...)
	c.worse = worse(settings, c.Best, groups)
	priced := func(draw int) Estimate {
		other := make([]Losses, len(settings))
		for i, s := range settings {
			other[i] = s.redrawn(draw)
		}
		return price(other, c.Best)
	}
	c.OverSeeds = priced(AsHeldOut).above(0)
	loss, _ := OverRows(groups, priced)
	c.Loss = loss.above(0)
	return c
}

// worse is the one-sided p-value of each setting's mean log loss exceeding that of the
// best by 0 at most, times the number of rivals: all but the chosen one, which exceeds
// itself by 0.
func worse(settings []Losses, best, groups int) []float64 {
	p := slices.Repeat([]float64{1}, len(settings))
	n := len(settings[best])
	if n < 2 {
		return p
	}
	means, variances := make([]float64, len(settings)), make([]float64, len(settings))
	for i := range settings {
		means[i], variances[i] = stat.MeanVariance(logRatios(settings[i], settings[best]), nil)
	}
	m := newModeration(variances, float64(n-1))
	freedom := m.freedom + m.prior
	if groups > 1 {
		freedom = min(freedom, float64(groups-1))
	}
	for i, mean := range means {
		byRows := ratioRowError(settings[i], settings[best], groups)
		// Equal differences, up to rounding, have no spread to test against.
		t := mean / math.Max(math.Hypot(math.Sqrt(m.variance(variances[i])/float64(n)), byRows), 1e-12)
		p[i] = min(1, float64(len(means)-1)*studentSurvival(t, freedom))
	}
	return p
}

// price is what the loss of the best setting may be taken for. Half of the seeds choose
// and the rest price, in as many ways as there are seeds. The interval reaches as far as
// that of the chosen setting alone, and down to it where the halves, which choose less
// well, price higher.
func price(settings []Losses, chosen int) Estimate {
	best := settings[chosen].values()
	n := len(best)
	mean, low, high := MeanInterval(best)
	if n < 2 {
		return Estimate{mean, low, high}
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
	return Estimate{price, min(price, mean) - reach, price + reach}
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
