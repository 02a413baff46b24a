package main

import (
	"fmt"
	"math"

	"sweep/sweep/statistics"
)

// byPowers is valleys whose best x moves as the power -0.55 of a first thing and 0.05
// of a second, for every pair of some values of both, ratio apart.
func byPowers(values int, ratio float64) (by [][]float64, shift []float64) {
	for i := range values {
		for j := range values {
			by = append(by, []float64{math.Pow(ratio, float64(i)), math.Pow(ratio, float64(j))})
			shift = append(shift, (power*float64(i)+0.05*float64(j))*math.Log(ratio))
		}
	}
	return by, shift
}

// powersTable is how the powers of two things at once do.
func powersTable(trials int) table {
	t := table{
		title: "Powers of two things at once",
		text: "The best x moves as the power -0.55 of one thing, such as alpha, and 0.05 of another, such as r, each at 3 values over a factor of 16; judged is their\n" +
			"sum, as where both rise together. Half of a seed's noise is the same in all valleys at one distance from their best. By least squares through the\n" +
			"best x of two-sided curves, with their intervals (NewPowers) and, to compare, by their scatter alone.",
		head: []string{"shape", "spacing", "seeds", "least squares", "by scatter alone"},
	}
	for _, kind := range kinds() {
		for _, ratio := range []float64{1.47, 2.15} {
			for _, seeds := range []int{2, 5} {
				t.rows = append(t.rows, row{
					labels: []string{kind.name, fmt.Sprint(ratio), fmt.Sprint(seeds)},
					cells: []func() string{
						func() string { return judgePowers(kind.shapes(9), ratio, seeds, trials, knownError).number() },
						func() string { return judgePowers(kind.shapes(9), ratio, seeds, trials, noError).number() },
					},
				})
			}
		}
	}
	return t
}

func knownError(best statistics.Estimate) float64 {
	return statistics.StandardError(best.Low, best.High)
}

func noError(statistics.Estimate) float64 { return 0 }

func judgePowers(shapes []shape, ratio float64, seeds, trials int, wrong func(statistics.Estimate) float64) tally {
	by, shift := byPowers(3, 4)
	f := family{shapes: shapes, shift: shift, alike: 0.5}
	return f.judge(ratio, seeds, trials, func(x []float64, loss [][][]float64) (interval, float64) {
		return sumOfPowers(by, x, loss, wrong), power + 0.05
	})
}

func sumOfPowers(by [][]float64, x []float64, loss [][][]float64, wrong func(statistics.Estimate) float64) interval {
	var points []statistics.TunedPoint
	for g := range loss {
		if p := statistics.NewProfile(scan(x, loss[g])); p.Place == statistics.Inside {
			e := p.Best()
			points = append(points, statistics.TunedPoint{By: by[g], At: e.Value, Error: wrong(e)})
		}
	}
	e := statistics.NewPowers(points).Along([]float64{1, 1})
	return interval{e.Value, e.Low, e.High, e.Bounded()}
}
