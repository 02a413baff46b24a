package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Interval is what an estimate is predicted to lie in: above Low and below High,
// which may be infinite.
type Interval struct{ Low, High float64 }

// Contains reports whether the whole interval of an estimate lies inside.
func (in Interval) Contains(e Estimate) bool {
	return e.Bounded() && e.Low > in.Low && e.High < in.High
}

// Excludes reports whether the whole interval of an estimate lies outside.
func (in Interval) Excludes(e Estimate) bool {
	return e.Bounded() && (e.High < in.Low || e.Low > in.High)
}

// P is the p-value of the estimate for what it says of the interval, be that it lies
// inside or outside, whichever it speaks for: at most 0.05 where Contains or Excludes
// holds. It is by Student's t for a number of seeds, with the standard error behind
// each side of the estimate's own interval; 1 without one. Where an interval rests on
// more than its seeds, such as on their losses at many x, the tails are lighter, and p
// is larger than it need be.
func (in Interval) P(e Estimate, seeds int) float64 {
	if !e.Bounded() || seeds < 2 {
		return 1
	}
	below, above := beyond(e.Value-in.Low, e.Value-e.Low, seeds), beyond(in.High-e.Value, e.High-e.Value, seeds)
	inside := max(below, above)
	outside := min(beyond(in.Low-e.Value, e.High-e.Value, seeds), beyond(e.Value-in.High, e.Value-e.Low, seeds))
	return min(1, 2*min(inside, outside))
}

// beyond is the one-sided p-value of an estimate at some distance from a limit, or of
// one on the wrong side for a negative distance. Reach is half of its interval on
// the limit's side.
func beyond(distance, reach float64, seeds int) float64 {
	switch {
	case math.IsInf(distance, 0) || reach <= 0:
		if distance > 0 {
			return 0
		}
		return 1
	default:
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(seeds - 1)}
		return t.Survival(studentT(seeds) * distance / reach)
	}
}

// Less is by how much one estimate exceeds another of runs that are not the same,
// with an interval by those of both, as if the two were independent (Zou and Donner,
// Statistics in Medicine 27, 2008): seeds that they share make it wider than it need
// be.
func (e Estimate) Less(other Estimate) Estimate {
	value := e.Value - other.Value
	return Estimate{
		value,
		value - math.Hypot(e.Value-e.Low, other.High-other.Value),
		value + math.Hypot(e.High-e.Value, other.Value-other.Low),
	}
}
