package sweep

import (
	"math"
	"slices"
)

// LoggedOutcome is the outcome that a logged curve shows after some steps, but for its
// state. What it does not show is NaN. Its losses at the end are those of the last tenth
// of the steps; where that has no training loss, it is the last one.
func LoggedOutcome(points []Point, steps int) Outcome {
	o := Outcome{
		Steps: steps, Loss: math.NaN(), EvalLoss: math.NaN(), FirstLoss: math.NaN(),
		TokensPerSecond: math.NaN(), Seconds: math.NaN(), CurveHash: HashCurve(points),
	}
	sum, n, tenth := 0.0, 0, max(1, steps/10)
	for _, p := range points {
		if p.HasLoss() && p.Step > steps-tenth {
			sum, n = sum+p.Loss, n+1
		}
		if p.Evaluated && p.Step == 0 {
			o.FirstLoss = p.EvalLoss
		} else if p.Evaluated && 10*p.Step > 9*steps {
			o.EvalLoss, o.Evaluated = p.EvalLoss, true
		}
	}
	if n > 0 {
		o.Loss = sum / float64(n)
	} else if last, ok := LastTrained(points); ok {
		o.Loss = last.Loss
	}
	return o
}

// LastTrained returns the last point of a curve that has a training loss, and whether
// there is one.
func LastTrained(points []Point) (last Point, ok bool) {
	for _, p := range slices.Backward(points) {
		if p.HasLoss() {
			return p, true
		}
	}
	return Point{}, false
}

// Overflowed reports whether the last loss of a logged curve, its gradient norm or the
// evaluation loss at the end is not finite. So does a gradient norm of exactly zero: a
// norm that overflows gives the same logits for every token, and so the same loss for all
// rows. Where norms are zero at different losses, nothing measured them.
func (o Outcome) Overflowed(points []Point) bool {
	last, trained := LastTrained(points)
	norm := trained && !last.WithoutNorm && (!isFinite(last.GradNorm) || last.GradNorm == 0 && sameLoss(points, last.Loss))
	return trained && !isFinite(last.Loss) || norm || o.Evaluated && !isFinite(o.EvalLoss)
}

// sameLoss reports whether the loss is about the same wherever the gradient norm is zero.
func sameLoss(points []Point, loss float64) bool {
	const about = 1e-3 // of the loss: it may be a mean, or rounded
	return !slices.ContainsFunc(points, func(p Point) bool {
		return p.HasLoss() && !p.WithoutNorm && p.GradNorm == 0 && math.Abs(p.Loss-loss) > about*math.Abs(loss)
	})
}

// EndsAbove reports whether the loss at the end is above DivergedAbove times that at the
// start: the evaluation loss where there is one at the end, else the training loss. A
// start of NaN is not known, and nothing is above it.
func (o Outcome) EndsAbove(eval, train float64) bool {
	if o.Evaluated {
		return o.EvalLoss > DivergedAbove*eval
	}
	return o.Loss > DivergedAbove*train
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
