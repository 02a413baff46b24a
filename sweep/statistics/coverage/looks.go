package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"sweep/sweep/statistics"
)

// looksTable is how often predictions that are read together are judged falsely.
func looksTable(trials int) table {
	t := table{
		title: "Looks of one report",
		text: "Quantities, each the mean of some seeds, of 5 with a standard error of a tenth of the predicted interval's width, are judged by their 95 % intervals and\n" +
			"held together by Holm's correction. All lie just at an end of what is predicted, where it is the hardest to tell: how often one look or more of a report is\n" +
			"falsely supported, as for a truth just outside, and falsely refuted, as for one just inside, without the correction and with it. Then the power: how\n" +
			"often a look is supported whose truth is in the middle, and refuted whose truth is an interval's width outside, where half of the looks are of each kind.\n" +
			"Over ten times as many trials.",
		head: []string{"looks", "seeds", "some falsely supported", "with Holm", "some falsely refuted", "with Holm", "supported", "refuted"},
	}
	for _, looks := range []int{1, 4, 10, 30} {
		for _, seeds := range []int{3, 5, 10} {
			once := onceString(func() []string { return looked(looks, seeds, 10*trials) })
			r := row{labels: []string{fmt.Sprint(looks), fmt.Sprint(seeds)}}
			for i := range 6 {
				r.cells = append(r.cells, func() string { return once()[i] })
			}
			t.rows = append(t.rows, r)
		}
	}
	return t
}

// verdicts are how many looks of a report are supported and refuted, alone and held
// together.
type verdicts struct{ supported, heldSupported, refuted, heldRefuted int }

func looked(looks, seeds, trials int) []string {
	random := rand.New(rand.NewPCG(uint64(looks), uint64(seeds)))
	predicted := statistics.Interval{Low: -0.5, High: 0.5}
	// The noise of a mean of 5 seeds is a tenth of what is predicted.
	deviation := 0.1 * math.Sqrt(5)
	report := func(truth func(look int) float64) verdicts {
		var v verdicts
		p := make([]float64, looks)
		estimates := make([]statistics.Estimate, looks)
		for i := range looks {
			values := make([]float64, seeds)
			for k := range values {
				values[k] = truth(i) + deviation*random.NormFloat64()
			}
			mean, low, high := statistics.MeanInterval(values)
			estimates[i] = statistics.Estimate{Value: mean, Low: low, High: high}
			p[i] = predicted.P(estimates[i], seeds)
		}
		for i, adjusted := range statistics.Holm(p) {
			in, out := predicted.Contains(estimates[i]), predicted.Excludes(estimates[i])
			count := func(n, held *int, said bool) {
				if said {
					*n++
				}
				if said && adjusted <= 0.05 {
					*held++
				}
			}
			count(&v.supported, &v.heldSupported, in)
			count(&v.refuted, &v.heldRefuted, out)
		}
		return v
	}
	var some verdicts // reports with one or more
	var supported, refuted int
	for range trials {
		v := report(func(look int) float64 { return []float64{predicted.Low, predicted.High}[look%2] })
		some.supported += min(v.supported, 1)
		some.heldSupported += min(v.heldSupported, 1)
		some.refuted += min(v.refuted, 1)
		some.heldRefuted += min(v.heldRefuted, 1)
		v = report(func(look int) float64 { return []float64{0, 1.5}[look%2] })
		supported += v.heldSupported
		refuted += v.heldRefuted
	}
	share := func(n, of int) string {
		if of == 0 {
			return "-"
		}
		return percent(float64(n) / float64(of))
	}
	return []string{
		share(some.supported, trials), share(some.heldSupported, trials), share(some.refuted, trials), share(some.heldRefuted, trials),
		share(supported, trials*((looks+1)/2)), share(refuted, trials*(looks/2)),
	}
}
