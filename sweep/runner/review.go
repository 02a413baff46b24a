package runner

import (
	"slices"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// PlanStatus is what a store knows of a run that a plan asks for.
type PlanStatus string

// The statuses of a run.
const (
	StatusNew         PlanStatus = "new"         // nothing
	StatusStale       PlanStatus = "stale"       // it was trained on inputs that have changed since
	StatusInterrupted PlanStatus = "interrupted" // it was begun, and will go on or begin anew
	StatusRunning     PlanStatus = "running"     // some process trains it now
	StatusPruned      PlanStatus = "pruned"      // it was stopped, and will go on unless runs are pruned again
	StatusFailed      PlanStatus = "failed"      // it will be tried again
	StatusDone        PlanStatus = "done"        // its outcome is there
)

// Review is a plan held against a store.
type Review struct {
	Runs     []Reviewed     // of the plan, in its order
	Orphaned []sweep.Result // runs of the sweep's last form that the plan does not ask for
}

// Reviewed is a run of a plan, and what would become of it.
type Reviewed struct {
	*sweep.Run
	Status  PlanStatus
	Changed []string // where Stale: the inputs that did, such as "data"
	Train   bool     // would be trained
	Copy    bool     // would be recorded as a copy, being equal to another run to the bit
}

// NewReview tells what a plan's runs are to a store: states and copies are what
// it holds of their keys, before the cells of the sweep as it was last run.
func NewReview(p *grid.Plan, states map[string]sweep.State, copies map[string]string, before []sweep.Result) Review {
	earlier := newHistory(p, before)
	review := Review{Orphaned: earlier.orphans}
	role := roles(p, holdings{states: states, copyOf: copies})
	review.Runs = make([]Reviewed, 0, len(p.Runs))
	for i := range p.Runs {
		run := &p.Runs[i]
		r := Reviewed{Run: run, Train: role[run.Key] == toTrain, Copy: role[run.Key] == toCopy}
		switch state, known := states[run.Key]; {
		case state.Final():
			r.Status = StatusDone
		case state == sweep.Failed:
			r.Status = StatusFailed
		case state == sweep.Running:
			r.Status = StatusRunning
		case state == sweep.Pruned:
			r.Status = StatusPruned
		case known:
			r.Status = StatusInterrupted
		default:
			r.Status, r.Changed = earlier.status(run)
		}
		review.Runs = append(review.Runs, r)
	}
	return review
}

// role is what becomes of a run that is not settled.
type role int

const (
	toTrain role = iota + 1
	toCopy
)

// roles tells by key what a Runner will do with the runs that are open.
func roles(p *grid.Plan, held holdings) map[string]role {
	all := make(map[string]role, len(p.Runs))
	for _, members := range (&Runner{TrainAll: held.trainAll}).classes(p) {
		f := newClass(members, held)
		for _, m := range f.open {
			all[m.Key] = toTrain
		}
		for _, m := range f.waiting() {
			all[m.Key] = toCopy
		}
	}
	return all
}

// history is the runs that a sweep had and its plan does not ask for.
type history struct {
	encoder sweep.Encoder
	trained map[string]sweep.Inputs // by settings, of those whose settings the plan still has
	orphans []sweep.Result
}

func newHistory(p *grid.Plan, before []sweep.Result) history {
	h := history{encoder: sweep.NewEncoder(sweep.Parameters()), trained: map[string]sweep.Inputs{}}
	if len(before) == 0 {
		return h
	}
	asked, settings := map[string]bool{}, map[string]bool{}
	for _, run := range p.Runs {
		asked[run.Key] = true
		settings[string(h.encoder.Text(&run.Params))] = true
	}
	for _, r := range before {
		text := string(h.encoder.Text(&r.Params))
		switch {
		case asked[r.Key], !r.State.Final():
		case settings[text]:
			h.trained[text] = r.Inputs
		default:
			h.orphans = append(h.orphans, r)
		}
	}
	return h
}

// status tells whether a run of the same settings was trained on other
// inputs, and which they are.
func (h history) status(run *sweep.Run) (PlanStatus, []string) {
	if len(h.trained) == 0 {
		return StatusNew, nil
	}
	was, known := h.trained[string(h.encoder.Text(&run.Params))]
	if !known {
		return StatusNew, nil
	}
	var changed []string
	for _, q := range sweep.ParametersWith(sweep.RoleInspected) {
		if q.ContentHash(was) != q.ContentHash(run.Inputs) {
			changed = append(changed, q.Name)
		}
	}
	if was.Numerics != run.Inputs.Numerics {
		changed = append(changed, "arithmetic")
	}
	return StatusStale, changed
}

// Count is how many runs stand so.
func (r Review) Count(s PlanStatus) int {
	n := 0
	for i := range r.Runs {
		if r.Runs[i].Status == s {
			n++
		}
	}
	return n
}

// ToTrain lists the runs that would be trained, and with copies those, too, that
// would be recorded as copies.
func (r Review) ToTrain(copies bool) []*sweep.Run {
	var runs []*sweep.Run
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Train || copies && run.Copy {
			runs = append(runs, run.Run)
		}
	}
	return runs
}

// Makespan is how long jobs of some lengths take on so many workers, each taking
// the longest that is left.
func Makespan(lengths []float64, workers int) float64 {
	busy := make([]float64, max(workers, 1))
	lengths = slices.Sorted(slices.Values(lengths))
	for _, length := range slices.Backward(lengths) {
		first := 0
		for i := range busy {
			if busy[i] < busy[first] {
				first = i
			}
		}
		busy[first] += length
	}
	return slices.Max(busy)
}
