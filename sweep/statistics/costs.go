package statistics

import (
	"math"
	"slices"
)

// Costs prices in every valley but the first the x that is best in the first, as
// KeepingCost does; worst is a log loss. There are none if the first has no best.
func Costs(valleys []Valley, worst float64) []Keeping {
	if len(valleys) == 0 || valleys[0].Best.Place == NoOptimum {
		return nil
	}
	scans, seeds := scansOf(valleys), everySeedOf(valleys)
	var costs []Keeping
	for _, own := range scans[1:] {
		k := KeepingCost(scans[0], own, worst)
		for i, row := range k.seeds {
			k.seeds[i] = seeds[row]
		}
		costs = append(costs, k)
	}
	return costs
}

// scansOf is the log losses of valleys, of all seeds that any of them has.
func scansOf(valleys []Valley) []Scan {
	seeds := everySeedOf(valleys)
	scans := make([]Scan, len(valleys))
	for i, v := range valleys {
		scans[i] = scanOf(v.cells, seeds)
	}
	return scans
}

func everySeedOf(valleys []Valley) []int {
	var seeds []int
	for _, v := range valleys {
		seeds = append(seeds, everySeed(v.cells)...)
	}
	slices.Sort(seeds)
	return slices.Compact(seeds)
}

// Ratio is a log ratio as a share: of 0.05 that is 5.1 %.
func (e Estimate) Ratio() Estimate {
	return Estimate{math.Expm1(e.Value), math.Expm1(e.Low), math.Expm1(e.High)}
}

// MeanCost is the mean of several costs, over the seeds that price them all. It is
// unknown if any of them is. Other seeds choose the best x of each, less well than it
// is known to all, so that the mean errs low; the upper end is therefore that over the
// best x of each, whichever of those trained it is, as for one cost.
func MeanCost(costs []Keeping) Estimate {
	s := shareSeeds(costs)
	if len(s.seeds) == 0 {
		return Unknown()
	}
	e := s.mean().estimate(confidence)
	e.Value = max(e.Value, 0)
	if e.Bounded() {
		e.Low, e.High = max(e.Low, 0), max(upperMean(make(sample, len(s.seeds)), s.over), e.Value)
	}
	return e
}

// CostGap is by how much the mean of the second costs exceeds that of the first,
// over the seeds that price them all. Either end of its interval takes in that one of
// the means errs low.
func CostGap(first, second []Keeping) Estimate {
	if !allKnown(first) || !allKnown(second) {
		return Unknown()
	}
	all := shareSeeds(slices.Concat(first, second))
	if len(all.seeds) == 0 {
		return Unknown()
	}
	a, b := all.part(0, len(first)), all.part(len(first), len(all.over))
	e := b.mean().less(a.mean()).estimate(confidence)
	if e.Bounded() {
		zero := make(sample, len(all.seeds))
		e.Low = min(e.Low, -upperMean(zero.less(b.mean()), a.over))
		e.High = max(e.High, upperMean(zero.less(a.mean()), b.over))
	}
	return e
}

// sharedCosts are several costs by the seeds that price them all.
type sharedCosts struct {
	seeds  []int
	chosen []sample   // by cost, over the x that the other seeds find best
	over   [][]sample // by cost and x, over each that all its seeds have
}

// shareSeeds has no seeds if a cost is unknown.
func shareSeeds(costs []Keeping) sharedCosts {
	s := sharedCosts{}
	if !allKnown(costs) {
		return s
	}
	for _, seed := range costs[0].seeds {
		if !slices.ContainsFunc(costs, func(k Keeping) bool { return !slices.Contains(k.seeds, seed) }) {
			s.seeds = append(s.seeds, seed)
		}
	}
	for _, k := range costs {
		of := func(all sample) sample {
			var some sample
			for i, seed := range k.seeds {
				if slices.Contains(s.seeds, seed) {
					some = append(some, all[i])
				}
			}
			return some
		}
		s.chosen = append(s.chosen, of(k.chosen))
		var over []sample
		for _, one := range k.over {
			if len(one) == len(k.seeds) {
				over = append(over, of(one))
			}
		}
		s.over = append(s.over, over)
	}
	return s
}

// part is some of the costs.
func (s sharedCosts) part(from, to int) sharedCosts {
	return sharedCosts{s.seeds, s.chosen[from:to], s.over[from:to]}
}

// mean is the mean cost by seed.
func (s sharedCosts) mean() sample {
	mean := make(sample, len(s.seeds))
	for _, one := range s.chosen {
		mean.add(one, 1/float64(len(s.chosen)))
	}
	return mean
}

// upperMean is the upper end of a number by seed plus the mean of several costs, each
// over the x for which that end is the highest. Each is picked in turn until none
// moves.
func upperMean(base sample, over [][]sample) float64 {
	share := 1 / float64(len(over))
	at, total := make([]int, len(over)), slices.Clone(base)
	for i, samples := range over {
		for j, one := range samples {
			if one.mean() > samples[at[i]].mean() {
				at[i] = j
			}
		}
		total.add(samples[at[i]], share)
	}
	best := total.estimate(confidence).High
	for moved := true; moved; {
		moved = false
		for i, samples := range over {
			for j, one := range samples {
				other := slices.Clone(total)
				other.add(samples[at[i]], -share)
				other.add(one, share)
				if high := other.estimate(confidence).High; high > best+1e-12 {
					best, total, at[i], moved = high, other, j, true
				}
			}
		}
	}
	return best
}

func allKnown(costs []Keeping) bool {
	return len(costs) > 0 && !slices.ContainsFunc(costs, func(k Keeping) bool { return !k.Known() })
}

// A WorstCost is the greatest of several costs.
type WorstCost struct {
	Estimate     // unknown if any of them is
	At       int // which has the largest value
	costs    []Keeping
}

// Worst is the greatest of several costs. All must be known: the one that is not
// may be the worst. The upper end is the greatest of theirs, as the worst has one
// of them; the lower end is the greatest of theirs at a confidence that allows for
// their number.
func Worst(costs []Keeping) WorstCost {
	w := WorstCost{Estimate: Unknown(), At: -1, costs: costs}
	if !allKnown(costs) {
		return w
	}
	w.Low, w.High = 0, 0
	share := 1 - (1-confidence)/float64(len(costs))
	for i, k := range costs {
		if w.At < 0 || k.Value > w.Value {
			w.At, w.Value = i, k.Value
		}
		w.Low = max(w.Low, k.chosen.estimate(share).Low)
		w.High = max(w.High, k.High)
	}
	return w
}

// Exceeds is the p-value of a worst cost of at most a margin.
func (w WorstCost) Exceeds(margin float64) float64 {
	if !w.Known() {
		return 1
	}
	var all []float64
	for _, k := range w.costs {
		all = append(all, k.Exceeds(margin))
	}
	return slices.Min(Holm(all))
}

// Within is the p-value of a worst cost above a margin: every cost must be within.
func (w WorstCost) Within(margin float64) float64 {
	if !w.Known() {
		return 1
	}
	greatest := 0.0
	for _, k := range w.costs {
		greatest = max(greatest, k.Within(margin))
	}
	return greatest
}
