package sweep

import (
	"fmt"
	"math"
	"slices"
)

// A CurveContrast says where two curves begin to differ.
type CurveContrast struct {
	Shared int  // how many points from the first on are equal to the bit
	Equal  bool // whether all points are
	// The first point that differs: its step, on the longer curve where the other
	// has ended, the value that differs, and what it is on each curve.
	Step   int
	Parts  string // "step", "loss", "grad_norm", "eval_loss", "match", or "end" where one has ended
	Values [2]float64
}

// Relative is the difference of the two values at that point, as a share of the
// first; 0 where the curves are equal.
func (c CurveContrast) Relative() float64 {
	if c.Equal {
		return 0
	}
	return math.Abs(c.Values[1]-c.Values[0]) / math.Abs(c.Values[0])
}

// String reads "equal to the bit over 40 points" or "loss at step 3 is 1.5 and
// 1.25".
func (c CurveContrast) String() string {
	switch {
	case c.Equal:
		return fmt.Sprintf("equal to the bit over %d points", c.Shared)
	case c.Parts == "end":
		return fmt.Sprintf("one ends before step %d", c.Step)
	default:
		return fmt.Sprintf("%s at step %d is %v and %v", c.Parts, c.Step, c.Values[0], c.Values[1])
	}
}

// ContrastCurves compares two curves bit by bit. All NaNs are equal, as in
// HashCurve.
func ContrastCurves(first, second []Point) CurveContrast {
	for i := range max(len(first), len(second)) {
		if i >= len(first) || i >= len(second) {
			longer := slices.Concat(first[min(i, len(first)):], second[min(i, len(second)):])
			return CurveContrast{Shared: i, Step: longer[0].Step, Parts: "end"}
		}
		if name, values := unlike(first[i], second[i]); name != "" {
			return CurveContrast{Shared: i, Step: first[i].Step, Parts: name, Values: values}
		}
	}
	return CurveContrast{Shared: len(first), Equal: true}
}

// unlike returns the name of the first value in which two points differ, and that
// value of each point.
func unlike(p, q Point) (name string, values [2]float64) {
	if p.Evaluated != q.Evaluated {
		return "eval_loss", [2]float64{evaluation(p), evaluation(q)}
	}
	if p.WithoutLoss != q.WithoutLoss {
		return "loss", [2]float64{p.Loss, q.Loss}
	}
	if p.WithoutNorm != q.WithoutNorm {
		return "grad_norm", [2]float64{p.GradNorm, q.GradNorm}
	}
	for _, v := range []struct {
		name string
		x, y float64
	}{
		{"step", float64(p.Step), float64(q.Step)},
		{"loss", p.Loss, q.Loss},
		{"grad_norm", p.GradNorm, q.GradNorm},
		{"eval_loss", p.EvalLoss, q.EvalLoss},
		{"match", p.Match.Share(), q.Match.Share()},
		{"match", float64(p.Match.Of), float64(q.Match.Of)},
	} {
		if curveBits(v.x) != curveBits(v.y) {
			return v.name, [2]float64{v.x, v.y}
		}
	}
	return "", values
}

// evaluation is the evaluation loss, NaN where there is none.
func evaluation(p Point) float64 {
	if !p.Evaluated {
		return math.NaN()
	}
	return p.EvalLoss
}
