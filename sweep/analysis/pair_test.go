package analysis_test

import (
	"math"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// lrGrid are settings of some alphas, each at nine lr, with so many steps.
func lrGrid(steps int, alphas ...float64) []sweep.Params {
	var all []sweep.Params
	for _, alpha := range alphas {
		for i := range 9 {
			p := sweep.Defaults()
			p.Alpha, p.Steps, p.LR = alpha, steps, math.Pow(10, -4+float64(i)/4)
			all = append(all, p)
		}
	}
	return all
}

// paraboloid is least at lr = 1e-3 * sqrt(16/alpha), and a fifth lower after 200 steps
// than after 100. Seeds are apart by a factor that all settings share.
func paraboloid(p sweep.Params) float64 {
	off := math.Log10(p.LR) + 3 + 0.5*math.Log10(p.Alpha/16)
	loss := (1 + off*off) * (1 + 0.05*float64(p.Seed))
	if p.Steps == 200 {
		loss *= 0.8
	}
	return loss
}

func TestTwoSweepsAreComparedAtTheBestLRThatEachHas(t *testing.T) {
	first := settingsTable(3, paraboloid, lrGrid(100, 4, 16)...)
	second := settingsTable(3, paraboloid, lrGrid(200, 16, 64)...)
	pair, err := analysis.PairSweeps(first, second)
	if err != nil {
		t.Fatal(err)
	}
	if len(pair.Settings) != 3 || pair.Shared != 0 || pair.Alike != 27 || pair.Runs != [2]int{54, 54} {
		t.Fatalf("%d settings, %d runs shared, %d cells alike of %v", len(pair.Settings), pair.Shared, pair.Alike, pair.Runs)
	}
	var differ []string
	for _, d := range pair.Differ {
		differ = append(differ, d.Name)
	}
	if len(differ) != 2 || differ[0] != "alpha" || differ[1] != "steps" {
		t.Errorf("they differ in %v, want alpha and steps", differ)
	}
	four, sixteen, most := pair.Settings[0], pair.Settings[1], pair.Settings[2]
	if four.Side[1] != nil || most.Side[0] != nil || four.Change.Known() {
		t.Errorf("what one sweep has alone: %+v, %+v", four, most)
	}
	for _, side := range sixteen.Side {
		near(t, "log10 of the best lr", math.Log10(side.Best.At), -3, 0.01)
		if side.Best.Place != statistics.Inside {
			t.Errorf("the best lr lies %s", side.Best.Place)
		}
	}
	near(t, "log10 of the best lr at alpha 4", math.Log10(four.Side[0].Best.At), -2.75, 0.05)
	near(t, "change of the tuned loss", sixteen.Change.Value, -0.2, 1e-9)
	near(t, "tuned loss of the first", sixteen.Side[0].Loss.Value, math.Cbrt(1*1.05*1.1), 1e-9)
	if sixteen.Seeds != 3 {
		t.Errorf("over %d seeds", sixteen.Seeds)
	}
}

func TestASweepComparedWithItselfIsTheSame(t *testing.T) {
	results := settingsTable(2, paraboloid, lrGrid(100, 4, 16)...)
	pair, err := analysis.PairSweeps(results, results)
	if err != nil || len(pair.Differ) != 0 || pair.Shared != 36 || pair.Alike != 36 || pair.Settings[0].Change.Value != 0 {
		t.Errorf("%+v, %v", pair, err)
	}
}

func TestASweepWithoutOutcomesCanBeCompared(t *testing.T) {
	results := settingsTable(2, paraboloid, lrGrid(100, 16)...)
	empty := alter(settingsTable(2, paraboloid, lrGrid(200, 16)...), func(sweep.Params) bool { return true },
		func(r *sweep.Result) { r.Outcome = sweep.Outcome{State: sweep.StatePending} })
	pair, err := analysis.PairSweeps(results, empty)
	if err != nil || pair.Settings[0].Change.Known() || pair.Settings[0].Side[1].Best.Place != statistics.NoOptimum {
		t.Errorf("%+v, %v", pair.Settings, err)
	}
}
