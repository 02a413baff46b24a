package analysis

import (
	"fmt"
	"math"

	"sweep/sweep/statistics"
)

// trend notes by what share the loss at tuned lr changes from the least value of
// By to the largest, and how likely it would be found to stay within a margin if
// it did not change at all. It is unknown unless By is a positive number.
func (f *Finding) trend(by string, s Slice, margin float64) statistics.Estimate {
	t, span := s.trend()
	if !t.Bounded() {
		return statistics.Unknown()
	}
	power := func(seeds int) float64 {
		return statistics.EquivalencePower(t.Deviation()*math.Log(span), seeds, math.Log1p(margin))
	}
	f.because(Evidence, "from %s = %s to %s the loss at tuned lr changes by %s: a trend over all, each seed priced at the lr that the others choose. If it did not change, %d seeds of this noise would show that it stays within %g %% with a probability of %.2g%s",
		by, s.ByLR[0].By, s.ByLR[len(s.ByLR)-1].By, t.Over(span).Percent(), t.Seeds, 100*margin, power(t.Seeds), wanted(t.Seeds, power))
	same, apart := judgeChange(t.Over(span), margin)
	if t.Uneven && !same && !apart && !f.blocked() {
		f.because(Coarse, "the tuned losses lie further off that trend than the seeds explain, by what lies between the lr tried: these are too far apart")
		f.add(Addition{"lr", finer(s)})
	}
	return t.Over(span)
}

// trend is that of the loss at tuned x over By, and by what factor By spans it.
func (s Slice) trend() (t statistics.Trend, span float64) {
	by := make([]float64, len(s.ByLR))
	for i, v := range s.ByLR {
		if by[i] = v.By.Number; by[i] <= 0 {
			return statistics.Trend{Estimate: statistics.Unknown()}, 1
		}
	}
	t = statistics.TrendOf(by, s.valleys(), statistics.LogLoss(s.untrained()))
	return t, by[len(by)-1] / by[0]
}

// wanted is how many more seeds than there are a test needs for a power of .8.
func wanted(have int, power func(seeds int) float64) string {
	if n := statistics.SeedsFor(0.8, 100, power); n > have {
		return fmt.Sprintf(", %d seeds with 0.8", n)
	}
	return ""
}

// judgeChange says whether a change of the loss is less than a margin, in either
// direction, or more.
func judgeChange(change statistics.Estimate, margin float64) (same, apart bool) {
	least := 1/(1+margin) - 1
	return change.Low > least && change.High < margin, change.Low > margin || change.High < least
}
