package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"sweep/sweep/statistics"
)

// heldOut is how many rows are held out.
const heldOut = 60

// A mixture is what held-out rows are like: by how much they and what runs make of
// them differ, as standard deviations of log loss.
type mixture struct {
	name    string
	own     float64 // from row to row, alike in all runs
	slope   float64 // from row to row, for a factor of e in x
	setting float64 // of a row at one x of one valley, in all seeds
	run     float64 // of a row in one run
	tokens  [2]int  // that count in a row, the fewest and the most
}

// mixtures are rows as those of the built-in task, where the losses of 48 runs differed
// so or less, and rows of all kinds, long and short.
func mixtures() []mixture {
	return []mixture{
		{name: "alike", own: 0.2, slope: 0.1, setting: 0.08, run: 0.2, tokens: [2]int{32, 80}},
		{name: "of all kinds", own: 0.5, slope: 0.2, setting: 0.15, run: 0.3, tokens: [2]int{10, 200}},
	}
}

// factor is a random factor of mean 1.
func factor(random *rand.Rand, deviation float64) float64 {
	return math.Exp(deviation*random.NormFloat64() - deviation*deviation/2)
}

// cells draws held-out rows, and what runs make of them whose log losses over all rows
// there could be are given: the cells of each valley.
func (m mixture) cells(random *rand.Rand, x []float64, loss [][][]float64) [][]statistics.Cell {
	own, slope, tokens := make([]float64, heldOut), make([]float64, heldOut), make([]int, heldOut)
	for j := range own {
		own[j], slope[j] = factor(random, m.own), m.slope*random.NormFloat64()
		fewest, most := float64(m.tokens[0]), float64(m.tokens[1])
		tokens[j] = int(fewest * math.Pow(most/fewest, random.Float64()))
	}
	all := make([][]statistics.Cell, len(loss))
	for v := range loss {
		all[v] = make([]statistics.Cell, len(x))
		for i, d := range x {
			all[v][i].X = math.Exp(d)
			here := make([]float64, heldOut)
			for j := range here {
				here[j] = own[j] * math.Exp(slope[j]*d-m.slope*m.slope*d*d/2) * factor(random, m.setting)
			}
			for k := range loss[v] {
				all[v][i].Losses = append(all[v][i].Losses, m.loss(random, k, math.Exp(loss[v][k][i]), here, tokens))
			}
		}
	}
	return all
}

// loss is that of one run on the rows.
func (m mixture) loss(random *rand.Rand, seed int, loss float64, rows []float64, tokens []int) statistics.SeedLoss {
	nats := make([]float64, len(rows))
	sum, counted := 0.0, 0
	for j := range nats {
		nats[j] = float64(tokens[j]) * loss * rows[j] * factor(random, m.run)
		sum += nats[j]
		counted += tokens[j]
	}
	return statistics.SeedLoss{Seed: seed, Loss: sum / float64(counted), Redrawn: statistics.Redraw(nats, tokens)}
}

// An overRowsEstimator is an estimator that rows matter to, with the truth.
type overRowsEstimator struct {
	name     string
	family   func(shapes []shape) family
	keeps    bool // the x of the first valley, as it is by the rows held out
	estimate func(valleys []statistics.Valley) statistics.Estimate
	truth    func(f family, x []float64, valleys []statistics.Valley) float64
}

// rise is by how much the log loss rises from one valley to the next in these tables.
const rise = 0.03

func overRowsEstimators() []overRowsEstimator {
	level := func(shapes []shape) family {
		return family{shapes: shapes, shift: []float64{0, 0, 0, 0}, level: []float64{0, rise, 2 * rise, 3 * rise}, alike: 0.5}
	}
	shifted := func(shapes []shape) family {
		return family{shapes: shapes, shift: []float64{0, 0, 0, -math.Ln2}, alike: 0.5}
	}
	by := []float64{1, math.E, math.E * math.E, math.E * math.E * math.E}
	known := func(truth float64) func(family, []float64, []statistics.Valley) float64 {
		return func(family, []float64, []statistics.Valley) float64 { return truth }
	}
	return []overRowsEstimator{
		{"change of the tuned loss", level, false, func(v []statistics.Valley) statistics.Estimate {
			ratio, _ := statistics.TunedChange(v[0], v[1], worstLoss)
			return ratio
		}, known(math.Expm1(rise))},
		{"its trend over 4 groups", level, false, func(v []statistics.Valley) statistics.Estimate {
			return statistics.TrendOf(by, v, worstLoss).Estimate
		}, known(rise)},
		{"cost of keeping x", shifted, true, func(v []statistics.Valley) statistics.Estimate {
			return statistics.Costs(v, worstLoss)[2].Estimate
		}, func(f family, x []float64, v []statistics.Valley) float64 { return f.cost(3, x, v) }},
		{"worst of 3 costs", shifted, true, func(v []statistics.Valley) statistics.Estimate {
			return statistics.Worst(statistics.Costs(v, worstLoss)).Estimate
		}, func(f family, x []float64, v []statistics.Valley) float64 {
			return max(f.cost(1, x, v), f.cost(2, x, v), f.cost(3, x, v))
		}},
	}
}

