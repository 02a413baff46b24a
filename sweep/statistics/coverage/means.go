package main

import (
	"fmt"
	"math"

	"sweep/sweep/statistics"
)

// meansTable is how the mean of several costs and the gap between two such means do.
func meansTable(trials int) table {
	t := table{
		title: "Mean of costs, and the gap between two",
		text: "The best x of the first of seven valleys is kept in the others. The best of three lie where it does, those of the other three at the factors .8, .5 and .3\n" +
			"of it, all to the power named, as ranks do under two rules of alpha. The mean cost of either three (MeanCost), and by how much the second exceeds the first\n" +
			"(CostGap); how often the gap's interval leaves 0 out, and how often it lies on the wrong side of 0.",
		head: []string{"shape", "to the power", "spacing", "seeds", "first mean", "second mean", "gap", "leaves 0 out", "falsely"},
	}
	for _, kind := range kinds() {
		for _, to := range []float64{0, 1} {
			for _, ratio := range []float64{1.47, 2.15} {
				for _, seeds := range []int{3, 5, 10} {
					f := family{shapes: kind.shapes(7), shift: []float64{0, 0, 0, 0, to * math.Log(.8), to * math.Log(.5), to * math.Log(.3)}, alike: 0.5}
					once := onceString(func() []string { return f.means(ratio, seeds, trials).strings() })
					r := row{labels: []string{kind.name, fmt.Sprint(to), fmt.Sprint(ratio), fmt.Sprint(seeds)}}
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

// means counts how the means of costs, and the gap between two, do.
type means struct {
	first, second, gap tally
	apart, falsely     int
}

// means draws a family of seven valleys: the costs of three are one mean, those of the
// last three the other.
func (f family) means(ratio float64, seeds, trials int) means {
	var m means
	f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
		costs, truth := make([][]statistics.Keeping, 2), make([]float64, 2)
		for v := 1; v < len(f.shift); v++ {
			side := (v - 1) / 3
			k, cost := f.keeping(v, x, loss)
			costs[side], truth[side] = append(costs[side], k), truth[side]+cost/3
		}
		for side, t := range []*tally{&m.first, &m.second} {
			e := statistics.MeanCost(costs[side])
			t.add(interval{e.Value, e.Low, e.High, e.Bounded()}, truth[side])
		}
		e, between := statistics.CostGap(costs[0], costs[1]), truth[1]-truth[0]
		m.gap.add(interval{e.Value, e.Low, e.High, e.Bounded()}, between)
		if e.Low > 0 || e.High < 0 {
			m.apart++
		}
		if e.Low > 0 && between <= 0 || e.High < 0 && between >= 0 {
			m.falsely++
		}
		return interval{}, 0
	})
	return m
}

func (m means) strings() []string {
	share := func(n int) string { return percent(float64(n) / float64(m.gap.trials)) }
	return []string{m.first.number(), m.second.number(), m.gap.number(), share(m.apart), share(m.falsely)}
}

// agreementTable is how valleys do that are compared pair by pair, each at its own
// best x.
func agreementTable(trials int) table {
	t := table{
		title: "Agreement of valleys",
		text: "Valleys whose best x moves as in the powers above, all of one level or the last 5 % above it, are compared at the x that other seeds choose (Agree). How\n" +
			"often the interval of the two furthest apart holds by how much their best cells differ, and its mean width; how often all are the same within 5 %, and\n" +
			"how often some two are apart by more, which of one level is false. With one above: how often all are said to be the same, of the trials in which best cells\n" +
			"differ by 5 % or more.",
		head: []string{"shape", "valleys", "spacing", "seeds", "furthest", "same", "falsely apart", "one above: furthest", "falsely same"},
	}
	for _, kind := range kinds() {
		for _, groups := range []int{2, 10} {
			for _, ratio := range []float64{1.47, 2.15} {
				for _, seeds := range []int{3, 5, 10} {
					_, shift := byPower(groups, math.Pow(whole, 1/float64(groups-1)))
					level := make([]float64, groups)
					f := family{shapes: kind.shapes(groups), shift: shift, alike: 0.5, level: level}
					g := f
					g.level = append(make([]float64, groups-1), math.Log1p(0.05))
					equal := onceString(func() []string { return f.agreement(ratio, seeds, trials) })
					above := onceString(func() []string { return g.agreement(ratio, seeds, trials) })
					t.rows = append(t.rows, row{
						labels: []string{kind.name, fmt.Sprint(groups), fmt.Sprint(ratio), fmt.Sprint(seeds)},
						cells: []func() string{
							func() string { return equal()[0] }, func() string { return equal()[1] }, func() string { return equal()[2] },
							func() string { return above()[0] }, func() string { return above()[3] },
						},
					})
				}
			}
		}
	}
	return t
}

// agreement is the furthest difference's share and width, and how often all are said to
// be the same, some two apart, and all the same of those that are not.
func (f family) agreement(ratio float64, seeds, trials int) []string {
	same, falsely, differ, apart := 0, 0, 0, 0
	furthest := f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
		a, ok := statistics.Agree(valleys(x, loss), 0.05)
		if a.Same {
			same++
		}
		if f.furthest(x) >= math.Log1p(0.05) {
			differ++
			if a.Same {
				falsely++
			}
		}
		if a.Apart {
			apart++
		}
		e := a.Furthest
		return interval{math.Log1p(e.Value), math.Log1p(e.Low), math.Log1p(e.High), ok}, f.lowest(a.High, x) - f.lowest(a.Low, x)
	})
	share := func(n int) string { return percent(float64(n) / float64(trials)) }
	return []string{furthest.number(), share(same), share(apart), percent(float64(falsely) / float64(max(differ, 1)))}
}

// furthest is by how much the best cells of valleys differ at most.
func (f family) furthest(x []float64) float64 {
	least, most := math.Inf(1), math.Inf(-1)
	for v := range f.shift {
		least, most = min(least, f.lowest(v, x)), max(most, f.lowest(v, x))
	}
	return most - least
}

// lowest is the log loss of a valley's best cell.
func (f family) lowest(valley int, x []float64) float64 {
	least := math.Inf(1)
	for _, at := range x {
		least = min(least, f.shapes[valley%len(f.shapes)].loss(at-f.shift[valley]))
	}
	return least + f.level[valley]
}

// valleys are those of log losses, by seed and place of log x.
func valleys(x []float64, loss [][][]float64) []statistics.Valley {
	all := make([]statistics.Valley, len(loss))
	for g, seeds := range loss {
		cells := make([]statistics.Cell, len(x))
		for i, at := range x {
			cells[i].X = math.Exp(at)
			for k := range seeds {
				cells[i].Losses = append(cells[i].Losses, statistics.SeedLoss{Seed: k, Loss: math.Exp(seeds[k][i])})
			}
		}
		all[g] = statistics.NewValley(cells)
	}
	return all
}
