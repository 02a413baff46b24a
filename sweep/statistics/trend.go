package statistics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// sameLevel is that of each of two one-sided tests that settings are the same. At 5 %
// they would say so of settings that differ by just the margin in 5 cases of 100; at
// 4 % they stay below that where the noise is not quite normal, too.
const sameLevel = 0.04

// sameConfidence is that of the interval that lies within the margin where both tests
// reject.
const sameConfidence = 1 - 2*sameLevel

// A Trend is how the log loss at tuned x moves with the logarithm of what is
// varied: one test in place of one for each pair of settings.
type Trend struct {
	Estimate      // nats of log loss for a factor of e
	Seeds    int  // that have a loss at every setting, each with a slope of its own
	Uneven   bool // the settings lie further off the line than the seeds explain
	slopes   sample
	scatter  float64 // standard error of the slope by the scatter of the settings' means, 0 for fewer than four
	places   int     // settings
	rows     rowReach
}

// NewTrend fits a line to each seed's log losses, over the logarithm of by, and
// takes the mean of the slopes; by is positive, losses are by setting and seed,
// such as those of Tuned. A seed that lacks a setting is left out. The interval is
// by the seeds and, for four settings or more, by the scatter of their means about
// the line, too: what the spacing of a grid adds to a tuned loss is the same for all
// seeds.
func NewTrend(by []float64, losses [][]float64) Trend {
	x := make([]float64, len(by))
	for i, b := range by {
		x[i] = math.Log(b)
	}
	t := Trend{Estimate: Unknown()}
	if len(by) < 2 {
		return t
	}
	means := make([]float64, len(by))
	for k := range losses[0] {
		y := make([]float64, len(by))
		for i := range by {
			y[i] = losses[i][k]
		}
		_, slope := stat.LinearRegression(x, y, nil, false)
		if !finite(slope) {
			continue
		}
		t.slopes = append(t.slopes, slope)
		for i := range y {
			means[i] += y[i]
		}
	}
	if t.Seeds = len(t.slopes); t.Seeds == 0 {
		return t
	}
	for i := range means {
		means[i] /= float64(t.Seeds)
	}
	t.scatter = lineScatter(x, means)
	t.places = len(x)
	t.Estimate = t.within(confidence)
	if t.Bounded() {
		t.Uneven = t.byScatter(confidence) > t.slopes.estimate(confidence).High-t.Value
	}
	return t
}

// within is the slope with its interval of a confidence.
func (t Trend) within(confidence float64) Estimate {
	e := t.slopes.estimate(confidence)
	if e.Bounded() {
		reach := math.Hypot(e.High-e.Value, t.byScatter(confidence))
		e.Low, e.High = e.Value-reach, e.Value+reach
	}
	return t.rows.widen(e, confidence)
}

// OverRows is the trend with its interval over seeds and held-out rows, given that and
// its standard error by rows alone, of so many groups, as by the function OverRows.
func (t Trend) OverRows(over Estimate, rowError float64, groups int) Trend {
	t.Estimate, t.rows = over, rowReach{rowError, groups}
	return t
}

// byScatter is the half width of the slope's interval by the scatter alone.
func (t Trend) byScatter(confidence float64) float64 {
	if t.scatter == 0 {
		return 0
	}
	return t.scatter * studentQuantile(confidence, float64(t.places-2))
}

// Same reports whether the loss changes by less than a margin over a factor, in either
// direction: by two one-sided t-tests (Schuirmann 1987), at 4 % each. That no change was
// found is not enough for it. It is false without an interval.
func (t Trend) Same(factor, margin float64) bool {
	e, limit := t.within(sameConfidence), math.Log1p(margin)
	by := math.Log(factor)
	return e.Bounded() && by*e.Low > -limit && by*e.High < limit
}

// Apart reports whether the 95 % interval of the change over a factor lies beyond a
// margin altogether.
func (t Trend) Apart(factor, margin float64) bool {
	by, limit := math.Log(factor), math.Log1p(margin)
	return t.Bounded() && (by*t.Low > limit || by*t.High < -limit)
}

