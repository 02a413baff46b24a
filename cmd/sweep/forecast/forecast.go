package forecast

import (
	"cmp"
	"context"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// Trainer is what runs of a plan would be trained by.
type Trainer interface {
	sweep.Trainer
	sweep.Estimator
	// Expect has a run share the cores with so many runs, itself included, whether these
	// train or not, until over is called.
	Expect(runs int) (over func())
}

// Past is what a store holds that bears on a plan. The zero Past is that of a
// store that is not there yet.
type Past struct {
	States map[string]sweep.State // of the plan's runs, by key
	Copies map[string]string      // of those recorded as copies, the run they are copies of
	Before []sweep.Result         // the cells of the sweep as it was last run
	Others []Sweep                // all other sweeps
	Known  []sweep.Result         // runs of any sweep, to take the speed from

	Refused map[string]bool // runs that failed and that their trainer would refuse, by key
}

// review compares a plan with it.
func (p Past) review(plan *grid.Plan) runner.Review {
	review := runner.NewReview(plan, p.States, p.Copies, p.Before)
	review.Refuse(func(run sweep.Run) bool { return p.Refused[run.Key] })
	return review
}

// Sweep is a sweep in a store.
type Sweep struct {
	Name string
	Keys []string // of its runs
}

// Options are the means that there are.
type Options struct {
	Workers int     // runs to train at once
	Memory  int64   // bytes that models and runs in training may take, 0 = no limit
	Speed   float64 // operations a second, 0 to find it out
}

// Forecast is what is known of a plan before it is run.
type Forecast struct {
	runner.Review // what would become of each run

	Plan      *grid.Plan
	Workers   int
	Sharers   map[string][]string       // other sweeps that have a run of the plan, by key
	Estimates map[string]sweep.Estimate // what each run takes, by key
	Speed     float64                   // operations a second of the built-in trainer, 0 if unknown
	Tried     bool                      // the speed is that of a moment's trial, as there is no known run
	Timed     int                       // runs that tell how long those take that commands train
	Models    int64                     // bytes that the models take
	Memory    int64                     // bytes for runs in training, beside their models; 0 = no limit
	Largest   int64                     // bytes that the largest run to train takes

	known []sweep.Result
	paces map[string]func(sweep.Params) float64 // seconds of a run that a command trains, by commandOf
}

// Of foresees a plan. Where no run is known to take the speed from, it trains
// one for a moment, but none that a command trains. An error may be a ModelsError.
func Of(ctx context.Context, plan *grid.Plan, past Past, t Trainer, o Options) (*Forecast, error) {
	f := &Forecast{
		Review: past.review(plan),
		Plan:   plan, Workers: o.Workers, Sharers: sharers(plan, past.Others), known: past.Known,
	}
	var err error
	if f.Memory, err = MemoryForRuns(plan, t, o.Memory); err != nil {
		return nil, err
	}
	if f.Models, err = memoryOfModels(plan, t); err != nil {
		return nil, err
	}
	f.Estimates = make(map[string]sweep.Estimate, len(f.Runs))
	for i := range f.Runs {
		run := &f.Runs[i]
		e, err := t.Estimate(run.Params)
		if err != nil {
			return nil, err
		}
		f.Estimates[run.Key] = e
		if run.Train {
			f.Largest = max(f.Largest, e.Memory)
		}
	}
	f.pace()
	if f.Speed = cmp.Or(o.Speed, knownSpeed(plan, past.Known, t)); f.Speed > 0 {
		return f, nil
	}
	if runs := slices.DeleteFunc(f.ToTrain(false), (*sweep.Run).ByCommand); len(runs) > 0 {
		f.Tried = true
		over := t.Expect(o.Workers)
		f.Speed, err = trySpeed(ctx, t, *runs[0])
		over()
	}
	return f, err
}

// sharers are the sweeps that have runs of a plan, by key.
func sharers(plan *grid.Plan, others []Sweep) map[string][]string {
	mine := map[string]bool{}
	for i := range plan.Runs {
		mine[plan.Runs[i].Key] = true
	}
	by := map[string][]string{}
	for _, s := range others {
		for _, key := range s.Keys {
			if mine[key] {
				by[key] = append(by[key], s.Name)
			}
		}
	}
	return by
}

// SharedWith lists the other sweeps that have some of the runs.
func (f *Forecast) SharedWith() []string {
	var names []string
	for _, list := range f.Sharers {
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Changed lists the inputs that made runs stale.
func (f *Forecast) Changed() []string {
	var names []string
	for _, r := range f.Runs {
		names = append(names, r.Changed...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Seconds is how long a run takes; NaN if unknown.
func (f *Forecast) Seconds(run *sweep.Run) float64 {
	switch {
	case run.ByCommand():
		if pace, ok := f.paces[commandOf(run.Params)]; ok {
			return pace(run.Params)
		}
		return math.NaN()
	case !(f.Speed > 0):
		return math.NaN()
	default:
		return f.Estimates[run.Key].Work / f.Speed
	}
}

// Makespan is how many seconds runs take together; NaN if unknown.
func (f *Forecast) Makespan(runs []*sweep.Run) float64 {
	var lengths []float64
	for _, run := range runs {
		length := f.Seconds(run)
		if math.IsNaN(length) {
			return length
		}
		lengths = append(lengths, length)
	}
	return runner.Makespan(lengths, min(f.Workers, f.AtOnce()))
}
