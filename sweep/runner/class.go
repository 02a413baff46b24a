package runner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// proofShare says that one in so many copies is trained instead, as a proof.
const proofShare = 20

// class is an equivalence class: the runs of a plan that share an orbit. One of those
// that are trained is the original of all copies.
type class struct {
	trained []equivalentRun // the original first
	open    []equivalentRun // to train or to copy, in plan order
}

// equivalentRun is a run of a class and its place in the orbit.
type equivalentRun struct {
	sweep.Run
	orbit sweep.Orbit
	proof bool // trained although it could be copied

	state  sweep.State // as the recorder holds it
	copyOf string      // key of the run that it is recorded as a copy of, "" if none
}

// A Unit is runs that are trained together: those of a plan that are equal to the bit, of
// which most often there is one.
type Unit struct {
	Runs   []sweep.Run `json:"runs"`             // in plan order
	Proofs []string    `json:"proofs,omitempty"` // keys of those that are trained although they could be copied
	Alone  bool        `json:"alone,omitempty"`  // it is one run, to be trained even if it is recorded as a copy
}

// Units groups the plan's runs by orbit, in the order of their first runs.
func (r *Runner) Units(plan *grid.Plan) []Unit {
	encoder := sweep.NewEncoder(sweep.Parameters())
	var units []Unit
	at := make(map[string]int, len(plan.Runs)) // an orbit's place in units
	place := make(map[string]int)              // a copy's
	var copies []string
	for _, run := range plan.Runs {
		id := r.orbit(encoder, run).ID
		i, known := at[id]
		if !known {
			at[id] = len(units)
			units = append(units, Unit{Runs: []sweep.Run{run}, Alone: r.TrainAll})
			continue
		}
		units[i].Runs = append(units[i].Runs, run)
		copies = append(copies, run.Key)
		place[run.Key] = i
	}
	for _, key := range Sample(plan.Spec.Name, copies, (len(copies)+proofShare-1)/proofShare) {
		u := &units[place[key]]
		u.Proofs = append(u.Proofs, key)
	}
	return units
}

// OpenUnits are the plan's Units with runs that are not settled, by what a store holds on
// the plan's keys.
func (r *Runner) OpenUnits(plan *grid.Plan, states map[string]sweep.State, copies map[string]string) []Unit {
	held := holdings{states, copies, r.TrainAll}
	return slices.DeleteFunc(r.Units(plan), func(u Unit) bool {
		return !slices.ContainsFunc(u.Runs, func(run sweep.Run) bool { return !held.settled(run) })
	})
}

// orbit is that of a run, or one of its own if all runs are trained.
func (r *Runner) orbit(encoder sweep.Encoder, run sweep.Run) sweep.Orbit {
	if r.TrainAll {
		return sweep.Orbit{ID: run.Key}
	}
	return encoder.Orbit(run)
}

// members are the runs of a unit, each with its place in the orbit.
func (r *Runner) members(encoder sweep.Encoder, u Unit) []equivalentRun {
	members := make([]equivalentRun, len(u.Runs))
	for i, run := range u.Runs {
		members[i] = equivalentRun{Run: run, orbit: r.orbit(encoder, run), proof: slices.Contains(u.Proofs, run.Key)}
	}
	return members
}

// classes are the members of the plan's units.
func (r *Runner) classes(plan *grid.Plan) [][]equivalentRun {
	encoder := sweep.NewEncoder(sweep.Parameters())
	units := r.Units(plan)
	classes := make([][]equivalentRun, len(units))
	for i, u := range units {
		classes[i] = r.members(encoder, u)
	}
	return classes
}

// Sample picks n of the keys, or all if there are fewer. It picks by a hash of key and
// salt, so always the same ones, whatever the order of the keys.
func Sample(salt string, keys []string, n int) []string {
	marks := make(map[string]string, len(keys))
	for _, key := range keys {
		sum := sha256.Sum256([]byte("sample " + salt + " " + key))
		marks[key] = string(sum[:])
	}
	sorted := slices.SortedFunc(slices.Values(keys), func(a, b string) int { return cmp.Compare(marks[a], marks[b]) })
	return sorted[:min(n, len(sorted))]
}

// holdings is what the recorder holds on a plan's runs.
type holdings struct {
	states   map[string]sweep.State
	copyOf   map[string]string
	trainAll bool
}

func (s *session) holdings(ctx context.Context, runs []sweep.Run) (holdings, error) {
	keys := make([]string, len(runs))
	for i, run := range runs {
		keys[i] = run.Key
	}
	states, err := s.Recorder.States(ctx, keys)
	if err != nil {
		return holdings{}, fmt.Errorf("ask the store which runs are done: %w", err)
	}
	copyOf, err := s.Recorder.Copies(ctx, keys)
	if err != nil {
		return holdings{}, fmt.Errorf("ask the store which runs are copies: %w", err)
	}
	return holdings{states, copyOf, s.TrainAll}, nil
}

// settled reports whether nothing is left to do for the run.
func (h holdings) settled(run sweep.Run) bool {
	return h.states[run.Key].Final() && (!h.trainAll || h.copyOf[run.Key] == "")
}

// newClass sorts members into a class. The original is the run that the recorded
// copies were made of, so that a sweep that was interrupted ends as one that was not.
// Where there are no copies yet, it is the first trained run that is not a proof, or
// else the first trained run.
func newClass(members []equivalentRun, held holdings) class {
	var f class
	copied := map[string]bool{}
	for _, m := range members {
		m.state, m.copyOf = held.states[m.Key], held.copyOf[m.Key]
		switch {
		case !held.settled(m.Run):
			f.open = append(f.open, m)
		case m.copyOf == "":
			f.trained = append(f.trained, m)
		default:
			copied[m.copyOf] = true
		}
	}
	rank := func(m equivalentRun) int {
		switch {
		case copied[m.Key]:
			return 0
		case !m.proof:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(f.trained, func(a, b equivalentRun) int { return cmp.Compare(rank(a), rank(b)) })
	return f
}

// waiting returns the members that will be copies, unless training fails or a proof
// does.
func (f class) waiting() []equivalentRun {
	open := f.open
	if len(f.trained) == 0 && len(open) > 0 {
		open = open[1:]
	}
	return slices.DeleteFunc(slices.Clone(open), func(m equivalentRun) bool { return m.proof })
}
