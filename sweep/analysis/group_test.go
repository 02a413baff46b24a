package analysis_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// oneTwoThree is six runs: losses 1, 2, 3 at r = 4, and at r = 8 losses 5, 7
// and a divergence.
func oneTwoThree() []sweep.Result {
	var all []sweep.Result
	for r, losses := range map[int][]float64{4: {1, 2, 3}, 8: {5, 7, math.Inf(1)}} {
		for seed, loss := range losses {
			p := sweep.Defaults()
			p.R, p.Seed = r, seed
			o := sweep.Outcome{State: sweep.StateDone, Loss: loss, EvalLoss: loss, Evaluated: true}
			if math.IsInf(loss, 1) {
				o.State = sweep.StateDiverged
			}
			all = append(all, sweep.Result{Run: sweep.Run{Key: fmt.Sprint(r, seed), Params: p}, Outcome: o})
		}
	}
	return all
}

func TestGroupsHaveTheMeanAndItsInterval(t *testing.T) {
	g := analysis.AllButSeed(oneTwoThree())
	if fmt.Sprint(g.By, g.Over, len(g.Groups)) != "[r] [] 2" {
		t.Fatalf("by %v over %v, %d groups", g.By, g.Over, len(g.Groups))
	}
	// The 97.5 % quantile of Student's t is 4.302653 for 2 and 12.706205 for 1
	// degrees of freedom (R: qt).
	for i, want := range []analysis.Group{
		{Mean: 2, Low: 2 - 4.302653/math.Sqrt(3), High: 2 + 4.302653/math.Sqrt(3), Tally: analysis.StateCounts{Done: 3}},
		{Mean: 6, Low: 6 - 12.706205, High: 6 + 12.706205, Tally: analysis.StateCounts{Done: 2, Diverged: 1}},
	} {
		got := g.Groups[i]
		off := math.Abs(got.Mean-want.Mean) + math.Abs(got.Low-want.Low) + math.Abs(got.High-want.High)
		if off > 1e-5 || got.Tally != want.Tally {
			t.Errorf("group %v is %+v, want %+v", got.Settings, got, want)
		}
	}
}

func TestGroupsSayWhatTheyAverageOver(t *testing.T) {
	g, err := analysis.GroupBy(oneTwoThree(), []string{"optimizer"})
	if err != nil || len(g.Groups) != 1 || g.Groups[0].Mean != 3.6 {
		t.Fatalf("%+v, %v; want the one mean 3.6", g, err)
	}
	if want := "run over r too"; !strings.Contains(g.Caption(), want) {
		t.Errorf("%q does not say %q", g.Caption(), want)
	}
	if _, err := analysis.GroupBy(oneTwoThree(), []string{"rank"}); err == nil || !strings.Contains(err.Error(), "r (2 values)") {
		t.Errorf("got %v", err)
	}
}

func TestArmsAreGroupsOfTheirOwn(t *testing.T) {
	results := oneTwoThree()
	for i := range results {
		results[i].Arm = map[int]string{4: "low", 8: "high"}[results[i].Params.R]
	}
	byArm, err := analysis.GroupBy(results, []string{"arm"})
	if err != nil || len(byArm.Groups) != 2 || byArm.Groups[0].Mean != 6 {
		t.Errorf("by arm: %+v, %v", byArm, err)
	}
	if g := analysis.AllButSeed(results); len(g.Groups) != 2 || fmt.Sprint(g.By) != "[arm]" {
		t.Errorf("by all but seed: %+v", g)
	}
	alone := results[0] // in an arm that has no axis
	alone.Arm, alone.Params.R, alone.Key = "alone", 2, "alone"
	for i := range results {
		results[i].Arm = "both"
	}
	g := analysis.AllButSeed(append(results, alone))
	if len(g.Groups) != 3 || fmt.Sprint(g.By) != "[arm r]" || fmt.Sprint(g.Groups[0].Settings) != "[arm = alone r = 2]" {
		t.Errorf("by all but seed, with an arm of one setting: %+v", g)
	}
}
