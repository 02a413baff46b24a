package sweep

import (
	"errors"
	"fmt"
	"slices"
)

// Plan is a grid expanded: every run of a sweep, ready to train.
type Plan struct {
	Spec  *Spec
	Runs  []Run    // in file order, the last axis changing fastest; no two with equal keys
	Notes []string // what a person may want to know, such as cells that coincide
}

// NewPlan expands the grid. The inspector looks at everything that the runs
// would read; whatever it finds wrong comes back at once, joined, before
// anything trains. Cells with equal keys become one run. A grid of more than
// a million cells is refused.
func NewPlan(spec *Spec, inspector Inspector) (*Plan, error) {
	cells := spec.Cells()
	if cells > maxCells {
		return nil, fmt.Errorf("%s: the grid has %.6g cells, more than %d; shorten an axis", spec.File, cells, maxCells)
	}
	inspection := inspection{inspector: inspector, known: map[string]Inputs{}, told: map[string]bool{}}
	plan := &Plan{Spec: spec}
	labels := spec.labels()
	first := map[string]string{} // key to name
	for i := range int(cells) {
		p := spec.cell(i)
		inputs := inspection.inputs(p)
		run := Run{Key: p.Key(inputs), Name: cellName(spec.Name, labels, i), Params: p, Inputs: inputs}
		if twin, ok := first[run.Key]; ok {
			plan.Notes = append(plan.Notes, fmt.Sprintf("%s is the same run as %s", run.Name, twin))
			continue
		}
		first[run.Key] = run.Name
		plan.Runs = append(plan.Runs, run)
	}
	if err := errors.Join(inspection.errs...); err != nil {
		return nil, err
	}
	return plan, nil
}

// inspection asks an Inspector about each distinct set of inputs once.
type inspection struct {
	inspector Inspector
	known     map[string]Inputs
	told      map[string]bool // messages in errs
	errs      []error
}

// inputs returns what the inspector says of p. An error is kept, unless one of
// the same words is there already.
func (n *inspection) inputs(p Params) Inputs {
	q := inspected(p)
	id := q.canonical()
	if in, ok := n.known[id]; ok {
		return in
	}
	in, err := n.inspector.Inspect(p)
	if err != nil && !n.told[err.Error()] {
		n.told[err.Error()] = true
		n.errs = append(n.errs, err)
	}
	n.known[id] = in
	return in
}

// inspected is p with everything set to its default that has no bearing on
// whether its inputs fit: the optimizer, the schedule and the seed.
func inspected(p Params) Params {
	for _, q := range slices.Concat(optimizerParameters(), scheduleParameters()) {
		if q.Name != "seq" && q.Name != "batch" && q.Name != "dtype" {
			q.Set(&p, q.Default)
		}
	}
	return p
}
