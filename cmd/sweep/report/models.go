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

// Class is the verdict as the name of a style.
func (v ModelVerdict) Class() string { return className(v.Verdict) }

// modelsOf are the models of all analyses, in order.
func modelsOf(analyses []sweepAnalysis) []string {
	var models []string
	for _, s := range analyses {
		models = append(models, s.model)
	}
	return distinct(models)
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
	v := ModelVerdict{Verdict: string(analysis.NotAsked)}
	for _, f := range findings {
		switch {
		case f.identity:
			continue
		case f.Verdict == v.Verdict || f.Verdict == string(analysis.NotAsked):
		case v.open():
			v.Verdict = f.Verdict
		case f.Verdict != string(analysis.Undecided):
			v.Verdict = "mixed"
		}
		if f.Key != "–" && f.Verdict != string(analysis.NotAsked) {
			v.Keys = append(v.Keys, f.Sweep+" ("+f.Part+"), "+f.Verdict+": "+f.Measure+" "+f.Key)
		}
	}
	return v
}

// open reports whether no finding decides.
func (v ModelVerdict) open() bool {
	return v.Verdict == string(analysis.NotAsked) || v.Verdict == string(analysis.Undecided)
}

func agreement(names []string, verdicts []ModelVerdict) string {
	var open []string
	decided := map[string]bool{}
	for i, v := range verdicts {
		if v.open() {
			open = append(open, v.Verdict+" on "+names[i])
		} else {
			decided[v.Verdict] = true
		}
	}
	switch {
	case len(open) > 0:
		return strings.Join(open, ", ")
	case len(decided) == 1:
		return "agree"
	default:
		return "disagree"
	}
}
