package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Keeping is what it costs in one valley to keep the x that another one was tuned
// to: log loss above that of the best of the trained x. The best x of the valley
// itself is never priced by the losses that chose it: for each seed the other
// seeds choose it, and this one prices it and the x that is kept (cross-fitting).
// Only cells count: nothing is put between them.
type Keeping struct {
	Estimate          // in log loss: 0.05 is 5 % more. Unknown where a seed cannot price the x that is kept
	Kept     float64  // the x that all seeds choose in the first valley
	seeds    []int    // that price, ascending
	chosen   sample   // by seed, the cost over the x that the other seeds find best
	over     []sample // by x, the cost over it
}

// Seeds is how many seeds price the x.
func (k Keeping) Seeds() int { return len(k.seeds) }

// KeepingCost prices in a valley what is best in a first one. Both are scans of
// the same seeds. A run that diverged, or ended above it, counts as a log loss of
// worst, such as that before training: it hurts, and is never left out. One seed
// chooses and prices, and has no interval.
func KeepingCost(first, own Scan, worst float64) Keeping {
	first, own = first.capped(worst), own.capped(worst)
	k := Keeping{Estimate: Unknown(), Kept: math.NaN(), over: make([]sample, len(own.X))}
	from := first.lowest(-1)
	if from < 0 {
		return k
	}
	k.Kept = first.X[from]
	kept := slices.Index(own.X, k.Kept)
	for seed, losses := range own.Loss {
		if own.empty(seed) {
			continue
		}
		best := own.lowest(seed)
		if kept < 0 || best < 0 || math.IsNaN(losses[kept]) || math.IsNaN(losses[best]) {
			return Keeping{Estimate: Unknown(), Kept: k.Kept}
		}
		k.seeds = append(k.seeds, seed)
		k.chosen = append(k.chosen, losses[kept]-losses[best])
		for i, loss := range losses {
			if !math.IsNaN(loss) {
				k.over[i] = append(k.over[i], losses[kept]-loss)
			}
		}
	}
	switch len(k.seeds) {
	case 0:
	case 1:
		k.Estimate = Exactly(max(k.chosen.mean(), 0))
	default:
		k.Value = max(k.chosen.mean(), 0)
		k.Low = max(k.chosen.estimate(confidence).Low, 0)
		k.High = max(k.upper(confidence), k.Value)
	}
	return k
}

// upper is the upper end of the cost. The best x is one of those trained, and
// whichever it is, the cost over it lies below its own upper end; the greatest of
// all is safe without a correction for their number.
func (k Keeping) upper(confidence float64) float64 {
	greatest := 0.0
	for _, over := range k.over {
		if len(over) > 1 {
			greatest = max(greatest, over.estimate(confidence).High)
		}
	}
	return greatest
}

// Exceeds is the p-value of a cost of at most a margin.
func (k Keeping) Exceeds(margin float64) float64 {
	if !k.Known() {
		return 1
	}
	return k.chosen.above(margin)
}

// Within is the p-value of a cost above a margin.
func (k Keeping) Within(margin float64) float64 {
	if !k.Known() {
		return 1
	}
	greatest := 0.0
	for _, over := range k.over {
		if len(over) > 1 {
			greatest = max(greatest, over.below(margin))
		}
	}
	return greatest
}

// capped is the scan with no log loss above worst.
func (s Scan) capped(worst float64) Scan {
	c := Scan{X: s.X}
	for _, seed := range s.Loss {
		row := slices.Clone(seed)
		for i, loss := range row {
			if loss > worst {
				row[i] = worst
			}
		}
		c.Loss = append(c.Loss, row)
	}
	return c
}

// lowest is the place of the lowest mean log loss over all seeds but one, -1 for
// leaving none out, among those that all of them have; -1 if there is none. An only
// seed is not left out.
func (s Scan) lowest(without int) int {
	best, least := -1, math.Inf(1)
	if s.only(without) {
		without = -1
	}
	for i := range s.X {
		sum, n := 0.0, 0
		for k, seed := range s.Loss {
			if k != without && !s.empty(k) {
				sum += seed[i]
				n++
			}
		}
		if mean := sum / float64(n); n > 0 && mean < least { // NaN is not less
			best, least = i, mean
		}
	}
	return best
}

// only reports whether a seed is the only one that has a loss.
func (s Scan) only(seed int) bool {
	for k := range s.Loss {
		if k != seed && !s.empty(k) {
			return false
		}
	}
	return true
}

// empty reports whether a seed has no loss at all.
func (s Scan) empty(seed int) bool {
	return !slices.ContainsFunc(s.Loss[seed], func(loss float64) bool { return !math.IsNaN(loss) })
}

// ascending is the order of values.
func ascending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return order
}
