package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"sweep/sweep/statistics"
)

// onceString works strings out once, for cells that share them.
func onceString(of func() []string) func() []string { return sync.OnceValue(of) }

// trendTable is how the trend of the tuned loss does.
func trendTable(trials int) table {
	t := table{
		title: "Trend of the tuned loss",
		text: "The loss at tuned x rises by 0 or by .01 nats for a factor of e, over 4 or 10 groups, as in the powers above (NewTrend of Tuned). How often the interval\n" +
			"holds the truth, its mean width, and how often it leaves 0 out: for a rise of 0 that is false. Where the shape changes, the grid adds to what is tuned.",
		head: []string{"shape", "groups", "spacing", "seeds", "rise 0", "leaves 0 out", "rise .01", "leaves 0 out"},
	}
	for _, kind := range kinds() {
		for _, groups := range []int{4, 10} {
			for _, ratio := range []float64{1.47, 2.15} {
				for _, seeds := range []int{3, 5, 10} {
					r := row{labels: []string{kind.name, fmt.Sprint(groups), fmt.Sprint(ratio), fmt.Sprint(seeds)}}
					for _, rise := range []float64{0, 0.01} {
						by, shift := byPower(groups, math.Pow(512, 1/float64(groups-1)))
						f := family{shapes: kind.shapes(groups), shift: shift, alike: 0.5}
						for _, b := range by {
							f.level = append(f.level, rise*math.Log(b))
						}
						once := onceString(func() []string {
							apart := 0
							whole := f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
								var tuned [][]float64
								for g := range loss {
									tuned = append(tuned, statistics.Tuned(scan(x, loss[g]), worstLoss))
								}
								e := statistics.NewTrend(by, tuned)
								if e.Low > 0 || e.High < 0 {
									apart++
								}
								return interval{e.Value, e.Low, e.High, e.Bounded()}, rise
							})
							return []string{fmt.Sprintf("%s %.3f", percent(whole.share()), whole.width/whole.given()), percent(float64(apart) / float64(trials))}
						})
						r.cells = append(r.cells, func() string { return once()[0] }, func() string { return once()[1] })
					}
					t.rows = append(t.rows, r)
				}
			}
		}
	}
	return t
}

// sameTable sets the power that is promised beside what simulation finds.
func sameTable(trials int) table {
	t := table{
		title: "Equivalence and power",
		text: "Paired differences of log loss with a standard deviation of .05. How often two one-sided tests find two settings the same within 5 % that are equal, beside\n" +
			"what EquivalencePower promises; how often they do so where the settings differ by just the margin, which is false; how often a difference of .05 is\n" +
			"found, beside DifferencePower; and how often the interval of Paired holds it where every second seed is missing in one of the two.",
		head: []string{"seeds", "same", "promised", "falsely", "found", "promised", "half missing"},
	}
	for _, seeds := range []int{3, 5, 10, 20, 40} {
		once := onceString(func() []string { return pairs(seeds, trials) })
		r := row{labels: []string{fmt.Sprint(seeds)}}
		for i := range 6 {
			r.cells = append(r.cells, func() string { return once()[i] })
		}
		t.rows = append(t.rows, r)
	}
	return t
}

func pairs(seeds, trials int) []string {
	const deviation, effect = 0.05, 0.05
	random := rand.New(rand.NewPCG(1, uint64(seeds)))
	margin := math.Log1p(0.05)
	draw := func(mean float64) (first, second []float64) {
		for range seeds {
			shared := random.NormFloat64()
			first, second = append(first, shared+mean+deviation*random.NormFloat64()), append(second, shared)
		}
		return first, second
	}
	same := func(mean float64) bool {
		first, second := draw(mean)
		var a, b statistics.Losses
		for k := range first {
			a, b = append(a, statistics.SeedLoss{Seed: k, Loss: math.Exp(first[k])}), append(b, statistics.SeedLoss{Seed: k, Loss: math.Exp(second[k])})
		}
		d, err := statistics.Equivalent(a, b, 0.05)
		return err == nil && d.Same()
	}
	var equal, falsely, found, held, paired int
	for range trials {
		if same(0) {
			equal++
		}
		if same(margin) {
			falsely++
		}
		if e := statistics.Paired(draw(effect)); e.Low > 0 || e.High < 0 {
			found++
		}
		first, second := draw(effect)
		for k := range seeds / 2 {
			second[2*k] = math.NaN()
		}
		if e := statistics.Paired(first, second); e.Bounded() {
			paired++
			if e.Low <= effect && effect <= e.High {
				held++
			}
		}
	}
	share := func(n, of int) string { return percent(float64(n) / float64(of)) }
	return []string{
		share(equal, trials), percent(statistics.EquivalencePower(deviation, seeds, margin)), share(falsely, trials),
		share(found, trials), percent(statistics.DifferencePower(effect, deviation, seeds)), share(held, paired),
	}
}
