package sweep_test

import (
	"testing"

	"sweep/sweep"
)

// TestALoggedCurveEndsAsThatOfTheBuiltInTrainer holds the loss at the end to the last tenth of
// the steps, rounded down, as the built-in trainer has it.
func TestALoggedCurveEndsAsThatOfTheBuiltInTrainer(t *testing.T) {
	for steps, want := range map[int]float64{1: 1, 6: 6, 20: 19.5, 24: 23.5, 100: 95.5} {
		var points []sweep.Point
		for step := 1; step <= steps; step++ {
			points = append(points, sweep.Point{Step: step, Loss: float64(step)})
		}
		if o := sweep.LoggedOutcome(points, steps); o.Loss != want {
			t.Errorf("%d steps end at %v, want %v", steps, o.Loss, want)
		}
	}
}
