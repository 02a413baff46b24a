package trainer

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer/kernel"
)

// TestARunIsJudgedOnTheSameRowsBeforeAndAfter trains one row a step, where one
// row's loss says nothing of another's.
func TestARunIsJudgedOnTheSameRowsBeforeAndAfter(t *testing.T) {
	for _, c := range []struct {
		method string
		lr     float64
		want   sweep.State
	}{{"lora", 1e-6, sweep.StateDone}, {"lora", 1e-3, sweep.StateDone}, {"full", 10, sweep.StateDiverged}} {
		for steps := 2; steps <= 12; steps++ {
			p := tinyParams(c.method)
			p.Batch, p.Steps, p.LR, p.Holdout = 1, steps, c.lr, 0
			points, o := trainTiny(t, kernel.Best(), p)
			if o.State != c.want {
				t.Errorf("lr %g, %d steps: %s, want %s; losses from %v to %v", c.lr, steps, o.State, c.want, points[0].Loss, o.Loss)
			}
			if o.FirstLoss != points[0].Loss {
				t.Errorf("lr %g: first loss %v, want the first batch's, %v", c.lr, o.FirstLoss, points[0].Loss)
			}
		}
	}
}

// TestAnOverflowThatTheLossHidesIsDivergence: numbers that RMSNorm cannot square
// leave zeros, and a loss of ln(vocabulary) to the bit.
func TestAnOverflowThatTheLossHidesIsDivergence(t *testing.T) {
	vocab := float64(shapes[groupedQueries].Vocab)
	for _, holdout := range []float64{0, 0.5} {
		for _, lr := range []float64{1e12, 1e18} {
			p := tinyParams("lora")
			p.LR, p.Holdout, p.Steps = lr, holdout, 2
			points, want := trainTiny(t, kernel.Best(), p)
			last := points[len(points)-1]
			if math.Abs(last.Loss-math.Log(vocab)) > 1e-6 || !finite(last.GradNorm) || last.Step != p.Steps {
				t.Fatalf("lr %g: ends with %+v, want a loss of ln %g", lr, last, vocab)
			}
			if want.State != sweep.StateDiverged {
				t.Errorf("lr %g, holdout %g: %s, want diverged", lr, holdout, want.State)
			}
			for _, k := range kernel.All() {
				if _, got := trainTiny(t, k, p); got.State != want.State || got.CurveHash != want.CurveHash {
					t.Errorf("%s: %s, and on %s %s", k.Name(), got.State, kernel.Best().Name(), want.State)
				}
			}
		}
	}
}

// TestALastUpdateThatOverflowsIsDivergence: no loss was taken since.
func TestALastUpdateThatOverflowsIsDivergence(t *testing.T) {
	for _, optimizer := range []string{"adamw", "sgd"} {
		p := tinyParams("lora")
		p.Optimizer, p.LR, p.Steps, p.Holdout = optimizer, 1e38, 1, 0
		points, o := trainTiny(t, kernel.Best(), p)
		if o.State != sweep.StateDiverged || len(points) != 1 || !finite(o.Loss) {
			t.Errorf("%s: %s with %+v, want diverged after one sound point", optimizer, o.State, points)
		}
	}
}

func TestTheRuleOfDivergenceSaysItsFactor(t *testing.T) {
	if want := fmt.Sprintf("above %g times", sweep.DivergedAbove); !strings.Contains(sweep.WhenDiverged, want) {
		t.Errorf("%q does not say %q", sweep.WhenDiverged, want)
	}
}