// cost is what the best x of the first valley really costs in another.
func (f family) cost(valley int, x []float64, valleys []statistics.Valley) float64 {
	kept := math.Log(statistics.Costs(valleys, worstLoss)[0].Kept)
	s, least := f.shapes[valley%len(f.shapes)], math.Inf(1)
	for _, at := range x {
		least = min(least, s.loss(at-f.shift[valley]))
	}
	return max(min(s.loss(kept-f.shift[valley]), worstLoss)-least, 0)
}

// seedsAlone is losses of which nothing is known by rows.
func seedsAlone(cells []statistics.Cell) []statistics.Cell {
	alone := make([]statistics.Cell, len(cells))
	for i, c := range cells {
		alone[i] = statistics.Cell{X: c.X}
		for _, l := range c.Losses {
			alone[i].Losses = append(alone[i].Losses, statistics.SeedLoss{Seed: l.Seed, Loss: l.Loss})
		}
	}
	return alone
}

// chosen is the loss of the setting that is chosen among the cells, with the truth.
func chosen(s shape, x []float64, cells []statistics.Cell) (statistics.Estimate, float64) {
	settings := make([]statistics.Losses, len(cells))
	for i, c := range cells {
		settings[i] = c.Losses
	}
	choice := statistics.Choose(settings)
	d := x[choice.Best]
	variance := square(sharedNoise) + square(s.noise(d))
	return choice.Loss, math.Exp(s.loss(d) + variance/2)
}

func square(x float64) float64 { return x * x }

func toInterval(e statistics.Estimate) interval {
	return interval{e.Value, e.Low, e.High, e.Bounded()}
}

// judgeRows counts how estimators do by seeds alone and over rows, in turns: first the
// loss of the chosen setting, then the others, and last the best x by seeds alone.
func (m mixture) judgeRows(shapes []shape, seeds, trials int) []tally {
	random := rand.New(rand.NewPCG(uint64(seeds), uint64(trials)))
	estimators := overRowsEstimators()
	tallies := make([]tally, 2*len(estimators)+3)
	for range trials {
		var cells [][]statistics.Cell
		for n, e := range estimators {
			f := e.family(shapes)
			x := f.over(random, 2.15)
			cells = m.cells(random, x, f.run(random, x, seeds))
			valleys := make([]statistics.Valley, len(cells))
			for v := range cells {
				valleys[v] = statistics.NewValley(cells[v])
			}
			truth := e.truth(f, x, valleys)
			for rows, groups := range []int{0, heldOut} {
				over, _ := statistics.OverRows(groups, func(draw int) statistics.Estimate {
					part := make([]statistics.Valley, len(valleys))
					for v := range valleys {
						part[v] = valleys[v].Redrawn(draw)
					}
					if e.keeps {
						part[0] = valleys[0]
					}
					return e.estimate(part)
				})
				tallies[2+2*n+rows].add(toInterval(over), truth)
			}
			if n > 0 {
				continue
			}
			for rows, c := range [][]statistics.Cell{seedsAlone(cells[0]), cells[0]} {
				loss, truth := chosen(f.shapes[0], x, c)
				tallies[rows].add(toInterval(loss), truth)
			}
			best := valleys[0].Best
			tallies[len(tallies)-1].add(interval{math.Log(best.At), math.Log(best.Low), math.Log(best.High), best.Place == statistics.Inside}, 0)
		}
	}
	return tallies
}

// rowsTable is how intervals do where the held-out rows are a sample, too.
func rowsTable(trials int) table {
	t := table{
		title: "Held-out rows",
		text: fmt.Sprintf("The %d held-out rows are drawn anew in each trial, alike or of all kinds (rows.go); the truth is the loss over all rows there could be. Each estimate by\n"+
			"its interval over seeds alone and over seeds and rows (OverRows), over %d trials, spacing 2.15. The best x is by seeds alone.", heldOut, trials),
		head: []string{"rows", "shape", "seeds", "loss of the chosen", "over rows"},
	}
	for _, e := range overRowsEstimators() {
		t.head = append(t.head, e.name, "over rows")
	}
	t.head = append(t.head, "best x")
	for _, m := range mixtures() {
		for _, name := range []string{"menus, alpha 32", "plateau"} {
			for _, seeds := range []int{3, 5, 10} {
				once := onceString(func() []string {
					tallies := m.judgeRows(named(name), seeds, trials)
					texts := make([]string, len(tallies))
					for i, one := range tallies {
						texts[i] = one.number()
					}
					texts[len(texts)-1] = tallies[len(texts)-1].factor()
					return texts
				})
				r := row{labels: []string{m.name, name, fmt.Sprint(seeds)}}
				for i := range t.head[3:] {
					r.cells = append(r.cells, func() string { return once()[i] })
				}
				t.rows = append(t.rows, r)
			}
		}
	}
	return t
}
