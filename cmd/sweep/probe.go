package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/probe"
)

type probeCommand struct {
	Grid string `predictor:"grid" arg:"" name:"GRID.toml" help:"Grid whose first cell that a command trains is probed, or whose first cell where none is."`
	setFlag
	Arm  string `placeholder:"NAME" help:"Arm of the grid whose first cell is probed, in place of the first one that a command trains."`
	Keep string `placeholder:"DIR" help:"Leave the runs' folders, with the logs, in DIR, which must be new or empty. Without it they are removed."`
	slotFlags
	output
}

// Help shows what is asked, and examples.
func (probeCommand) Help() string {
	return `Up to 14 runs of 4 steps, of which nothing is stored, tell what a program does
with its settings:

  start    does every alpha start at the base model?
  scaling  is it alpha/r, alpha/sqrt(r) or alpha alone, or is alpha ignored?
  init     how is A drawn? From the adapter that a run leaves in its folder
  nan      is a loss that is not finite logged, or is something in its place?
  loss     is a logged loss that of its step alone, or smoothed?
  repeat   is the same seed the same curve, and how far off?
  seed     is another seed another curve?
  cost     seconds and memory of a step

They change alpha, lr, r, seed and batch as far as the grid sets them: what it does
not set stays as the program has it, and its question is not told. Warm-up and dropout that
the grid sets are off. Each answer says what it means for reading the sweep.
Exits with 1 if an answer is no.

Examples:
  sweep probe menus.toml
  sweep probe menus.toml --set batch=2 --workers 1 -o json
  sweep probe menus.toml --keep probed`
}

// Run probes a cell.
func (c *probeCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(); err != nil {
		return err
	}
	folders, remove, err := c.folders()
	if err != nil {
		return err
	}
	failed, err := c.probeIn(ctx, out, folders)
	if c.Keep != "" || failed {
		fmt.Fprintln(out.stderr, wrap("what the runs left is in "+folders, 79, "  "))
		return err
	}
	return errors.Join(err, remove())
}

// probeIn probes a cell, whose runs have their folders in this one. Failed reports whether
// the command of one failed.
func (c *probeCommand) probeIn(ctx context.Context, out streams, folders string) (failed bool, err error) {
	t := newFineTunerIn(folders, 0)
	plan, err := readPlan(ctx, out, c.Grid, t, c.Set...)
	if err != nil {
		return false, err
	}
	run, err := c.firstRun(plan)
	if err != nil {
		return false, err
	}
	slots, err := c.find(ctx, t, []sweep.Run{run})
	if err != nil {
		return false, err
	}
	if err := c.announce(out, t, run, slots); err != nil {
		return false, err
	}
	report, err := probe.Run(ctx, t, run, probe.Options{
		Workers: slots.workers, Factors: t.factors, Memory: t.memoryOf,
		Tell: func(e probe.Ended, n, most int) {
			if ctx.Err() == nil {
				failed = failed || e.Err != nil && run.ByCommand()
				fmt.Fprintln(out.stderr, describeEnded(e, n, most))
			}
		},
	})
	switch {
	case ctx.Err() != nil:
		return failed, &exitError{code: exitInterrupted}
	case err != nil:
		return failed, &exitError{exitFailed, err}
	default:
		return failed, c.conclude(out, run, report)
	}
}

// folders is where the runs of commands have their folders, and what removes it.
func (c *probeCommand) folders() (dir string, remove func() error, err error) {
	if c.Keep == "" {
		dir, err = os.MkdirTemp("", "sweep-probe-")
		if err != nil {
			return "", nil, fmt.Errorf("make a folder for the runs: %w", err)
		}
		return dir, func() error { return os.RemoveAll(dir) }, nil
	}
	if err := os.MkdirAll(c.Keep, 0o777); err != nil {
		return "", nil, fmt.Errorf("--keep: %w", err)
	}
	entries, err := os.ReadDir(c.Keep)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("--keep %s: it is not empty, and runs would go on from what lies there; name a new folder", c.Keep)
	}
	return c.Keep, nil, err
}

