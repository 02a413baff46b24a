package grid

import (
	"errors"
	"fmt"
	"slices"

	"sweep/sweep"
)

// Plan is a grid expanded: every run of a sweep, ready to train.
type Plan struct {
	Spec  *Spec
	Runs  []sweep.Run // in file order, the last axis changing fastest; no two with equal keys
	Cells []Cell      // those of every arm, in the same order; no two of an arm with equal keys
	Notes []string    // what a person may want to know, such as cells that coincide
}

// Cell is a place in a grid and the run that fills it. Arms may share runs, and
// each keeps its cells.
type Cell struct {
	Arm  string // "" in a grid without [[arm]]
	Name string // a sweep.CellName
	Key  string // of the run
}

// NewPlan expands the grid. It first asks the inspector what the adapters were
// trained with that runs start from: the plan's Spec has their settings. The
// inspector looks at everything that the runs would read; whatever it finds wrong
// comes back at once, joined, before anything trains. Cells with equal keys become
// one run. A grid of more than a million cells is refused.
func NewPlan(spec *Spec, inspector sweep.Inspector) (*Plan, error) {
	if size := spec.Size(); size > maxCells {
		return nil, fmt.Errorf("%s: the grid has %.6g cells, more than %d; shorten an axis", spec.File, size, maxCells)
	}
	spec, err := spec.withAdapters(inspector)
	if err != nil {
		return nil, err
	}
	inspection := newInspection(inspector)
	encoder := sweep.NewEncoder(sweep.Parameters())
	plan := &Plan{Spec: spec, Runs: make([]sweep.Run, 0, min(int(spec.Size()), 1<<17))}
	first := map[string]string{}  // key to name
	inArm := map[[2]string]bool{} // arms and the keys they have
	dropping := map[place]bool{}  // where exclusions stand that drop a cell
	var twins []string            // pairs of cells that share a run
	said := newIdleSettings(spec)
	begun := adapterUses{spec: spec}
	for c, p := range spec.cells(func(by rule) {
		if x, ok := by.(exclusion); ok {
			dropping[x.at] = true
		}
	}) {
		inputs := inspection.inputs(p)
		normal := encoder.Normal(p)
		run := sweep.Run{Key: encoder.KeyOfNormal(normal, inputs), Name: c.Name, Arm: c.Arm, Params: p, Inputs: inputs}
		said.count(run, &normal)
		begun.count(run)
		if id := [2]string{c.Arm, run.Key}; !inArm[id] {
			inArm[id] = true
			plan.Cells = append(plan.Cells, Cell{c.Arm, c.Name, run.Key})
		}
		if twin, ok := first[run.Key]; ok {
			twins = append(twins, fmt.Sprintf("%s is the same run as %s", run.Name, twin))
			continue
		}
		first[run.Key] = run.Name
		plan.Runs = append(plan.Runs, run)
	}
	if err := errors.Join(inspection.errs...); err != nil {
		return nil, err
	}
	if len(plan.Runs) == 0 {
		return nil, fmt.Errorf("%s: the conditions of the grid leave no cell; loosen an [[exclude]] or a [[require]]", spec.File)
	}
	plan.Notes = slices.Concat(inspection.notes, begun.notes(), said.notes())
	plan.noteTwins(twins)
	for _, x := range spec.exclusions() {
		if !dropping[x.at] {
			plan.Notes = append(plan.Notes, fmt.Sprintf("%s = %s drops no cell", x.at.key, tomlText(x.where.String())))
		}
	}
	return plan, nil
}

// noteTwins notes cells that share a run: a few one by one, many by their
// number.
func (p *Plan) noteTwins(twins []string) {
	const few = 3
	if len(twins) > few {
		twins = []string{fmt.Sprintf("%d cells are the same runs as others, such as: %s", len(twins), twins[0])}
	}
	p.Notes = append(p.Notes, twins...)
}

// inspection asks an Inspector about each distinct set of inputs once.
type inspection struct {
	inspector sweep.Inspector
	encoder   sweep.Encoder // of the parameters that decide whether inputs fit
	known     map[string]sweep.Inputs
	told      map[string]bool // messages in errs, and notes
	errs      []error
	notes     []string
}

// newInspection leaves out what has no bearing on a run's inputs: the
// optimizer, the schedule, the scale and the seed.
func newInspection(inspector sweep.Inspector) *inspection {
	return &inspection{
		inspector: inspector, encoder: sweep.NewEncoder(sweep.ParametersWith(sweep.RoleInspected)),
		known: map[string]sweep.Inputs{}, told: map[string]bool{},
	}
}

// note keeps notes that were not told yet.
func (n *inspection) note(notes []string) {
	for _, note := range notes {
		if !n.told[note] {
			n.told[note] = true
			n.notes = append(n.notes, note)
		}
	}
}

// inputs returns what the inspector says of p. An error is kept, unless one of
// the same words is there already.
func (n *inspection) inputs(p sweep.Params) sweep.Inputs {
	id := string(n.encoder.Literal(&p))
	if in, ok := n.known[id]; ok {
		return in
	}
	in, err := n.inspector.Inspect(p)
	if noter, ok := n.inspector.(sweep.Noter); ok && err == nil {
		var notes []string
		notes, err = noter.Notes(p)
		n.note(notes)
	}
	if err != nil && !n.told[err.Error()] {
		n.told[err.Error()] = true
		n.errs = append(n.errs, err)
	}
	n.known[id] = in
	return in
}
