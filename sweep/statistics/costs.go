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
// unknown if any of them is.
func MeanCost(costs []Keeping) Estimate {
	seeds, mean := meanBySeed(costs)
	if len(seeds) == 0 {
		return Unknown()
	}
	e := mean.estimate(confidence)
	return Estimate{max(e.Value, 0), e.Low, e.High}.above(0)
}

// CostGap is by how much the mean of the second costs exceeds that of the first,
// over the seeds that price them all.
func CostGap(first, second []Keeping) Estimate {
	seeds, a := meanBySeed(first)
	others, b := meanBySeed(second)
	var gaps sample
	for i, seed := range seeds {
		if j := slices.Index(others, seed); j >= 0 {
			gaps = append(gaps, b[j]-a[i])
		}
	}
	if len(gaps) == 0 {
		return Unknown()
	}
	return gaps.estimate(confidence)
}

// meanBySeed is the mean cost by each seed that prices all, none if a cost is
// unknown.
func meanBySeed(costs []Keeping) (seeds []int, mean sample) {
	if !allKnown(costs) {
		return nil, nil
	}
	for i, seed := range costs[0].seeds {
		sum, n := costs[0].chosen[i], 1
		for _, k := range costs[1:] {
			if j := slices.Index(k.seeds, seed); j >= 0 {
				sum += k.chosen[j]
				n++
			}
		}
		if n == len(costs) {
			seeds, mean = append(seeds, seed), append(mean, sum/float64(n))
		}
	}
	return seeds, mean
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