// firstRun is the first run of the arm that is named, else the first one that a command
// trains, else the first one.
func (c *probeCommand) firstRun(plan *grid.Plan) (sweep.Run, error) {
	if c.Arm == "" {
		return plan.Runs[max(0, slices.IndexFunc(plan.Runs, sweep.Run.ByCommand))], nil
	}
	var arms []string
	for _, cell := range plan.Cells {
		if cell.Arm == c.Arm {
			return plan.Runs[slices.IndexFunc(plan.Runs, func(r sweep.Run) bool { return r.Key == cell.Key })], nil
		}
		if cell.Arm != "" && !slices.Contains(arms, cell.Arm) {
			arms = append(arms, cell.Arm)
		}
	}
	return sweep.Run{}, fmt.Errorf("--arm %s: the grid has no such arm; it has %s", c.Arm, cmp.Or(strings.Join(arms, ", "), "none"))
}

// announce says what is going to be run.
func (c *probeCommand) announce(out streams, t fineTuner, run sweep.Run, slots slots) error {
	most, err := probe.Most(run.Params)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Grid, err)
	}
	if !run.ByCommand() {
		fmt.Fprintln(out.stderr, "the built-in trainer trains "+run.Name)
	} else if err := sayCommands(out.stderr, t, []sweep.Run{run}); err != nil {
		return err
	}
	slots.say(out.stderr)
	fmt.Fprintf(out.stderr, "up to %s of %d steps\n", humanize.Count(most, "run"), probe.Steps)
	return nil
}

// describeEnded says that a run is over, and at the first one how long the rest takes.
func describeEnded(e probe.Ended, n, most int) string {
	text := fmt.Sprintf("%d of up to %d, %s: %s", n, most, e.Name, e.Took.Round(10*time.Millisecond))
	if e.Err != nil {
		text += ", failed"
	} else if n == 1 {
		text += fmt.Sprintf("; about %s if the others take as long, one by one", humanize.Duration(max(1, e.Took.Seconds()*float64(most-1))))
	}
	return text
}

// conclude writes what was found, and fails if an answer is no.
func (c *probeCommand) conclude(out streams, run sweep.Run, report *probe.Report) error {
	var fail []string
	for _, f := range report.Findings {
		if f.Fails() {
			fail = append(fail, f.Check)
		}
	}
	if c.Output != "table" {
		if err := c.write(out.stdout, listFindings(report)); err != nil {
			return err
		}
	} else {
		describeProbe(out.stdout, run, report)
	}
	if len(fail) > 0 {
		return &exitError{exitFailed, fmt.Errorf("%d of %s no: %s", len(fail), humanize.Count(len(report.Findings), "answer"), strings.Join(fail, ", "))}
	}
	return nil
}

// describeProbe writes the answers for people.
func describeProbe(w io.Writer, run sweep.Run, report *probe.Report) {
	const indent = "                   "
	width := pageWidth(w)
	for _, f := range report.Findings {
		fmt.Fprintln(w, wrap(fmt.Sprintf("%-9s %-8s %s", f.Answer, f.Check, f.Claim), width, indent))
		for _, line := range []string{f.Shows, f.Means} {
			if line != "" {
				fmt.Fprintln(w, wrap(indent+line, width, indent))
			}
		}
	}
	text := fmt.Sprintf("From %s of %d steps at the settings of %s", humanize.Count(report.Runs, "run"), probe.Steps, run.Name)
	if len(report.Changed) > 0 {
		text += ", with " + strings.Join(report.Changed, " and ")
	}
	fmt.Fprintln(w, wrap(fmt.Sprintf("%s; those that train have lr = %.3g, so that the loss moves by about half a percent.", text, report.LR), width, ""))
}

// listFindings has a row for each answer.
func listFindings(report *probe.Report) listing {
	l := listing{columns: []string{"check", "claim", "answer", "shows", "means"}}
	for _, f := range report.Findings {
		l.rows = append(l.rows, []any{f.Check, f.Claim, string(f.Answer), f.Shows, f.Means})
	}
	return l
}
