package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"sweep/sweep/statistics"
)

// An interval is what an estimator says of log x: an estimate, and from where to
// where the truth is said to lie. ok is false where it refuses.
type interval struct {
	at, low, high float64
	ok            bool
}

// estimators of the best x, by name.
func estimators() []struct {
	name string
	of   func(x []float64, loss [][]float64) interval
} {
	return []struct {
		name string
		of   func(x []float64, loss [][]float64) interval
	}{{"two-sided curves", byProfile}, {"parabola", byParabola}, {"cells", byCells}}
}

func byProfile(x []float64, loss [][]float64) interval {
	p := statistics.NewProfile(scan(x, loss))
	if p.Place != statistics.Inside {
		return interval{}
	}
	e := p.Best()
	return interval{math.Log(e.Value), math.Log(e.Low), math.Log(e.High), true}
}

func scan(x []float64, loss [][]float64) statistics.Scan {
	s := statistics.Scan{Loss: loss}
	for _, at := range x {
		s.X = append(s.X, math.Exp(at))
	}
	return s
}

// byCells is the lowest cell, from the cell below the least that a bootstrap over
// seeds finds lowest to the cell above the largest, each in 95 % of the resamples.
func byCells(x []float64, loss [][]float64) interval {
	const resamples = 200
	random := rand.New(rand.NewPCG(1, uint64(len(loss))))
	lowest := func(weights []float64) int {
		best, least := 0, math.Inf(1)
		for i := range x {
			sum := 0.0
			for k, w := range weights {
				if w > 0 {
					sum += w * loss[k][i]
				}
			}
			if sum < least {
				best, least = i, sum
			}
		}
		return best
	}
	all := make([]float64, len(loss))
	for k := range all {
		all[k] = 1
	}
	best := lowest(all)
	if best == 0 || best == len(x)-1 || math.IsInf(loss[0][best+1], 1) {
		return interval{}
	}
	found := make([]int, resamples)
	for b := range found {
		clear(all)
		for range all {
			all[random.IntN(len(all))]++
		}
		found[b] = lowest(all)
	}
	slices.Sort(found)
	low, high := found[resamples/40], found[resamples-1-resamples/40]
	return interval{x[best], x[max(low-1, 0)], x[min(high+1, len(x)-1)], true}
}

// bestTable is how each estimator of the best x does on every shape.
func bestTable(trials int) table {
	t := table{
		title: "Best x",
		text: "By two-sided curves (NewProfile), by a parabola through the lowest cells with a bootstrap over seeds, and by the lowest cell with its\n" +
			"neighbours. Width and, in brackets, bias are factors of x. An estimator refuses where the lowest cell is the first or the last, or lies beside\n" +
			"divergence; what it refuses is not counted.",
		head: []string{"shape", "spacing", "seeds"},
	}
	for _, e := range estimators() {
		t.head = append(t.head, e.name)
	}
	for _, s := range shapes() {
		for _, g := range grids() {
			for _, seeds := range []int{2, 3, 5, statistics.MostSeedsSimulated} {
				r := row{labels: []string{s.name, g.name, fmt.Sprint(seeds)}}
				for i, e := range estimators() {
					trials := trials
					if i > 0 {
						trials /= slower
					}
					r.cells = append(r.cells, func() string { return judge(s, g, seeds, trials, e.of).factor() })
				}
				t.rows = append(t.rows, r)
			}
		}
	}
	return t
}

type spacing struct {
	name   string
	ratio  float64
	uneven bool
}

func grids() []spacing {
	return []spacing{{"1.47", 1.47, false}, {"2.15", 2.15, false}, {"2.15, uneven", 2.15, true}, {"3", 3, false}}
}

func judge(s shape, g spacing, seeds, trials int, estimate func(x []float64, loss [][]float64) interval) tally {
	random := rand.New(rand.NewPCG(uint64(seeds), uint64(100*g.ratio)))
	var t tally
	for range trials {
		x := grid(random, g.ratio, g.uneven)
		t.add(estimate(x, s.run(random, x, seeds)), 0)
	}
	return t
}
