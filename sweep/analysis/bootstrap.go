package analysis

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

const (
	resamples  = 1000
	confidence = 0.95
)

// locate gives the optimum of every valley its interval by a bootstrap over
// seeds. Seeds are drawn once for all cells of all valleys, since runs
// that share a seed share their data order and their initial draws; what they
// have in common thereby cancels.
func (s *Slice) locate() {
	seeds := s.seeds()
	if len(seeds) < 2 {
		return
	}
	resample(seeds, func(weights *weights) {
		for i := range s.ByLR {
			v := &s.ByLR[i]
			v.Best.draws = append(v.Best.draws, math.Log(optimum(v.Cells, weightedMeans(v.Cells, weights)).At))
		}
	})
	for i := range s.ByLR {
		s.ByLR[i].enclose(len(seeds))
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

// resample draws the seeds with replacement, again and again, and hands over
// how often each was drawn, until it draws again. The same seeds, which ascend,
// give the same draws, so that separate estimates from one set of runs stay paired.
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
func (v *LossByLR) enclose(seeds int) {
	best := &v.Best
	best.seeds = seeds
	if best.Place != Inside {
		return
	}
	at := math.Log(best.At)
	low, high := interval(at, best.draws, seeds)
	below, above := best.hidden(v.Cells)
	best.Low = max(math.Exp(at-math.Hypot(at-low, below)), v.Cells[0].X.Number)
	best.High = min(math.Exp(at+math.Hypot(high-at, above)), v.Cells[len(v.Cells)-1].X.Number)
}

// seeds are those with a loss anywhere in the slice, ascending.
func (s *Slice) seeds() []int { return seedsOf(s.ByLR) }

func seedsOf(valleys []LossByLR) []int {
	var seeds []int
	for _, v := range valleys {
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
func weightedMeans(cells []Cell, weights *weights) []float64 {
	means := make([]float64, len(cells))
	for i := range cells {
		c := &cells[i] // which is large, and this is done for every resample
		if weights == nil {
			means[i] = c.Mean()
			continue
		}
		var sum, total float64
		for _, l := range c.Losses {
			w := weights.of(l.Seed)
			sum += w * l.Loss
			total += w
		}
		if means[i] = sum / total; total == 0 {
			means[i] = c.Mean()
		}
	}
	return means
}

// interval is the 95 % Student-t interval around an estimate from n seeds,
// with the bootstrap's standard error. The draws' own quantiles would be too
// narrow: of three seeds they cover the truth some 70 times in a hundred. The
// factor n/(n-1) makes up for drawing from the sample and not from the
// population (Hesterberg, arXiv 1411.5279).
func interval(estimate float64, draws []float64, n int) (low, high float64) {
	if len(draws) == 0 {
		return math.NaN(), math.NaN()
	}
	reach := studentT(n) * stat.StdDev(draws, nil) * math.Sqrt(float64(n)/float64(n-1))
	return estimate - reach, estimate + reach
}

// studentT is how many standard errors the confidence interval of a mean of n
// values reaches to either side.
func studentT(n int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile((1 + confidence) / 2)
}
