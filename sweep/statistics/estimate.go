package statistics

import (
	"fmt"
	"math"
)

// An Estimate is a number with its interval.
type Estimate struct {
	Value     float64 // NaN if there is none
	Low, High float64 // 95 % interval, bootstrap over paired seeds; NaN for one seed
}

// Known reports whether there is a number.
func (e Estimate) Known() bool { return finite(e.Value) }

// Bounded reports whether there is an interval.
func (e Estimate) Bounded() bool { return finite(e.Low) && finite(e.High) }

// String writes the number and its interval to three digits, and what sums of float64 leave
// of a 0 as 0.
func (e Estimate) String() string {
	return e.text(func(x float64) string { return fmt.Sprintf("%.3g", near(x, 1e-12)) })
}

// Fixed writes the number and its interval as the function of that name does.
func (e Estimate) Fixed() string { return e.text(Fixed) }

// Fixed writes a number to two decimals, or to the first that counts, so that its sign is told.
func Fixed(x float64) string {
	x = near(x, 1e-12)
	if x != 0 && math.Abs(x) < 0.005 {
		return fmt.Sprintf("%.1g", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// near is a number, or 0 where it is nearer to it than that.
func near(x, zero float64) float64 {
	if math.Abs(x) < zero {
		return 0
	}
	return x
}

func (e Estimate) text(number func(float64) string) string {
	if !e.Bounded() {
		return number(e.Value)
	}
	return fmt.Sprintf("%s (%s to %s)", number(e.Value), number(e.Low), number(e.High))
}

// Percent writes a share and its interval in percent.
func (e Estimate) Percent() string {
	if !e.Known() {
		return "unknown"
	}
	if !e.Bounded() {
		return percent(e.Value) + " %"
	}
	high := percent(e.High)
	if e.High > most {
		high = "over " + percent(most)
	}
	return fmt.Sprintf("%s %% (%s to %s)", percent(e.Value), percent(e.Low), high)
}

// most is the largest share by which an interval is told: where one goes further, as that
// of two seeds may by millions, nothing bounds it.
const most = 10.0

// percent writes a share in percent: to one decimal, or whole from ten on.
func percent(x float64) string {
	if math.Abs(x) >= 0.0995 {
		return fmt.Sprintf("%.0f", 100*x)
	}
	return fmt.Sprintf("%.1f", 100*near(x, 0.0005))
}

// Exactly is a number that has no interval.
func Exactly(x float64) Estimate { return Estimate{x, math.NaN(), math.NaN()} }

// Unknown is an estimate of which there is none.
func Unknown() Estimate { return Exactly(math.NaN()) }

// above cuts the interval off below what the number cannot be.
func (e Estimate) above(least float64) Estimate {
	if e.Bounded() {
		e.Low, e.High = max(e.Low, least), max(e.High, least)
	}
	return e
}

// estimate evaluates a statistic on all seeds (nil weights) and on resamples
// of them. Resamples without a finite value are left out.
func estimate(seeds []int, statistic func(weights *weights) float64) Estimate {
	return estimates(seeds, func(weights *weights) []float64 { return []float64{statistic(weights)} })[0]
}

// estimates is estimate for several statistics at once.
func estimates(seeds []int, statistics func(weights *weights) []float64) []Estimate {
	values := statistics(nil)
	draws := make([][]float64, len(values))
	if len(seeds) > 1 {
		resample(seeds, func(weights *weights) {
			for i, x := range statistics(weights) {
				if finite(x) {
					draws[i] = append(draws[i], x)
				}
			}
		})
	}
	all := make([]Estimate, len(values))
	for i, x := range values {
		all[i] = Unknown()
		if finite(x) {
			all[i].Value = x
			all[i].Low, all[i].High = interval(x, draws[i], len(seeds))
		}
	}
	return all
}
