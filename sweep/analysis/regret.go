package analysis

import (
	"sweep/sweep/statistics"
)

// A Regret is the loss paid at one value of By for keeping the x, such as the
// learning rate, that is best at the first.
type Regret struct {
	By       Value
	Kept     float64             // the x
	Best     statistics.Optimum  // what tuning x at By itself gives
	Relative statistics.Estimate // share of the loss of the best cell; unknown where By was not tried at that x
	AtLeast  bool                // By's own best lies beyond the grid, so that the regret may be larger
	Diverges bool                // the kept x diverges at By for some seed, or lies beside one that does
}

// Regrets returns the regret at each value of By but the first, for keeping
// the best x of the first. There are none if the first has no best. Some seeds
// choose and others price; what diverges counts at the loss before training. Intervals
// are over seeds and, where the losses of held-out rows are known, over rows, here and
// below.
func (s Slice) Regrets() []Regret {
	var regrets []Regret
	redrawn := newRedrawnCosts(s)
	for i, k := range redrawn.on(statistics.AsHeldOut) {
		v := s.ByLR[i+1]
		relative := redrawn.overRows(func(costs []statistics.Keeping) statistics.Estimate { return costs[i].Estimate })
		regrets = append(regrets, Regret{
			By: v.By, Kept: k.Kept, Best: v.Best, Relative: relative.Ratio(),
			AtLeast: v.Best.Bound(), Diverges: v.Diverges(k.Kept),
		})
	}
	return regrets
}

func (s Slice) costs() []statistics.Keeping {
	return statistics.Costs(s.valleys(), statistics.LogLoss(s.untrained()))
}

// WorstRegret is the largest relative regret, unknown if any of them is: that one
// may be the worst.
func (s Slice) WorstRegret() statistics.Estimate {
	return newRedrawnCosts(s).overRows(func(costs []statistics.Keeping) statistics.Estimate { return statistics.Worst(costs).Estimate }).Ratio()
}

// MeanRegret is the mean relative regret over all values of By but the first, by
// the mean of the log ratios. It is unknown if any of them is.
func (s Slice) MeanRegret() statistics.Estimate {
	return newRedrawnCosts(s).overRows(statistics.MeanCost).Ratio()
}

// RegretGap is by what share of the loss another slice's mean regret exceeds this
// one's, on paired seeds.
func (s Slice) RegretGap(other Slice) statistics.Estimate {
	first, second := newRedrawnCosts(s), newRedrawnCosts(other)
	gap, _ := statistics.OverRows(rowGroups(s, other), func(draw int) statistics.Estimate {
		return statistics.CostGap(first.on(draw), second.on(draw))
	})
	return gap.Ratio()
}

// untrained is the mean loss before training or, where none is known, the largest
// of the slice.
func (s Slice) untrained() float64 {
	sum, n := 0.0, 0.0
	for _, v := range s.ByLR {
		for _, c := range v.Cells {
			if c.start > 0 {
				sum += c.start
				n++
			}
		}
	}
	if n == 0 {
		return s.worst()
	}
	return sum / n
}
