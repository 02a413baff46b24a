package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how often the seeds are drawn anew.
const resamples = 1000

// Enclose gives the best x of every valley its interval by a bootstrap over
// seeds. Seeds are drawn once for all cells of all valleys, since runs
// that share a seed share their data order and their initial draws; what they
// have in common thereby cancels.
func Enclose(valleys []Valley) {
	seeds := Seeds(valleys)
	if len(seeds) < 2 {
		return
	}
	resample(seeds, func(weights *weights) {
		for i := range valleys {
			v := &valleys[i]
			v.Best.draws = append(v.Best.draws, math.Log(optimum(v.cells, weightedMeans(v.cells, weights)).At))
		}
	})
	for i := range valleys {
		valleys[i].enclose(len(seeds))
	}
}

// weights is how often each seed was drawn. Nil counts each once.
type weights struct {
	seeds  []int // ascending
	counts []float64
}

func (w *weights) of(seed int) float64 {
	i := seed - w.seeds[0] // where they have no gaps
	if i < 0 || i >= len(w.seeds) || w.seeds[i] != seed {
		var drawn bool
		if i, drawn = slices.BinarySearch(w.seeds, seed); !drawn {
			return 0
		}
	}
	return w.counts[i]
}

// resample draws the seeds with replacement, again and again, and calls each with
// how often each seed was drawn; the counts are valid during the call only. The
// same seeds, which ascend, give the same draws, so that separate estimates from
// one set of runs stay paired.
func resample(seeds []int, each func(weights *weights)) {
	random := rand.New(rand.NewPCG(1, uint64(len(seeds))))
	w := &weights{seeds, make([]float64, len(seeds))}
	for range resamples {
		clear(w.counts)
		for range seeds {
			w.counts[random.IntN(len(seeds))]++
		}
		each(w)
	}
}

// enclose gives the optimum its interval if it is an estimate: what the seeds
// leave open and, at a cliff, what the grid's spacing hides, cut at the ends of
// the grid, beyond which nothing was seen.
func (v *Valley) enclose(seeds int) {
	best := &v.Best
	best.seeds = seeds
	if best.Place != Inside {
		return
	}
	at := math.Log(best.At)
	low, high := interval(at, best.draws, seeds)
	below, above := best.hidden(v.cells)
	best.Low = max(math.Exp(at-math.Hypot(at-low, below)), v.cells[0].X)
	best.High = min(math.Exp(at+math.Hypot(high-at, above)), v.cells[len(v.cells)-1].X)
}

// Seeds are those with a loss anywhere in the valleys, ascending.
func Seeds(valleys []Valley) []int {
	var seeds []int
	for _, v := range valleys {
		for _, c := range v.cells {
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
func weightedMeans(cells []Cell, weights *weights) []float64 {
	means := make([]float64, len(cells))
	for i := range cells {
		c := &cells[i] // which is large, and this is done for every resample
		if weights == nil {
			means[i] = c.Losses.Mean()
			continue
		}
		var sum, total float64
		for _, l := range c.Losses {
			w := weights.of(l.Seed)
			sum += w * l.Loss
			total += w
		}
		if means[i] = sum / total; total == 0 {
			means[i] = c.Losses.Mean()
		}
	}
	return means
}
