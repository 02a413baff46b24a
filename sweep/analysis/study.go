package analysis

import (
	"sync"

	"sweep/sweep"
)

// A Study is results to be judged. What several judgements rest on is worked out
// once, when the first of them asks. It may be used by several goroutines.
type Study struct {
	results []sweep.Result
	trained map[string]sweep.AdapterSettings
	byAlpha func() (Comparison, error)
	rules   func() ([]RuleSet, error)
	control func() Control
}

// NewStudy returns a study of results, which must not be changed while it is used.
func NewStudy(results []sweep.Result) *Study {
	return &Study{
		results: results,
		byAlpha: sync.OnceValues(func() (Comparison, error) { return Compare(results, "alpha") }),
		rules:   sync.OnceValues(func() ([]RuleSet, error) { return Rules(results) }),
		control: sync.OnceValue(func() Control { return rankControl(results) }),
	}
}

// StartingFrom tells the study what the adapters that runs start from were trained
// with, by the folders that the results name, and returns the study. Results do not say
// so.
func (s *Study) StartingFrom(trained map[string]sweep.AdapterSettings) *Study {
	s.trained = trained
	return s
}
