package grid

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sweep/sweep"
)

// Plan is an expanded grid: every run of a sweep, ready to train.
type Plan struct {
	Spec  *Spec
	Runs  []sweep.Run // in file order, the last axis changing fastest; no two with equal keys
	Cells []Cell      // of all arms, in the same order; no two of one arm with equal keys
	Notes []string    // what a person may want to know, such as cells that coincide
}

// Cell is a cell of a grid, with the key of its run. Cells of different arms may share
// a run.
type Cell struct {
	Arm  string // "" in a grid without [[arm]]
	Name string // a sweep.CellName
	Key  string // of the run
}

// NewPlan expands the grid. It first asks the inspector for the settings of the
// adapters that runs start from, which the plan's Spec then has. The inspector checks
// all that the runs would read, and everything that is wrong comes back as one error.
// Cells with equal keys become one run. A grid of more than a million cells is refused,
// and that of runs that were trained elsewhere.
func NewPlan(spec *Spec, inspector sweep.Inspector) (*Plan, error) {
	if err := spec.Trainable(); err != nil {
		return nil, err
	}
	if size := spec.Size(); size > maxCells {
		return nil, fmt.Errorf("%s: the grid has %.6g cells, more than %d; shorten an axis", spec.File, size, maxCells)
	}
	spec, err := spec.withAdapters(inspector)
	if err != nil {
		return nil, err
	}
	for len(spec.uncounted()) > 0 { // what was dropped for want of steps may come back
		if spec, err = spec.withCounts(inspector); err != nil {
			return nil, err
		}
	}
	if err := spec.compareCounts(inspector); err != nil {
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
		if inspection.isNew(p.Command) {
			inspection.note(spec.checkValues(c.Name, p.Command))
		}
		read := inspection.inspect(p)
		normal := encoder.Normal(p)
		run := sweep.Run{Key: encoder.KeyOfNormal(normal, read.inputs), Name: c.Name, Arm: c.Arm, Params: p, Inputs: read.inputs, Rows: read.rows}
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
	if err := spec.checkPredictions(); err != nil {
		return nil, err
	}
	plan.Notes = slices.Concat(inspection.notes, spec.commandNotes(), begun.notes(), said.notes())
	plan.noteTwins(twins)
	for _, x := range spec.exclusions() {
		if !dropping[x.at] {
			plan.Notes = append(plan.Notes, fmt.Sprintf("%s = %s drops no cell", x.at.key, tomlText(x.where.String())))
		}
	}
	return plan, nil
}

// noteTwins notes the cells that share a run: if they are many, only how many.
func (p *Plan) noteTwins(twins []string) {
	const few = 3
	if len(twins) > few {
		twins = []string{fmt.Sprintf("%d cells are the same runs as others, such as: %s", len(twins), twins[0])}
	}
	p.Notes = append(p.Notes, twins...)
}

// inspection asks an Inspector once about cells that read the same.
type inspection struct {
	inspector sweep.Inspector
	encoder   sweep.Encoder // writes the parameters that decide what a run reads
	known     map[string]inspected
	commands  map[*sweep.Command]string // what is written of each
	reported  map[string]bool           // the texts in errs and notes
	errs      []error
	notes     []string
}

// inspected is what an inspector says of what a run reads.
type inspected struct {
	inputs sweep.Inputs
	rows   *sweep.RowSummary // nil if it does not say
}

func newInspection(inspector sweep.Inspector) *inspection {
	return &inspection{
		inspector: inspector, encoder: sweep.NewEncoder(sweep.ParametersWith(sweep.RoleInspected)),
		known: map[string]inspected{}, reported: map[string]bool{}, commands: map[*sweep.Command]string{},
	}
}

// isNew reports whether it is a command that no cell had before.
func (n *inspection) isNew(c *sweep.Command) bool {
	_, known := n.commands[c]
	return c != nil && !known
}

// commandText writes a command in full, "" where there is none.
func (n *inspection) commandText(c *sweep.Command) string {
	if c == nil {
		return ""
	}
	if n.isNew(c) {
		text, _ := json.Marshal(c) // has nothing that cannot be marshalled
		n.commands[c] = string(text)
	}
	return n.commands[c]
}

// inspect asks about a run of p. It adds an error of the inspector to errs, unless one
// with the same text is there, and its notes to notes.
func (n *inspection) inspect(p sweep.Params) inspected {
	id := string(n.encoder.Values(&p)) + n.commandText(p.Command)
	if read, ok := n.known[id]; ok {
		return read
	}
	read, notes, err := ask(n.inspector, p)
	for _, note := range notes {
		if !n.reported[note] {
			n.reported[note] = true
			n.notes = append(n.notes, note)
		}
	}
	n.note(err)
	n.known[id] = read
	return read
}

// note keeps an error, unless there is one with the same text.
func (n *inspection) note(err error) {
	if err != nil && !n.reported[err.Error()] {
		n.reported[err.Error()] = true
		n.errs = append(n.errs, err)
	}
}

// ask asks an inspector all that it can say of a run.
func ask(inspector sweep.Inspector, p sweep.Params) (read inspected, notes []string, err error) {
	if read.inputs, err = inspector.Inspect(p); err != nil {
		return read, nil, err
	}
	if reader, ok := inspector.(sweep.RowReader); ok && p.Command == nil {
		rows, err := reader.Rows(p)
		if err != nil {
			return read, nil, err
		}
		read.rows = &rows
	}
	if noter, ok := inspector.(sweep.Noter); ok {
		notes, err = noter.Notes(p)
	}
	return read, notes, err
}
