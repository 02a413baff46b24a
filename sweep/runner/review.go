package runner

import (
	"slices"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// PlanStatus is the status of a run in a plan, by what a store holds on it.
type PlanStatus string

// The statuses of a run.
const (
	StatusNew         PlanStatus = "new"         // the store has nothing on it
	StatusStale       PlanStatus = "stale"       // it was trained on inputs that have changed since
	StatusInterrupted PlanStatus = "interrupted" // it was begun, and will go on or begin anew
	StatusRunning     PlanStatus = "running"     // a process trains it now
	StatusPruned      PlanStatus = "pruned"      // it was stopped before its end, and will go on unless runs are pruned again
	StatusFailed      PlanStatus = "failed"      // it will be tried again
	StatusRefused     PlanStatus = "refused"     // it failed, and its trainer would refuse it
	StatusDone        PlanStatus = "done"        // its outcome is recorded
)

// Review compares a plan with a store.
type Review struct {
	Runs     []Reviewed     // of the plan, in its order
	Orphaned []sweep.Result // runs that the sweep had when it was last run, and that are not in the plan
}

// Reviewed is a run of a plan, and what would happen to it.
type Reviewed struct {
	*sweep.Run
	Status  PlanStatus
	Changed []string // the inputs that have changed, such as "data", where Status is Stale
	Train   bool     // would be trained
	Copy    bool     // would be recorded as a copy, being equal to another run to the bit
}

// NewReview compares a plan with a store. States and copies are what the store holds
// on the plan's keys, before is the cells of the sweep when it was last run.
func NewReview(p *grid.Plan, states map[string]sweep.State, copies map[string]string, before []sweep.Result) Review {
	earlier := newHistory(p, before)
	review := Review{Orphaned: earlier.orphans}
	next := steps(p, holdings{states: states, copyOf: copies})
	review.Runs = make([]Reviewed, 0, len(p.Runs))
	for i := range p.Runs {
		run := &p.Runs[i]
		r := Reviewed{Run: run, Train: next[run.Key] == stepTrain, Copy: next[run.Key] == stepCopy}
		switch state, known := states[run.Key]; {
		case state.Final():
			r.Status = StatusDone
		case state == sweep.StateFailed:
			r.Status = StatusFailed
		case state == sweep.StateRunning:
			r.Status = StatusRunning
		case state == sweep.StatePruned:
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

// Refuse takes note that trainers would refuse some of the runs that failed.
func (r Review) Refuse(refused func(sweep.Run) bool) {
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Status == StatusFailed && refused(*run.Run) {
			run.Status, run.Train = StatusRefused, false
		}
	}
}

// step is what a Runner does with a run that is not settled.
type step int

const (
	stepTrain step = iota + 1
	stepCopy
)

// steps returns what a Runner will do with the runs that are not settled, by key.
func steps(p *grid.Plan, held holdings) map[string]step {
	all := make(map[string]step, len(p.Runs))
	for _, members := range (&Runner{TrainAll: held.trainAll}).classes(p) {
		f := newClass(members, held)
		for _, m := range f.open {
			all[m.Key] = stepTrain
		}
		for _, m := range f.waiting() {
			all[m.Key] = stepCopy
		}
	}
	return all
}

// history is the runs that a sweep had when it was last run and that are not in its
// plan.
type history struct {
	encoder sweep.Encoder
	trained map[string]sweep.Inputs // by settings, of the runs whose settings the plan still has
	orphans []sweep.Result          // the others
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

// status is StatusStale if a run of the same settings was trained on other inputs, and
// then returns which, or else StatusNew.
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
	if was.Command != run.Inputs.Command {
		changed = append(changed, "file of the command")
	}
	if was.Numerics != run.Inputs.Numerics {
		changed = append(changed, "arithmetic")
	}
	return StatusStale, changed
}

// Count returns how many runs have that status.
func (r Review) Count(s PlanStatus) int {
	n := 0
	for i := range r.Runs {
		if r.Runs[i].Status == s {
			n++
		}
	}
	return n
}

// ToTrain returns the runs that would be trained and, if copies is true, those that
// would be recorded as copies, too.
func (r Review) ToTrain(copies bool) []*sweep.Run {
	var runs []*sweep.Run
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Train || copies && run.Copy {
			runs = append(runs, run.Run)
		}
	}
	return runs
}

// Makespan returns how long jobs of some lengths take on so many workers, if a worker
// that is free takes the longest job that is left.
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
