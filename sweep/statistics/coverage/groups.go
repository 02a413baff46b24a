package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"sweep/sweep/statistics"
)

// A family is valleys side by side, such as those of several alphas, of the same
// seeds and on the same grid. In log x the best of each lies at shift.
type family struct {
	shapes []shape
	shift  []float64
	level  []float64 // what is added to each valley's log loss, nil for nothing
	alike  float64   // correlation of a seed's noise from one valley to the next, at one distance from their best
}

// run draws the log losses of every valley, by seed and place of log x.
func (f family) run(random *rand.Rand, x []float64, seeds int) [][][]float64 {
	loss := make([][][]float64, len(f.shift))
	common := make([]map[int]float64, seeds) // noise by the distance from the best
	shared := make([]float64, seeds)
	for k := range common {
		common[k], shared[k] = map[int]float64{}, sharedNoise*random.NormFloat64()
	}
	for g, best := range f.shift {
		s := f.shapes[g%len(f.shapes)]
		loss[g] = make([][]float64, seeds)
		for k := range seeds {
			loss[g][k] = make([]float64, len(x))
			for i := range x {
				d := x[i] - best
				at := int(math.Round(d / math.Log(1.47)))
				if _, drawn := common[k][at]; !drawn {
					common[k][at] = random.NormFloat64()
				}
				noise := f.alike*common[k][at] + math.Sqrt(1-f.alike*f.alike)*random.NormFloat64()
				loss[g][k][i] = s.loss(d) + shared[k] + s.noise(d)*noise
				if f.level != nil {
					loss[g][k][i] += f.level[g]
				}
			}
		}
	}
	return loss
}

// over is a grid of log x that holds the best of all valleys.
func (f family) over(random *rand.Rand, ratio float64) []float64 {
	step := math.Log(ratio)
	low, high := 0.0, 0.0
	for _, best := range f.shift {
		low, high = min(low, best), max(high, best)
	}
	var x []float64
	for at := low - (3+random.Float64())*step; at < high+4*step; at += step {
		x = append(x, at)
	}
	return x
}

// power is the true power in the tables.
const power = -0.55

// byPower is valleys whose best x moves as that power, from one group to the next
// by a factor of ratio.
func byPower(groups int, ratio float64) (by, shift []float64) {
	for g := range groups {
		by = append(by, math.Pow(ratio, float64(g)))
		shift = append(shift, power*float64(g)*math.Log(ratio))
	}
	return by, shift
}

// named finds shapes by their names.
func named(names ...string) []shape {
	var found []shape
	for _, name := range names {
		for _, s := range shapes() {
			if s.name == name {
				found = append(found, s)
			}
		}
	}
	return found
}

// kinds are the families that tables of several valleys are made of: all of one
// shape, and one that changes from the first valley to the last.
func kinds() []struct {
	name   string
	shapes func(groups int) []shape
} {
	one := func(name string) func(int) []shape { return func(int) []shape { return named(name) } }
	return []struct {
		name   string
		shapes func(groups int) []shape
	}{
		{"parabola", one("parabola")},
		{"cliff above", one("cliff above")},
		{"wall above", one("wall above")},
		{"plateau", one("plateau")},
		{"menus, alpha 32", one("menus, alpha 32")},
		{"menus, alpha 16", one("menus, alpha 16")},
		{"menus, from alpha 1 to 32", func(groups int) []shape {
			all := make([]shape, groups)
			for g := range all {
				all[g] = named("menus, alpha 1", "menus, alpha 16", "menus, alpha 32")[3*g/groups]
			}
			return all
		}},
	}
}

// powerTable is how the power of the best x does.
func powerTable(trials int) table {
	t := table{
		title: "Power of the best x",
		text: "The best x moves as the power -0.55 of what is varied over a factor of 512, in 4 groups or in 10. Half of a seed's noise is the same in all groups at\n" +
			"one distance from their best. By two-sided curves in all groups (NewPowerLaw), and by least squares through parabolas with the wider of their intervals.",
		head: []string{"shape", "groups", "spacing", "seeds", "two-sided curves", "parabolas"},
	}
	for _, kind := range kinds() {
		for _, groups := range []int{4, 10} {
			for _, ratio := range []float64{1.47, 2.15} {
				for _, seeds := range []int{2, 5} {
					by, shift := byPower(groups, math.Pow(whole, 1/float64(groups-1)))
					f := family{shapes: kind.shapes(groups), shift: shift, alike: 0.5}
					judge := func(trials int, of func(by, x []float64, loss [][][]float64) interval) func() string {
						return func() string {
							return f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) { return of(by, x, loss), power }).number()
						}
					}
					t.rows = append(t.rows, row{
						labels: []string{kind.name, fmt.Sprint(groups), fmt.Sprint(ratio), fmt.Sprint(seeds)},
						cells:  []func() string{judge(trials, lawByProfiles), judge(trials, lawByParabolas)},
					})
				}
			}
		}
	}
	return t
}

// judge counts how an estimator does, which returns the truth with its interval.
func (f family) judge(ratio float64, seeds, trials int, estimate func(x []float64, loss [][][]float64) (e interval, truth float64)) tally {
	random := rand.New(rand.NewPCG(uint64(seeds), uint64(100*ratio)))
	var t tally
	for range trials {
		x := f.over(random, ratio)
		t.add(estimate(x, f.run(random, x, seeds)))
	}
	return t
}

func lawByProfiles(by, x []float64, loss [][][]float64) interval {
	profiles := make([]statistics.Profile, len(loss))
	for g := range loss {
		profiles[g] = statistics.NewProfile(scan(x, loss[g]))
	}
	law := statistics.NewPowerLaw(by, profiles)
	return interval{law.Value, law.Low, law.High, law.Bounded()}
}
