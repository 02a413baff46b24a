package analysis

import (
	"sweep/sweep/statistics"
)

// A Regret is the loss paid at one value of By for reusing the x, such as the
// learning rate, that was tuned at the first.
type Regret struct {
	By Value
	statistics.Regret
}

// Regrets returns the regret at each value of By but the first, for reusing
// the best x of the first. There are none if the first has no best.
func (s Slice) Regrets() []Regret {
	var regrets []Regret
	for i, g := range statistics.Regrets(s.valleys()) {
		regrets = append(regrets, Regret{s.ByLR[i+1].By, g})
	}
	return regrets
}

// MeanRegret is the mean relative regret over all values of By but the first.
// It is unknown if any of them has none.
func (s Slice) MeanRegret() statistics.Estimate { return statistics.MeanRegret(s.valleys()) }

// RegretGap is by how much another slice's mean regret exceeds this one's, on
// paired seeds.
func (s Slice) RegretGap(other Slice) statistics.Estimate {
	return statistics.RegretGap(s.valleys(), other.valleys())
}
