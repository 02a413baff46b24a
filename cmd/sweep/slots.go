package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

// slotFlags say how many runs train at once, and on which GPUs those of commands.
type slotFlags struct {
	Workers *int   `placeholder:"N" help:"Runs to train at once (default: the number of cores, ${cores}; where runs are fewer than cores, a run is on several; of runs of commands, as many as there is room for on the GPUs)."`
	GPUs    string `name:"gpus" placeholder:"LIST" help:"GPUs for the runs of commands, such as 0,2: their indices in nvidia-smi or rocm-smi, or UUIDs, with commas between them. One number is an index and not how many. none hides all (default: all there are or, where CUDA_VISIBLE_DEVICES is set, those it grants)."`
}

// check refuses what makes no sense, before anything is read.
func (f slotFlags) check() error {
	if f.Workers != nil && *f.Workers < 1 {
		return fmt.Errorf("--workers %d: at least one worker must train", *f.Workers)
	}
	return nil
}

// slots are where runs train.
type slots struct {
	workers int            // runs at once
	lanes   map[string]int // how many of them of each lane; see laneOf
	about   string         // the GPUs, and how many runs they hold; "" where no command trains
	notes   []string       // for a person
}

// room is what there is for the runs that commands train.
type room struct {
	atOnce int      // such runs that train at once, at the most; 0 is no limit
	gpus   string   // what the GPUs are, "" for none
	hidden bool     // programs see none, as was said
	share  string   // what of them a run has, "" where runs differ
	notes  []string // what could not be told of them
}

// find finds the slots for runs. It fails if one of them asks for more GPUs than there
// are.
func (f slotFlags) find(ctx context.Context, t fineTuner, runs []sweep.Run) (s slots, err error) {
	s.workers = cores
	if f.Workers != nil {
		s.workers = *f.Workers
	}
	commands := slices.DeleteFunc(slices.Clone(runs), func(r sweep.Run) bool { return !r.ByCommand() })
	if len(commands) == 0 {
		if f.GPUs != "" {
			return s, fmt.Errorf("--gpus %s: no command trains these runs, and the built-in trainer uses no GPU; leave it out", f.GPUs)
		}
		return s, nil
	}
	r, err := t.makeRoom(ctx, f.GPUs, commands)
	if err != nil {
		return s, interruptedOr(ctx, err)
	}
	s.notes = r.notes
	only := len(commands) == len(runs)
	if r.atOnce > 0 {
		s.lanes = map[string]int{laneCommands: r.atOnce}
		switch {
		case f.Workers == nil && only:
			s.workers = r.atOnce
		case f.Workers == nil:
			s.workers = cores + r.atOnce
			s.lanes[laneOurs] = cores
		case only && *f.Workers > r.atOnce:
			s.workers = r.atOnce
			s.notes = append(s.notes, fmt.Sprintf("--workers %d: the GPUs have room for %s at once", *f.Workers, humanize.Count(r.atOnce, "run")))
		}
	}
	s.about = r.describe(s.workers, only)
	return s, nil
}

// say says where runs of commands train, where there are any.
func (s slots) say(w io.Writer) {
	if s.about != "" {
		fmt.Fprintln(w, wrap("gpus: "+s.about, 79, "  "))
	}
	for _, note := range s.notes {
		fmt.Fprintln(w, wrap("note: "+note, 79, "  "))
	}
}

// Lanes of runs: those of commands train on GPUs, and those of the built-in trainer on
// cores.
const (
	laneOurs     = "cores"
	laneCommands = "gpus"
)

// laneOf is what a run trains on.
func laneOf(run sweep.Run) string {
	if c := run.Params.Command; c != nil && (c.GPUs == nil || *c.GPUs > 0) {
		return laneCommands
	}
	return laneOurs
}

// describe says where the runs of commands train.
func (r room) describe(workers int, only bool) string {
	if r.gpus == "" {
		why := "none found"
		if r.hidden {
			why = "hidden, as was said"
		}
		return fmt.Sprintf("%s; %s at once, by --workers", why, humanize.Count(workers, "run"))
	}
	if r.atOnce == 0 {
		return fmt.Sprintf("%s; the runs ask for none, %d at once, by --workers", r.gpus, workers)
	}
	text := r.gpus
	if r.share != "" {
		text += "; a run has " + r.share
	}
	n := humanize.Count(min(r.atOnce, workers), "run")
	if !only {
		return text + "; " + n + " of commands at once"
	}
	return text + "; " + n + " at once"
}
