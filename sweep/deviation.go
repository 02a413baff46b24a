package sweep

import (
	"fmt"
	"math"
)

// A CurveDeviation says how far two curves are apart, of which neither is claimed to be
// the other to the bit: by the largest relative difference of two losses at one step.
type CurveDeviation struct {
	Shared   int     // points at steps that both have
	Largest  float64 // |x - y| / max(|x|, |y|); infinite where one alone is there or finite; NaN where no step is shared
	Step     int     // where that is
	Quantity string  // "loss" or "eval_loss"; "" where the curves are equal
}

// Within reports whether no loss differs by more than a share of it.
func (d CurveDeviation) Within(tolerance float64) bool { return d.Largest <= tolerance }

// String reads "loss at step 12 differs by 0.0031".
func (d CurveDeviation) String() string {
	switch {
	case d.Shared == 0:
		return "no step is on both curves"
	case d.Quantity == "":
		return fmt.Sprintf("all losses are equal at %d points", d.Shared)
	case math.IsInf(d.Largest, 1):
		return fmt.Sprintf("%s at step %d is a number on one curve alone", d.Quantity, d.Step)
	default:
		return fmt.Sprintf("%s at step %d differs by %.2g", d.Quantity, d.Step, d.Largest)
	}
}

// DeviationOfCurves compares the losses and the evaluation losses of two curves. All NaNs
// are equal, and infinities of one sign.
func DeviationOfCurves(first, second []Point) CurveDeviation {
	other := make(map[int]Point, len(second))
	for _, p := range second {
		other[p.Step] = p
	}
	var d CurveDeviation
	see := func(step int, quantity string, by float64) {
		if by > d.Largest {
			d.Largest, d.Step, d.Quantity = by, step, quantity
		}
	}
	alone := math.Inf(1)
	for _, p := range first {
		q, ok := other[p.Step]
		if !ok {
			see(p.Step, "loss", alone)
			continue
		}
		d.Shared++
		delete(other, p.Step)
		if p.HasLoss() || q.HasLoss() {
			see(p.Step, "loss", relativeDifference(p.Loss, q.Loss))
		}
		if p.Evaluated || q.Evaluated {
			see(p.Step, "eval_loss", relativeDifference(evaluation(p), evaluation(q)))
		}
	}
	for _, q := range second {
		if _, left := other[q.Step]; left {
			see(q.Step, "loss", alone)
		}
	}
	if d.Shared == 0 {
		d.Largest = math.NaN()
	}
	return d
}

// relativeDifference is |x - y| / max(|x|, |y|), 0 where they are equal and infinite
// where one alone is a finite number.
func relativeDifference(x, y float64) float64 {
	switch {
	case curveBits(x) == curveBits(y) || x == y:
		return 0
	case math.IsNaN(x-y) || math.IsInf(x-y, 0):
		return math.Inf(1)
	default:
		return math.Abs(x-y) / max(math.Abs(x), math.Abs(y))
	}
}
