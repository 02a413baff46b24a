package main

import (
	"context"
	"fmt"
	"path"
	"slices"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// study is what one sweep says of one model.
type study struct {
	saved    sweep.SavedSweep
	run      string // command that trains it
	model    string // as the grid names it
	several  bool   // the sweep holds other models too
	results  []sweep.Result
	judged   *analysis.Study // the results
	findings []analysis.Finding
	advice   analysis.Advice
}

// readStudies judges the named sweeps, the latest if none is named, model by
// model.
func readStudies(ctx context.Context, st sweep.Store, names []string, m analysis.Margins) ([]study, error) {
	if len(names) == 0 {
		names = []string{""}
	}
	var studies []study
	for _, name := range names {
		saved, results, err := savedResults(ctx, st, name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(sweepNames(studies), saved.Name) {
			continue
		}
		models := modelsOf(results)
		for _, model := range models {
			s, err := newStudy(saved, model, results, m)
			if err != nil {
				return nil, fmt.Errorf("report on sweep %s: %w", saved.Name, err)
			}
			s.several = len(models) > 1
			studies = append(studies, s)
		}
	}
	return borrowControls(studies), nil
}

// borrowControls sets what r does in one sweep beside what alpha does in
// another of the same model.
func borrowControls(studies []study) []study {
	for _, lender := range studies {
		control := lender.judged.RankControl()
		control.Name += ", in " + lender.label()
		if !control.Number.Known() {
			continue
		}
		for i, s := range studies {
			for j, f := range s.findings {
				if f.Claim.RankIsControl() && s.model == lender.model {
					studies[i].findings[j] = f.Beside(control)
				}
			}
		}
	}
	return studies
}

func newStudy(saved sweep.SavedSweep, model string, results []sweep.Result, m analysis.Margins) (s study, err error) {
	s = study{saved: saved, model: model}
	for _, r := range results {
		if r.Params.Model == model {
			s.results = append(s.results, r)
		}
	}
	s.judged = analysis.NewStudy(s.results)
	if s.findings, err = s.judged.Verdicts(m); err != nil {
		return s, err
	}
	s.advice, err = s.judged.Advise(m)
	return s, err
}

// label names the study where sweeps stand side by side.
func (s study) label() string {
	if s.several {
		return s.saved.Name + ", " + path.Base(s.model)
	}
	return s.saved.Name
}

// modelsOf are the models that results were trained on, in order.
func modelsOf(results []sweep.Result) []string {
	var models []string
	for _, r := range results {
		if !slices.Contains(models, r.Params.Model) {
			models = append(models, r.Params.Model)
		}
	}
	return models
}

// sweepNames are the names of the studies' sweeps, each once.
func sweepNames(studies []study) []string {
	var names []string
	for _, s := range studies {
		if !slices.Contains(names, s.saved.Name) {
			names = append(names, s.saved.Name)
		}
	}
	return names
}