// TrendOf is the trend of the valleys' log losses at tuned x.
func TrendOf(by []float64, valleys []Valley, worst float64) Trend {
	losses := make([][]float64, len(valleys))
	for i, s := range scansOf(valleys) {
		losses[i] = Tuned(s, worst)
	}
	if len(losses) == 0 || len(losses[0]) == 0 {
		return Trend{Estimate: Unknown()}
	}
	return NewTrend(by, losses)
}

// TrendGap is the trend of the ratio of two lines of valleys, by how much the log losses
// at tuned x of the second exceed those of the first at the same by and for the same
// seeds. What bends both lines alike is no scatter about it.
func TrendGap(by []float64, first, second []Valley, worst float64) Trend {
	scans := scansOf(slices.Concat(first, second))
	losses := make([][]float64, len(by))
	for i := range by {
		below, above := Tuned(scans[i], worst), Tuned(scans[len(by)+i], worst)
		losses[i] = make([]float64, len(below))
		for k := range below {
			losses[i][k] = above[k] - below[k]
		}
	}
	return NewTrend(by, losses)
}

// TunedScan is the valleys' log losses at tuned x, as a scan over by.
func TunedScan(by []float64, valleys []Valley, worst float64) Scan {
	t := Scan{X: by}
	for i, s := range scansOf(valleys) {
		for k, loss := range Tuned(s, worst) {
			if i == 0 {
				t.Loss = append(t.Loss, make([]float64, len(by)))
			}
			t.Loss[k][i] = loss
		}
	}
	return t
}

// Change is by what share the loss is higher in a second cell than in a first, over the
// seeds that ended in both, and how many these are. What diverged, or ended above it,
// counts as a log loss of worst.
func Change(first, second Cell, worst float64) (change Estimate, seeds int) {
	first.X, second.X = 1, 1 // a scan leaves out an x of 0
	own := everySeed([]Cell{first, second})
	from, to := scanOf([]Cell{first}, own).capped(worst), scanOf([]Cell{second}, own).capped(worst)
	var before, after []float64
	for k := range own {
		before, after = append(before, from.Loss[k][0]), append(after, to.Loss[k][0])
		if finite(after[k] - before[k]) {
			seeds++
		}
	}
	return Paired(after, before).Ratio(), seeds
}

// Deviation is the standard deviation of the seeds' slopes.
func (t Trend) Deviation() float64 { return stat.StdDev(t.slopes, nil) }

// Over is by what share the loss changes for a factor.
func (t Trend) Over(factor float64) Estimate {
	by := math.Log(factor)
	return Estimate{math.Expm1(by * t.Value), math.Expm1(by * t.Low), math.Expm1(by * t.High)}
}

// Tuned is each seed's log loss at the x that the other seeds find best, NaN where
// it has none there; what diverged counts as worst. The same losses never choose
// and price: those at the lowest of several noisy means are lower than they would
// be again.
func Tuned(s Scan, worst float64) []float64 {
	s = s.capped(worst)
	losses := make([]float64, len(s.Loss))
	for k := range losses {
		losses[k] = math.NaN()
		if i := s.lowest(k); i >= 0 {
			losses[k] = s.Loss[k][i]
		}
	}
	return losses
}

// lineScatter is the standard error of a least-squares slope by the residuals, 0 for
// fewer than four points.
func lineScatter(x, y []float64) float64 {
	if len(x) < 4 {
		return 0
	}
	start, slope := stat.LinearRegression(x, y, nil, false)
	squares := 0.0
	for i := range x {
		squares += square(y[i] - start - slope*x[i])
	}
	return math.Sqrt(squares / float64(len(x)-2) / (stat.Variance(x, nil) * float64(len(x)-1)))
}

// TunedLoss is the loss at tuned x of a valley, each seed at the x that the others
// choose: the geometric mean over seeds with its interval by Student's t.
func TunedLoss(v Valley, worst float64) Estimate {
	logs := slices.DeleteFunc(Tuned(scansOf([]Valley{v})[0], worst), math.IsNaN)
	if len(logs) == 0 {
		return Unknown()
	}
	mean, low, high := MeanInterval(logs)
	return Estimate{Value: math.Exp(mean), Low: math.Exp(low), High: math.Exp(high)}
}
