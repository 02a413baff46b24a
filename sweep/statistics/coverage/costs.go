package main

import (
	"fmt"
	"math"

	"sweep/sweep/statistics"
)

// worstLoss is the log loss that a run may come to at most in the tables of
// costs, as that before training.
const worstLoss = 2.3

// keepingTable is how the cost of keeping an x does.
func keepingTable(trials int) table {
	t := table{
		title: "Cost of keeping x",
		text: "What is best in one valley is kept in another, the best of which lies a factor below. By cells, chosen on some seeds and priced on others (KeepingCost).\n" +
			"The truth is the log loss at the x that was kept, above that of the best cell.",
		head: []string{"shape", "factor", "spacing", "seeds", "mean cost", "interval"},
	}
	for _, kind := range kinds() {
		for _, factor := range []float64{1, 2, 5} {
			for _, ratio := range []float64{1.47, 2.15} {
				for _, seeds := range []int{3, 5, 10} {
					f := family{shapes: kind.shapes(2), shift: []float64{0, -math.Log(factor)}, alike: 0.5}
					r := row{labels: []string{kind.name, fmt.Sprint(factor), fmt.Sprint(ratio), fmt.Sprint(seeds)}}
					r.cells = append(r.cells, func() string {
						sum := 0.0
						f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
							_, truth := f.keeping(1, x, loss)
							sum += truth
							return interval{}, 0
						})
						return fmt.Sprintf("%.3f", sum/float64(trials))
					}, func() string {
						return f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
							k, truth := f.keeping(1, x, loss)
							return interval{k.Value, k.Low, k.High, k.Known()}, truth
						}).number()
					})
					t.rows = append(t.rows, r)
				}
			}
		}
	}
	return t
}

// keeping is the cost in a valley of what is best in the first, and the truth.
func (f family) keeping(valley int, x []float64, loss [][][]float64) (k statistics.Keeping, truth float64) {
	k = statistics.KeepingCost(scan(x, loss[0]), scan(x, loss[valley]), worstLoss)
	s := f.shapes[valley%len(f.shapes)]
	least := math.Inf(1)
	for _, at := range x {
		least = min(least, s.loss(at-f.shift[valley]))
	}
	return k, max(min(s.loss(math.Log(k.Kept)-f.shift[valley]), worstLoss)-least, 0)
}

// worstTable is how the worst of several costs does.
func worstTable(trials int) table {
	const margin = 0.05
	t := table{
		title: "Worst of several costs",
		text: "The best x of the first of five valleys is kept in the others, whose best lie at the factors 1, 1, 1 and the one named. Interval of the worst cost (Worst), and\n" +
			"how often the tests at 5 % say that it is within 5 % of the loss, or exceeds it, beside the share of trials in which that is false.",
		head: []string{"shape", "factor", "spacing", "seeds", "worst", "within", "falsely", "exceeds", "falsely"},
	}
	for _, kind := range kinds() {
		for _, factor := range []float64{1, 2} {
			for _, ratio := range []float64{1.47, 2.15} {
				for _, seeds := range []int{3, 5, 10} {
					f := family{shapes: kind.shapes(5), shift: []float64{0, 0, 0, 0, -math.Log(factor)}, alike: 0.5}
					var counts [4]int
					var whole tally
					work := func() {
						whole = f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
							var all []statistics.Keeping
							truth := 0.0
							for v := 1; v < 5; v++ {
								k, cost := f.keeping(v, x, loss)
								all, truth = append(all, k), max(truth, cost)
							}
							w := statistics.Worst(all)
							limit := math.Log1p(margin)
							for i, said := range []bool{w.Within(limit) < 0.05, w.Within(limit) < 0.05 && truth > limit, w.Exceeds(limit) < 0.05, w.Exceeds(limit) < 0.05 && truth <= limit} {
								if said {
									counts[i]++
								}
							}
							return interval{w.Value, w.Low, w.High, w.Known()}, truth
						})
					}
					once := onceString(func() []string {
						work()
						out := []string{whole.number()}
						for _, n := range counts {
							out = append(out, percent(float64(n)/float64(trials)))
						}
						return out
					})
					r := row{labels: []string{kind.name, fmt.Sprint(factor), fmt.Sprint(ratio), fmt.Sprint(seeds)}}
					for i := range 5 {
						r.cells = append(r.cells, func() string { return once()[i] })
					}
					t.rows = append(t.rows, r)
				}
			}
		}
	}
	return t
}
