package report

import (
	"testing"

	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// found is an analysis of one model with one finding on claim (c), or with none.
func found(model string, v analysis.Verdict) sweepAnalysis {
	s := sweepAnalysis{sweep: Sweep{Name: "of-" + model}, model: "models/" + model}
	if v != "" {
		s.findings = []analysis.Finding{{Claim: analysis.Claim{Letter: "c"}, Verdict: v, Key: statistics.Estimate{Value: 0.01}}}
	}
	return s
}

func TestModelsAgreeDisagreeOrLeaveOpen(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second []analysis.Verdict
		want          string
	}{
		{"one verdict", []analysis.Verdict{analysis.Supported}, []analysis.Verdict{analysis.Supported}, "agree"},
		{"two verdicts", []analysis.Verdict{analysis.Supported}, []analysis.Verdict{analysis.Refuted}, "disagree"},
		{"an open one", []analysis.Verdict{analysis.Supported}, []analysis.Verdict{analysis.Undecided}, "undecided on big.gguf"},
		{"a sweep that says nothing", []analysis.Verdict{analysis.Supported}, []analysis.Verdict{analysis.NotAsked}, "not asked on big.gguf"},
		{"an open part beside a decided one", []analysis.Verdict{analysis.Undecided, analysis.Refuted}, []analysis.Verdict{analysis.Refuted}, "agree"},
		{"parts that differ", []analysis.Verdict{analysis.Supported, analysis.Refuted}, []analysis.Verdict{analysis.Refuted}, "disagree"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var analyses []sweepAnalysis
			for _, v := range tt.first {
				analyses = append(analyses, found("tiny", v))
			}
			for _, v := range tt.second {
				analyses = append(analyses, found("big.gguf", v))
			}
			section := compareModels(analyses)
			if len(section.Models) != 2 || section.Models[1] != "big.gguf" || len(section.Rows) != 1 {
				t.Fatalf("%+v", section)
			}
			if got := section.Rows[0].Agreement; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
