package analysis_test

import (
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

func TestTheoryKnowsTheOptimizer(t *testing.T) {
	for _, tt := range []struct {
		optimizer, by string
		want          []float64
	}{
		{"adamw", "alpha", []float64{-1, -0.5, 0}},
		{"sgd", "alpha", []float64{-2, -1}},
		{"adam", "r", []float64{0, -0.25, -0.5}},
		{"sgd", "r", []float64{1, 0.5, 0}},
		{"adam", "lr", []float64{-1, -2}},
	} {
		s := fullStudy()
		results := alter(s.results(), everyRun, func(r *sweep.Result) { r.Params.Optimizer = tt.optimizer })
		if tt.by == "lr" { // alpha is what the valleys run along
			results = alter(results, func(p sweep.Params) bool { return p.R != 8 }, func(r *sweep.Result) { r.State = sweep.StatePending })
		}
		c := compare(t, results, tt.by)
		var got []float64
		for _, p := range c.Theory(c.Slices[0]) {
			got = append(got, p.Value)
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s by %s: %v, want %v", tt.optimizer, tt.by, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s by %s: %v, want %v", tt.optimizer, tt.by, got, tt.want)
			}
		}
	}
}

func TestBearingFollowsTheDesign(t *testing.T) {
	full, lone, short := fullStudy(), fullStudy(), fullStudy()
	lone.seeds = 1
	short.alphas = []float64{4, 8}
	fixed := fullStudy()
	fixed.alphas = []float64{8}
	for name, tt := range map[string]struct {
		study study
		want  analysis.EvidenceStrength
	}{
		"full":       {full, analysis.Telling},
		"one seed":   {lone, analysis.Suggestive},
		"two alphas": {short, analysis.Suggestive},
		"one alpha":  {fixed, analysis.Silent},
	} {
		for _, f := range verdicts(t, tt.study.results())["d"] {
			if f.EvidenceStrength() != tt.want {
				t.Errorf("%s: bearing %d, want %d", name, f.EvidenceStrength(), tt.want)
			}
		}
	}
}

// Below MinRank capacity decides: what the first r says of keeping its lr is one
// finding, and what the first that is large enough says another.
func TestRegretIsJudgedFromLargeEnoughRanksToo(t *testing.T) {
	s := fullStudy()
	s.ranks, s.alphas = []int{1, 4, 8, 16}, []float64{4, 8, 16, 32}
	findings := verdicts(t, s.results())["c"]
	if len(findings) != 2 || len(findings[1].Part) != 1 || findings[1].Part[0].String() != "first r = 4" {
		t.Errorf("%d findings: %+v", len(findings), findings)
	}
}

func TestStartsTellTheBaseModelFromWhatLeavesIt(t *testing.T) {
	s := fullStudy()
	s.ranks, s.seeds = []int{4}, 1
	results := s.results()
	elsewhere := results[0]
	elsewhere.Key, elsewhere.Params.Init, elsewhere.FirstLoss = "random", "both", 7
	away := 0
	for _, start := range analysis.Starts(append(results, elsewhere)) {
		switch {
		case start.Away == 0 && start.Zero:
		case start.Away == 0.5 && !start.Zero:
			away++
		default:
			t.Errorf("%+v", start)
		}
	}
	if away != 1 {
		t.Errorf("%d starts away from the base model, want 1", away)
	}
}
