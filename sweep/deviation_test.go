package sweep_test

import (
	"math"
	"testing"

	"sweep/sweep"
)

func TestTheDeviationOfCurvesIsTheLargestOfTheirLosses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	curve := func(losses ...float64) (points []sweep.Point) {
		for i, loss := range losses {
			points = append(points, sweep.Point{Step: i + 1, Loss: loss, GradNorm: float64(i) * 100})
		}
		return points
	}
	evaluated := func(points []sweep.Point, loss float64) []sweep.Point {
		points[len(points)-1].Evaluated, points[len(points)-1].EvalLoss = true, loss
		return points
	}
	for name, c := range map[string]struct {
		first, second []sweep.Point
		largest       float64
		says          string
	}{
		"equal":                {curve(3, nan, inf), curve(3, nan, inf), 0, "all losses are equal at 3 points"},
		"a little apart":       {curve(4, 2, 1), curve(4, 1.5, 1.25), 0.25, "loss at step 2 differs by 0.25"},
		"below and above zero": {curve(1), curve(-1), 2, "loss at step 1 differs by 2"},
		"zero":                 {curve(0), curve(1), 1, "loss at step 1 differs by 1"},
		"an evaluation":        {evaluated(curve(4, 2), 2), evaluated(curve(4, 2), 1), 0.5, "eval_loss at step 2 differs by 0.5"},
		"one evaluates":        {evaluated(curve(4, 2), 2), curve(4, 2), inf, "eval_loss at step 2 is a number on one curve alone"},
		"one overflows":        {curve(4, 2), curve(4, inf), inf, "loss at step 2 is a number on one curve alone"},
		"one is NaN":           {curve(nan), curve(4), inf, "loss at step 1 is a number on one curve alone"},
		"one ends":             {curve(4), curve(4, 2), inf, "loss at step 2 is a number on one curve alone"},
		"the other ends":       {curve(4, 2), curve(4), inf, "loss at step 2 is a number on one curve alone"},
		"one ends infinite":    {curve(4), curve(4, inf), inf, "loss at step 2 is a number on one curve alone"},
		"nothing shared":       {nil, nil, nan, "no step is on both curves"},
	} {
		t.Run(name, func(t *testing.T) {
			d := sweep.DeviationOfCurves(c.first, c.second)
			if d.String() != c.says || d.Largest != c.largest && !(math.IsNaN(d.Largest) && math.IsNaN(c.largest)) {
				t.Errorf("%v, largest %g; want %s, %g", d, d.Largest, c.says, c.largest)
			}
			if d.Within(0.25) != (c.largest <= 0.25) {
				t.Errorf("within 0.25: %v", d.Within(0.25))
			}
		})
	}
}
