package trainer

import (
	"fmt"

	"sweep/sweep"
)

// prompted is how many of the held-out rows have a prompt to complete.
func (e *examples) prompted() (n int) {
	for _, row := range e.eval {
		if row.Prompt > 0 {
			n++
		}
	}
	return n
}

// checkPrompts refuses to judge completions where no held-out row has a prompt.
func (e *examples) checkPrompts(p sweep.Params) error {
	if !p.Measures("match") || e.prompted() > 0 {
		return nil
	}
	return fmt.Errorf(`eval has "match", but none of the %d rows to evaluate on has a prompt to complete, as rows of {"prompt", "completion"} have; leave "match" out, or name rows that have one in data_eval`, len(e.eval))
}

// notJudged says how many of the held-out rows have no completion to judge.
func (e *examples) notJudged(p sweep.Params) []string {
	n := len(e.eval) - e.prompted()
	if !p.Measures("match") || n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("match leaves out %d of the %d rows to evaluate on, which have no prompt to complete", n, len(e.eval))}
}
