package report

import (
	"errors"
	"fmt"
	"path"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// sweepAnalysis is what one sweep says of one model.
type sweepAnalysis struct {
	sweep    Sweep
	model    string // as the grid names it, unknownModel where no run of it tells
	several  bool   // the sweep holds other models too
	results  []sweep.Result
	judged   *analysis.Study // the results
	findings []analysis.Finding
	advice   analysis.Advice
	answers  []analysis.Answer
	laws     []analysis.Law
}

// analyse judges sweeps, model by model.
func analyse(sweeps []Sweep, m analysis.Margins) ([]sweepAnalysis, error) {
	var analyses []sweepAnalysis
	for _, sw := range sweeps {
		of := modelOfEach(sw.Results)
		models := distinct(of)
		for _, model := range models {
			s, err := newSweepAnalysis(sw, runsOn(model, of, sw.Results), model, m)
			if err != nil {
				return nil, fmt.Errorf("report on sweep %s: %w", sw.Name, err)
			}
			s.several = len(models) > 1
			analyses = append(analyses, s)
		}
	}
	return borrowControls(analyses), nil
}

// borrowControls gives findings on alpha a control from another sweep of the same
// model: what r does there.
func borrowControls(analyses []sweepAnalysis) []sweepAnalysis {
	for _, lender := range analyses {
		control := lender.judged.RankControl()
		control.Name += ", in " + lender.label()
		if !control.Number.Known() {
			continue
		}
		for i, s := range analyses {
			for j, f := range s.findings {
				if f.Claim.RankIsControl() && s.model == lender.model {
					analyses[i].findings[j] = f.Beside(control)
				}
			}
		}
	}
	return analyses
}

func newSweepAnalysis(sw Sweep, results []sweep.Result, model string, m analysis.Margins) (s sweepAnalysis, err error) {
	s = sweepAnalysis{sweep: sw, model: model, results: results}
	s.judged = analysis.NewStudy(s.results).StartingFrom(sw.TrainedWith)
	if s.answers, err = s.judged.Answers(m); err != nil {
		return s, err
	}
	s.laws = s.judged.Laws()
	if s.findings, err = s.judged.Verdicts(m); errors.Is(err, analysis.ErrNothingFinished) {
		return s, nil // the answer says so
	} else if err != nil {
		return s, err
	}
	s.advice, err = s.judged.Advise(m)
	return s, err
}

// label names the analysis where sweeps stand side by side.
func (s sweepAnalysis) label() string {
	if s.several {
		return s.sweep.Name + ", " + path.Base(s.model)
	}
	return s.sweep.Name
}

// runsOn are the results on a model, given that of each.
func runsOn(model string, of []string, results []sweep.Result) (on []sweep.Result) {
	for i, r := range results {
		if of[i] == model {
			on = append(on, r)
		}
	}
	return on
}
