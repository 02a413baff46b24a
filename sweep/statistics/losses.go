package statistics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// A SeedLoss is the final loss of one run.
type SeedLoss struct {
	Seed    int
	Loss    float64 // nats a token, finite
	Redrawn Redrawn // the same on other held-out rows, where the losses of single rows are known
}

// Losses are those of the runs that differ in nothing but seed, of runs that
// are done, ascending in seed.
type Losses []SeedLoss

// Mean is the mean loss over the seeds, NaN for none.
func (l Losses) Mean() float64 { return stat.Mean(l.values(), nil) }

// Range is the smallest and the largest loss over the seeds, NaN for none.
func (l Losses) Range() (low, high float64) {
	losses := l.values()
	if len(losses) == 0 {
		return math.NaN(), math.NaN()
	}
	return slices.Min(losses), slices.Max(losses)
}

// Of is the loss of a seed, if it has one.
func (l Losses) Of(seed int) (loss float64, done bool) {
	for _, one := range l {
		if one.Seed == seed {
			return one.Loss, true
		}
	}
	return 0, false
}

func (l Losses) values() []float64 {
	losses := make([]float64, len(l))
	for i, one := range l {
		losses[i] = one.Loss
	}
	return losses
}

// lossFloor keeps the logarithm of a loss finite.
const lossFloor = 1e-12

// LogLoss is the logarithm of a loss, finite for a loss of 0.
func LogLoss(loss float64) float64 { return math.Log(max(loss, lossFloor)) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
