package report

import (
	"path"
	"slices"
	"strings"

	"sweep/sweep/analysis"
)

// ModelSection sets models side by side, claim by claim. What holds to the bit or not
// at all is left out: it certifies the code, and is no evidence that a claim holds on
// one model or another.
type ModelSection struct {
	Models []string
	Rows   []ModelRow
}

// ModelRow is a claim's verdict on each model.
type ModelRow struct {
	Letter    string
	Models    []ModelVerdict // in the order of the section's
	Agreement string
}

// ModelVerdict is what all findings on a model come to.
type ModelVerdict struct {
	Verdict string
	Keys    []string
}

// modelsOf are the models of all analyses, in order.
func modelsOf(analyses []sweepAnalysis) []string {
	var models []string
	for _, s := range analyses {
		if !slices.Contains(models, s.model) {
			models = append(models, s.model)
		}
	}
	return models
}

// compareModels judges each model by the analyses of it alone.
func compareModels(analyses []sweepAnalysis) *ModelSection {
	section := &ModelSection{}
	models := modelsOf(analyses)
	for _, model := range models {
		section.Models = append(section.Models, path.Base(model))
	}
	for _, letter := range claimLetters(analyses) {
		if !slices.ContainsFunc(newClaimSection(letter, analyses).Findings, func(r Row) bool { return !r.identity }) {
			continue
		}
		r := ModelRow{Letter: letter}
		for _, model := range models {
			of := slices.DeleteFunc(slices.Clone(analyses), func(s sweepAnalysis) bool { return s.model != model })
			r.Models = append(r.Models, summary(newClaimSection(letter, of).Findings))
		}
		r.Agreement = agreement(section.Models, r.Models)
		section.Rows = append(section.Rows, r)
	}
	return section
}

// summary is the verdict that the decided findings share, "mixed" if they
// differ.
func summary(findings []Row) ModelVerdict {
	v := ModelVerdict{Verdict: string(analysis.Undecided)}
	for _, f := range findings {
		switch {
		case f.identity:
			continue
		case f.Verdict == string(analysis.Undecided) || f.Verdict == v.Verdict:
		case v.Verdict == string(analysis.Undecided):
			v.Verdict = f.Verdict
		default:
			v.Verdict = "mixed"
		}
		if f.Key != "–" {
			v.Keys = append(v.Keys, f.Sweep+" ("+f.Part+"), "+f.Verdict+": "+f.Measure+" "+f.Key)
		}
	}
	return v
}

func agreement(names []string, verdicts []ModelVerdict) string {
	var open []string
	decided := map[string]bool{}
	for i, v := range verdicts {
		if v.Verdict == string(analysis.Undecided) {
			open = append(open, names[i])
		} else {
			decided[v.Verdict] = true
		}
	}
	switch {
	case len(open) > 0:
		return "undecided on " + strings.Join(open, ", ")
	case len(decided) == 1:
		return "agree"
	default:
		return "disagree"
	}
}
