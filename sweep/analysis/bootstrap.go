package analysis

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

const (
	resamples  = 2000
	confidence = 0.95
)

// locate finds the optimum of every valley and its interval by a bootstrap
// over seeds. Seeds are drawn once for all cells of all valleys, since runs
// that share a seed share their data order and their initial draws; what they
// have in common thereby cancels.
func (s *Slice) locate() {
	for i := range s.Valleys {
		v := &s.Valleys[i]
		v.Best = optimum(v.Cells, weightedMeans(v.Cells, nil))
	}
	seeds := s.seeds()
	if len(seeds) < 2 {
		return
	}
	random := rand.New(rand.NewPCG(1, uint64(len(seeds))))
	for range resamples {
		weights := make(map[int]float64, len(seeds))
		for range seeds {
			weights[seeds[random.IntN(len(seeds))]]++
		}
		for i := range s.Valleys {
			v := &s.Valleys[i]
			v.Best.draws = append(v.Best.draws, math.Log(optimum(v.Cells, weightedMeans(v.Cells, weights)).At))
		}
	}
	for i := range s.Valleys {
		best := &s.Valleys[i].Best
		low, high := interval(best.draws)
		best.Low, best.High = math.Exp(low), math.Exp(high)
	}
}

// seeds are those with a loss anywhere in the slice, ascending.
func (s *Slice) seeds() []int {
	var seeds []int
	for _, v := range s.Valleys {
		for _, c := range v.Cells {
			for _, l := range c.Losses {
				seeds = append(seeds, l.Seed)
			}
		}
	}
	slices.Sort(seeds)
	return slices.Compact(seeds)
}

// weightedMeans is each cell's mean loss with its seeds weighted. Nil weights
// count each seed once, and so does a cell all of whose seeds weigh nothing.
func weightedMeans(cells []Cell, weights map[int]float64) []float64 {
	means := make([]float64, len(cells))
	for i, c := range cells {
		var sum, total float64
		for _, l := range c.Losses {
			sum += weights[l.Seed] * l.Loss
			total += weights[l.Seed]
		}
		if means[i] = sum / total; total == 0 {
			means[i] = c.Mean()
		}
	}
	return means
}

// interval is the central 95 % of the draws.
func interval(draws []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(draws))
	if len(sorted) == 0 || math.IsNaN(sorted[0]) {
		return math.NaN(), math.NaN()
	}
	tail := (1 - confidence) / 2
	return stat.Quantile(tail, stat.Empirical, sorted, nil), stat.Quantile(1-tail, stat.Empirical, sorted, nil)
}
