package runner

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"sweep/sweep"
)

// Halving is successive halving (Jamieson and Talwalkar, arXiv 1502.07943) over
// learning rates: at a quarter and at half of the steps it stops the runs whose
// learning rate is clearly worse than another at the same setting.
type Halving struct{}

var _ Pruner = Halving{}

const (
	// clearly is how many times the loss of the best learning rate the loss must
	// be, for every seed.
	clearly = 1.25
	// kept is how many learning rates on either side of the best one go on in any
	// case: a parabola is fitted to them.
	kept = 2
)

// Rungs are a quarter and half of the steps.
func (Halving) Rungs() []float64 { return []float64{1. / 4, 1. / 2} }

// Worse returns the keys of the runs whose learning rates are clearly worse than
// the best at the same setting, all else but the seed being equal.
func (Halving) Worse(runs iter.Seq[Candidate]) map[string]bool {
	worse := map[string]bool{}
	for _, setting := range bySetting(runs) {
		best, ok := bestRates(setting)
		if !ok {
			continue
		}
		near := neighbours(setting, best)
		for at, runs := range setting {
			if near(at) || !higher(runs, setting[best]) {
				continue
			}
			for _, r := range runs {
				worse[r.key] = true
			}
		}
	}
	return worse
}

// attempted is a run, and its loss at the rung; NaN if it is not known.
type attempted struct {
	key  string
	seed int
	loss float64
}

// rates are the learning rates of A and B.
type rates struct{ a, b float64 }

// bySetting groups runs that differ in learning rates and seeds alone, and in
// each setting those of equal learning rates.
func bySetting(runs iter.Seq[Candidate]) map[string]map[rates][]attempted {
	encoder := sweep.NewEncoder(sweep.ParametersWithout(sweep.RoleRate | sweep.RoleSeed))
	settings := map[string]map[rates][]attempted{}
	for r := range runs {
		id := string(encoder.Text(&r.Params))
		if settings[id] == nil {
			settings[id] = map[rates][]attempted{}
		}
		at := rates{r.Params.LRA, r.Params.LRB}
		settings[id][at] = append(settings[id][at], attempted{r.Key, r.Params.Seed, lossAt(r.Points, r.Rung)})
	}
	return settings
}

// lossAt is the mean training loss over the last quarter of the steps up to the
// rung. It is NaN where the curve ends before the rung, and where the gradient
// vanished: then the run overflowed (see WhenDiverged), and its loss, which is
// ln(vocabulary) and may be lower than that of others, shows nothing learnt.
func lossAt(points []sweep.Point, rung int) float64 {
	n, _ := slices.BinarySearchFunc(points, rung, func(p sweep.Point, step int) int { return cmp.Compare(p.Step, step) })
	if rung == 0 || n == len(points) || vanished(points[:n+1]) {
		return math.NaN()
	}
	tail := points[max(0, n+1-max(1, rung/4)) : n+1]
	sum := 0.0
	for _, p := range tail {
		sum += p.Loss
	}
	return sum / float64(len(tail))
}

// bestRates returns the learning rates with the lowest mean loss. Rates of which a
// loss is not known are left out.
func bestRates(setting map[rates][]attempted) (best rates, ok bool) {
	lowest := math.Inf(1)
	for at, runs := range setting {
		mean := 0.0
		for _, r := range runs {
			mean += r.loss / float64(len(runs))
		}
		if mean < lowest || mean == lowest && (at.b < best.b || at.b == best.b && at.a < best.a) {
			best, lowest, ok = at, mean, true
		}
	}
	return best, ok
}

// neighbours reports which of the learning rates tried are so near the best one
// that they are kept.
func neighbours(setting map[rates][]attempted, best rates) func(rates) bool {
	var a, b []float64
	for at := range setting {
		a, b = append(a, at.a), append(b, at.b)
	}
	return func(at rates) bool { return between(a, at.a, best.a) <= kept && between(b, at.b, best.b) <= kept }
}

// between returns how many different values of those tried lie between x and y, with
// the higher of the two and without the lower.
func between(tried []float64, x, y float64) int {
	low, high := min(x, y), max(x, y)
	values := map[float64]bool{}
	for _, v := range tried {
		if v > low && v <= high {
			values[v] = true
		}
	}
	return len(values)
}

// higher reports whether the loss of every run is known and clearly higher than that
// of the best run with the same seed.
func higher(runs, best []attempted) bool {
	lowest := map[int]float64{} // by seed
	for _, r := range best {
		lowest[r.seed] = r.loss
	}
	return !slices.ContainsFunc(runs, func(r attempted) bool { return !(r.loss > clearly*lowest[r.seed]) || lowest[r.seed] == 0 })
}
