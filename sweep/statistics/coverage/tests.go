package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"

	"sweep/sweep/statistics"
)

// onceString works strings out once, for cells that share them.
func onceString(of func() []string) func() []string { return sync.OnceValue(of) }

// whole is the factor over which groups are spread.
const whole = 512

// trendTable is how the trend of the tuned loss does.
func trendTable(trials int) table {
	t := table{
		title: "Trend of the tuned loss",
		text: "The loss at tuned x rises by 0 or by .01 nats for a factor of e, over 4 or 10 groups, as in the powers above (NewTrend of Tuned). How often the interval\n" +
			"holds the truth, its mean width, and how often it leaves 0 out: for a rise of 0 that is false. Then how often the loss is said to stay within 5 % over the\n" +
			"whole factor of 512 (Same) where it does not change, and where it changes by just that, which is false. Where the shape changes, the grid adds to what\n" +
			"is tuned.",
		head: []string{"shape", "groups", "spacing", "seeds", "rise 0", "leaves 0 out", "rise .01", "leaves 0 out", "same", "falsely"},
	}
	for _, kind := range kinds() {
		for _, groups := range []int{4, 10} {
			for _, ratio := range []float64{1.47, 2.15} {
				for _, seeds := range []int{3, 5, 10} {
					r := row{labels: []string{kind.name, fmt.Sprint(groups), fmt.Sprint(ratio), fmt.Sprint(seeds)}}
					by, shift := byPower(groups, math.Pow(whole, 1/float64(groups-1)))
					f := family{shapes: kind.shapes(groups), shift: shift, alike: 0.5}
					var all []func() trends
					for _, rise := range []float64{0, 0.01, math.Log1p(0.05) / math.Log(whole)} {
						all = append(all, sync.OnceValue(func() trends { return f.trends(by, rise, ratio, seeds, trials) }))
					}
					share := func(i int, of func(trends) int) func() string {
						return func() string { return percent(float64(of(all[i]())) / float64(trials)) }
					}
					for i := range 2 {
						r.cells = append(r.cells, func() string {
							return fmt.Sprintf("%s %.3f", percent(all[i]().share()), all[i]().width/all[i]().given())
						}, share(i, func(t trends) int { return t.apart }))
					}
					r.cells = append(r.cells, share(0, func(t trends) int { return t.same }), share(2, func(t trends) int { return t.same }))
					t.rows = append(t.rows, r)
				}
			}
		}
	}
	return t
}

// trends counts how trends of a known rise do.
type trends struct {
	tally
	apart, same int
}

// trends draws the family with a log loss that rises by so much for a factor of e.
func (f family) trends(by []float64, rise, ratio float64, seeds, trials int) trends {
	f.level = nil
	for _, b := range by {
		f.level = append(f.level, rise*math.Log(b))
	}
	var t trends
	t.tally = f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
		var tuned [][]float64
		for g := range loss {
			tuned = append(tuned, statistics.Tuned(scan(x, loss[g]), worstLoss))
		}
		e := statistics.NewTrend(by, tuned)
		if e.Low > 0 || e.High < 0 {
			t.apart++
		}
		if e.Same(whole, 0.05) {
			t.same++
		}
		return interval{e.Value, e.Low, e.High, e.Bounded()}, rise
	})
	return t
}

// sameTable sets the power that is promised beside what simulation finds.
func sameTable(trials int) table {
	t := table{
		title: "Equivalence and power",
		text: "Paired differences of log loss with a standard deviation of .05. How often two one-sided tests (Trend.Same) find two settings the same within 5 % that are equal, beside\n" +
			"what EquivalencePower promises; how often they do so where the settings differ by just the margin, which is false: for normal noise, and for noise with\n" +
			"heavy tails (Student's t of 3 degrees of freedom); how often a difference of .05 is found, beside DifferencePower; and how often the interval of Paired\n" +
			"holds it where every second seed is missing in one of the two. Over ten times as many trials.",
		head: []string{"seeds", "same", "promised", "falsely", "heavy tails", "found", "promised", "half missing"},
	}
	for _, seeds := range []int{3, 5, 10, 20, 40} {
		once := onceString(func() []string { return pairs(seeds, 10*trials) })
		r := row{labels: []string{fmt.Sprint(seeds)}}
		for i := range 7 {
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
	heavy := distuv.StudentsT{Sigma: 1 / math.Sqrt(3), Nu: 3, Src: random}
	drawn := func(mean float64, noise func() float64) (first, second []float64) {
		for range seeds {
			shared := random.NormFloat64()
			first, second = append(first, shared+mean+deviation*noise()), append(second, shared)
		}
		return first, second
	}
	draw := func(mean float64) (first, second []float64) { return drawn(mean, random.NormFloat64) }
	same := func(mean float64, noise func() float64) bool {
		first, second := drawn(mean, noise)
		return statistics.NewTrend([]float64{1, math.E}, [][]float64{first, second}).Same(math.E, 0.05)
	}
	var equal, falsely, tails, found, held, paired int
	for range trials {
		if same(0, random.NormFloat64) {
			equal++
		}
		if same(margin, random.NormFloat64) {
			falsely++
		}
		if same(margin, heavy.Rand) {
			tails++
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
		share(equal, trials), percent(statistics.EquivalencePower(deviation, seeds, margin)), share(falsely, trials), share(tails, trials),
		share(found, trials), percent(statistics.DifferencePower(effect, deviation, seeds)), share(held, paired),
	}
}
