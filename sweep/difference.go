package sweep

import (
	"fmt"
	"math"
)

// Difference is the first place at which two curves are not equal to the bit.
type Difference struct {
	Step int
	Of   string     // "loss", "evaluation loss" or "gradient norm", or "curve" where one of the two has no such step
	Is   [2]float64 // the values; NaN for a curve that has ended
}

// Relative is how far apart the values are as a share of the first, NaN where
// that says nothing.
func (d Difference) Relative() float64 { return math.Abs(d.Is[1]-d.Is[0]) / math.Abs(d.Is[0]) }

// String reads "evaluation loss at step 10 is 1.5 and 1.25".
func (d Difference) String() string {
	if d.Of == "curve" {
		return fmt.Sprintf("one curve has no step %d", d.Step)
	}
	return fmt.Sprintf("%s at step %d is %v and %v", d.Of, d.Step, d.Is[0], d.Is[1])
}

// FirstDifference compares two curves bit by bit. All NaNs are equal, as in
// HashCurve.
func FirstDifference(a, b []Point) (d Difference, differ bool) {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a) || i >= len(b) || a[i].Step != b[i].Step || a[i].Evaluated != b[i].Evaluated:
			longer := a
			if i >= len(a) {
				longer = b
			}
			return Difference{longer[i].Step, "curve", [2]float64{math.NaN(), math.NaN()}}, true
		case curveBits(a[i].Loss) != curveBits(b[i].Loss):
			return Difference{a[i].Step, "loss", [2]float64{a[i].Loss, b[i].Loss}}, true
		case curveBits(a[i].GradNorm) != curveBits(b[i].GradNorm):
			return Difference{a[i].Step, "gradient norm", [2]float64{a[i].GradNorm, b[i].GradNorm}}, true
		case curveBits(a[i].EvalLoss) != curveBits(b[i].EvalLoss):
			return Difference{a[i].Step, "evaluation loss", [2]float64{a[i].EvalLoss, b[i].EvalLoss}}, true
		}
	}
	return Difference{}, false
}
