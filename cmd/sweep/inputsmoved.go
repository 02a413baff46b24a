package main

import (
	"context"
	"fmt"
	"strings"

	"sweep/sweep"
)

// relocation is a trainer of runs whose inputs lie elsewhere on this machine. The Params of
// a run stay as they are for all but the trainer.
type relocation struct {
	fineTuner
	paths map[string]string // by parameter; the folder of a command for sweep.InputOfCommand
}

var _ fineTuner = relocation{}

// of is settings with the paths of this machine.
func (r relocation) of(p sweep.Params) sweep.Params {
	for parameter, path := range r.paths {
		if path == "" {
			continue
		}
		if parameter == sweep.InputOfCommand {
			c := *p.Command
			c.Dir = path
			p.Command = &c
			continue
		}
		if q, err := sweep.LookupParameter(parameter); err == nil {
			*q.PathIn(&p) = path
		}
	}
	return p
}

// Train trains a run, if it reads what it was planned with.
func (r relocation) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	if err := r.check(run); err != nil {
		return sweep.Outcome{}, fmt.Errorf("%w: %w", sweep.ErrRequeue, err)
	}
	run.Params = r.of(run.Params)
	return r.fineTuner.Train(ctx, run, journal)
}

// Inspect checks what a run would read here.
func (r relocation) Inspect(p sweep.Params) (sweep.Inputs, error) {
	return r.fineTuner.Inspect(r.of(p))
}

// Estimate estimates what a run takes.
func (r relocation) Estimate(p sweep.Params) (sweep.Estimate, error) {
	return r.fineTuner.Estimate(r.of(p))
}

// check returns an *inputsError where a run would read something else here than it was
// planned with, and another error where it cannot be read.
func (r relocation) check(run sweep.Run) error {
	here, err := r.Inspect(run.Params)
	if err != nil {
		return err
	}
	if here == run.Inputs {
		return nil
	}
	return &inputsError{here, run.Inputs}
}

// inputsError says that a run would be another one on this machine.
type inputsError struct{ here, planned sweep.Inputs }

func (e *inputsError) Error() string {
	var differs []string
	for _, q := range sweep.Parameters() {
		if here, planned := q.ContentHash(e.here), q.ContentHash(e.planned); here != planned {
			differs = append(differs, fmt.Sprintf("%s hashes otherwise: %.12s here, %.12s in the sweep", q.Name, here, planned))
		}
	}
	if e.here.Command != e.planned.Command {
		differs = append(differs, fmt.Sprintf("the files of the command hash otherwise: %.12s here, %.12s in the sweep", e.here.Command, e.planned.Command))
	}
	if e.here.Targets != e.planned.Targets {
		differs = append(differs, fmt.Sprintf("targets are other modules: %q here, %q in the sweep", e.here.Targets, e.planned.Targets))
	}
	if e.here.Numerics != e.planned.Numerics {
		differs = append(differs, fmt.Sprintf("this program's arithmetic has version %d for them, and the runs were planned by version %d: install the version of sweep that planned them, or queue them again by this one", e.here.Numerics, e.planned.Numerics))
	}
	if len(differs) == 0 {
		return "the runs were not planned for training here"
	}
	return strings.Join(differs, "; ")
}
