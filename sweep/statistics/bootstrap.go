package statistics

import (
	"math/rand/v2"
	"slices"
)

// resamples is how often the seeds are drawn anew.
const resamples = 1000

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
