package statistics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Difference is the ratio of two settings' losses, on paired seeds.
type Difference struct {
	N         int     // seeds that both have
	Ratio     float64 // geometric mean of first / second
	Low, High float64 // 90 % interval, which two one-sided tests at 5 % look at
	Margin    float64 // stated: ratios from 1/(1 + Margin) to 1 + Margin are the same
	P         float64 // of the two one-sided t-tests
	Beyond    float64 // p-value of the one-sided t-test that they differ by the margin at most
}

// Same reports whether both one-sided tests, at 5 %, reject a difference of
// the margin or more.
func (d Difference) Same() bool { return d.P < 0.05 }

// Apart reports whether the interval lies beyond the margin altogether.
func (d Difference) Apart() bool { return d.Beyond < 0.05 }

// Equivalent tests whether two settings have the same loss within a relative
// margin, by two one-sided t-tests (Schuirmann 1987) on the log ratio of paired
// seeds and, where the losses of single held-out rows are known, on other rows. That no
// difference was found is not enough for it: a wide interval is
// neither Same nor Apart. It fails for fewer than two shared seeds.
func Equivalent(first, second Losses, margin float64) (Difference, error) {
	logs := logRatios(first, second)
	n := float64(len(logs))
	if n < 2 {
		return Difference{}, fmt.Errorf("compare two settings over %.0f shared seeds: a test needs at least two", n)
	}
	mean, deviation := stat.MeanStdDev(logs, nil)
	byRows := ratioRowError(first, second, RowGroups(first, second))
	// Equal differences, up to rounding, have no spread to test against.
	scale := math.Max(math.Hypot(deviation/math.Sqrt(n), byRows), 1e-15)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
	reach, limit := t.Quantile(0.95)*scale, math.Log1p(margin)
	return Difference{
		N: len(logs), Ratio: math.Exp(mean), Low: math.Exp(mean - reach), High: math.Exp(mean + reach), Margin: margin,
		P: t.Survival((limit - math.Abs(mean)) / scale), Beyond: t.Survival((math.Abs(mean) - limit) / scale),
	}, nil
}

// Excess is by how much the first loss exceeds the second, in percent, with the
// 90 % interval.
func (d Difference) Excess() string {
	return fmt.Sprintf("%s %% (90 %% interval %s to %s)", percent(d.Ratio-1), percent(d.Low-1), percent(d.High-1))
}
