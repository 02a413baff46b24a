package runner

import (
	"cmp"
	"math"
	"slices"

	"sweep/sweep"
)

const (
	// clearly is how much higher than that of the best learning rate the loss must
	// be, for every seed.
	clearly = 1.25
	// kept is how many learning rates on either side of the best one go on in any
	// case: a parabola is fitted to them.
	kept = 2
)

// lossAt is the mean training loss over the last quarter of the steps up to the
// rung; NaN where the curve ends before, and where the gradient vanished: such a
// run overflowed (see WhenDiverged), and its loss of ln(vocabulary), which may be
// lower than others', is no achievement.
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

// vanished reports whether a curve had a gradient first, and then none at a
// step whose loss is not zero.
func vanished(points []sweep.Point) bool {
	had := slices.IndexFunc(points, func(p sweep.Point) bool { return p.GradNorm > 0 })
	return had >= 0 && slices.ContainsFunc(points[had:], func(p sweep.Point) bool { return p.GradNorm == 0 && p.Loss != 0 })
}

// candidate is a run, and its loss at the rung; NaN if it is not known.
type candidate struct {
	sweep.Params
	key  string
	loss float64
}

// clearlyWorse returns the keys of the runs whose learning rates are clearly
// worse than the best at the same setting, all else but the seed being equal.
func clearlyWorse(candidates []candidate) map[string]bool {
	encoder := sweep.NewEncoder(slices.DeleteFunc(sweep.Parameters(), func(q sweep.Parameter) bool {
		return slices.Contains([]string{"lr", "lr_a", "lr_b", "seed"}, q.Name)
	}))
	settings := map[string]map[rates][]candidate{}
	for _, r := range candidates {
		id := string(encoder.Text(&r.Params))
		if settings[id] == nil {
			settings[id] = map[rates][]candidate{}
		}
		at := rates{r.LRA, r.LRB}
		settings[id][at] = append(settings[id][at], r)
	}
	worse := map[string]bool{}
	for _, setting := range settings {
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

// rates are the learning rates of A and B.
type rates struct{ a, b float64 }

// bestRates are those of the lowest mean loss, of those whose losses are all
// known.
func bestRates(setting map[rates][]candidate) (best rates, ok bool) {
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

// neighbours tells which learning rates are so near the best among those tried
// that they are kept.
func neighbours(setting map[rates][]candidate, best rates) func(rates) bool {
	var a, b []float64
	for at := range setting {
		a, b = append(a, at.a), append(b, at.b)
	}
	return func(at rates) bool { return between(a, at.a, best.a) <= kept && between(b, at.b, best.b) <= kept }
}

// between is how many different values of those tried lie from x to y, the lower
// of the two not counted.
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

// higher reports whether each run's loss is known and clearly higher than that
// of the best with the same seed.
func higher(runs, best []candidate) bool {
	of := map[int]float64{}
	for _, r := range best {
		of[r.Seed] = r.loss
	}
	return !slices.ContainsFunc(runs, func(r candidate) bool { return !(r.loss > clearly*of[r.Seed]) || of[r.Seed] == 0 })
}
