package analysis

import (
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// An Answer is what to use under one budget, and what is not known of that. More
// steps, larger batches or more targets lower the loss by what they cost, so that
// settings which differ in these answer different questions.
type Answer struct {
	Budget   []Setting // what sets its question apart from those of the other answers
	Quantity Quantity
	Tally    StateCounts
	Settings int             // how many there are, which differ in more than the seed
	Compared int             // how many of them have all seeds
	Seeds    []int           // those that every setting compared has, ascending
	Use      *Recommendation // nil if no setting can be recommended
	Unknown  []Unknown       // what matters most first
}

// A Recommendation is a setting that was trained: the one of lowest mean loss among
// those that have all seeds and never diverged.
type Recommendation struct {
	Setting []Setting           // of what varies
	Shared  []Setting           // of the rest, what one would ask for: r, alpha, lr and steps
	Loss    statistics.Estimate // priced by seeds that did not choose it
	Rows    int                 // held-out rows that its interval takes in beside the seeds, 0 if it is over seeds alone
	Same    [][]Setting         // the settings that are not clearly worse, lowest mean first; nil for one seed
	Among   [][]Setting         // all settings that there are, whatever became of them

	best      option
	overSeeds statistics.Estimate // Loss with its interval over seeds alone
	same      []option            // of Same
}

// An Unknown is something that may change what to use, and the cheapest runs that
// would tell.
type Unknown struct {
	Reason
	Trial Trial

	order int // as of Proposal
}

// Proposal is the trial as other lr or seeds of a setting that is there; ok is false
// where it is something else.
func (u Unknown) Proposal() (p Proposal, ok bool) {
	if u.Trial.more == nil {
		return Proposal{}, false
	}
	p = *u.Trial.more
	p.Reason, p.Gain, p.order = u.Reason, math.Inf(1), u.order
	return p, true
}

// Answers returns what to use, by the results: an answer for each budget, the
// smallest first. There are none without results. It fails if two runs have the
// same settings, as Compare does.
func (s *Study) Answers(m Margins) ([]Answer, error) {
	if len(s.results) == 0 {
		return nil, nil
	}
	if err := unique(s.results); err != nil {
		return nil, err
	}
	budget := slices.DeleteFunc(budgetAxes(), func(name string) bool { return len(distinct(s.results, name)) < 2 })
	var answers []Answer
	for _, g := range groupBy(s.results, budget) {
		answers = append(answers, newAnswer(settings(budget, g.values), g.results, Judge(s.results), m))
	}
	return answers, nil
}

// budgetAxes are the parameters that decide what a loss is measured on and what
// a run may spend, in the order of Params.
func budgetAxes() []string {
	choices := []string{Seed, "adapter", "method", "shuffle", "dtype"}
	return slices.DeleteFunc(ours(), func(name string) bool {
		q, err := sweep.LookupParameter(name)
		spent := name == "steps" || name == "targets"
		return err != nil || slices.Contains(choices, name) || !q.Has(sweep.RoleData) && !spent
	})
}

func newAnswer(budget []Setting, results []sweep.Result, q Quantity, m Margins) Answer {
	rows, results := alikeInRows(results, q)
	c := newOptions(budget, results, q)
	c.rows = rows.rows
	a := Answer{
		Budget: budget, Quantity: q, Tally: Count(Runs(results), q),
		Settings: len(c.all), Seeds: c.seeds, Compared: len(c.compared),
	}
	if len(c.compared) > 0 {
		a.Use = c.recommend()
	}
	a.Unknown = c.unknown(a.Use, m)
	for i := range a.Unknown {
		a.Unknown[i].Detail = q.Worded(a.Unknown[i].Detail)
	}
	return a
}
