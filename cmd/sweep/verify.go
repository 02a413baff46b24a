package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/runner"
)

type verifyCommand struct {
	Grid string `predictor:"grid" arg:"" optional:"" name:"GRID.toml" help:"With --symmetry: the grid whose first cell to certify by (default: 40 steps of the built-in model)."`
	setFlag
	Symmetry  bool    `help:"Train pairs of settings that LoRA's symmetries make equal to the bit, and controls that must differ."`
	Runs      int     `default:"3" placeholder:"K" help:"How many finished runs to train again (default: ${default})."`
	Sweep     string  `placeholder:"NAME" help:"Sweep to take them from (default: the latest)."`
	Tolerance float64 `default:"0.01" placeholder:"X" help:"By what share of it a loss of a run that a command trained may differ (default: ${default}); runs of the built-in trainer are held to the bit."`
	slotFlags
	output
	storeFlag
}

// Help shows examples.
func (verifyCommand) Help() string {
	return `Exits with 0 if all runs are equal to the bit and, with --symmetry, all controls
differ; with 1 if not. GPUs add in no fixed order, so that a run that a command
trained need not be equal to the bit: it is trained again in a fresh folder, and
the largest relative difference of a loss or an evaluation loss is held to
--tolerance. Of such runs only those that are done are taken, not those that
diverged.

Examples:
  sweep verify
  sweep verify --runs 10 --sweep menus -o json
  sweep verify --tolerance 1e-3
  sweep verify --symmetry
  sweep verify --symmetry menus.toml
  sweep verify --symmetry menus.toml --set optimizer=sgd`
}

// Run compares what is trained now with what was, or by what should be equal.
func (c *verifyCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(); err != nil {
		return err
	}
	switch {
	case len(c.Set) > 0 && c.Grid == "":
		return fmt.Errorf("--set %s: there is no grid to set it in; add --symmetry GRID.toml", c.Set[0])
	case c.Symmetry:
		return c.certify(ctx, out)
	case c.Grid != "":
		return fmt.Errorf("%s: runs are taken from the store; name a sweep with --sweep, or certify the grid's model with --symmetry", c.Grid)
	case !(c.Tolerance >= 0):
		return fmt.Errorf("--tolerance %g: a difference is 0 or above", c.Tolerance)
	case c.Runs < 1:
		return fmt.Errorf("--runs %d: train at least one run again", c.Runs)
	default:
		return c.retrain(ctx, out)
	}
}

// certify trains the pairs of every certificate.
func (c *verifyCommand) certify(ctx context.Context, out streams) error {
	t := newFineTuner()
	base, err := c.base(ctx, out, t)
	if err != nil {
		return err
	}
	if base.Command != nil {
		return fmt.Errorf("%s: %s trains the first cell, and --symmetry certifies the built-in trainer; '%s' tells what a command does with alpha",
			c.Grid, sweep.ProgramOf(base.Command), storeFlag{}.command(append([]string{"probe", operand(c.Grid)}, c.flags()...)...))
	}
	slots, err := c.find(ctx, t, []sweep.Run{{Params: base}})
	if err != nil {
		return err
	}
	certified, err := runner.Certify(ctx, t, base, slots.workers, counter(out.stderr))
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	if err != nil {
		return err
	}
	l, failed := listCertified(certified)
	l.caption = fmt.Sprintf("%s on %s, %s. With alpha x 4 = lr x 2 go init_std x 2, eps / 2, clip / 2 and weight_decay / 2 "+
		"(adam and sgd: / 4). The shares say how far apart the losses are where they part, and at the end.",
		base.Model, base.Data, humanize.Count(base.Steps, "step"))
	return c.conclude(out, l, failed)
}

// listCertified has a row for each certificate; failed is how many do not hold.
func listCertified(certified []runner.Certified) (l listing, failed int) {
	l.columns = []string{"optimizer", "pair", "must", "holds", "losses", "share", "end"}
	for _, v := range certified {
		must := "equal"
		if v.Control {
			must = "differ"
		}
		if !v.Holds() {
			failed++
		}
		l.rows = append(l.rows, []any{v.Pair[0].Optimizer, v.Name, must, v.Holds(), where(v.Losses), v.Losses.Relative(), v.End})
	}
	return l, failed
}

// counter shows on a terminal how many runs are trained, or copied; elsewhere it is nil.
func counter(w io.Writer) func(done, all int) {
	if terminalWidth(w) == nil {
		return nil
	}
	w = direct(w)
	return func(done, all int) {
		fmt.Fprintf(w, "\r%d/%s\x1b[K", done, humanize.Count(all, "run"))
		if done == all {
			fmt.Fprint(w, "\r\x1b[K")
		}
	}
}

// base is the settings to certify by.
func (c *verifyCommand) base(ctx context.Context, out streams, t fineTuner) (sweep.Params, error) {
	base := sweep.Defaults()
	base.LR, base.Steps, base.Holdout, base.EvalEvery = 0.01, 40, 0.015, 10
	base.Inherit()
	if c.Grid == "" {
		return base, nil
	}
	plan, err := readPlan(ctx, out, c.Grid, t, c.Set...)
	if err != nil {
		return base, err
	}
	return plan.Runs[0].Params, nil
}

// where says where two curves part.
func where(c sweep.CurveContrast) string {
	switch {
	case c.Equal:
		return fmt.Sprintf("equal to the bit, %s", humanize.Count(c.Shared, "point"))
	case c.Parts == "end":
		return fmt.Sprintf("one ends before step %d", c.Step)
	default:
		return fmt.Sprintf("%s parts at step %d", c.Parts, c.Step)
	}
}

// conclude writes the listing and fails if something did.
func (c *verifyCommand) conclude(out streams, l listing, failed int) error {
	if err := c.write(out.stdout, l); err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{exitFailed, fmt.Errorf("%d of %d do not hold", failed, len(l.rows))}
	}
	return nil
}

// retrain trains finished runs again.
func (c *verifyCommand) retrain(ctx context.Context, out streams) error {
	var finished []sweep.Result
	var stored map[string][]sweep.Point
	err := readSweep(ctx, out, c.DB, c.Sweep, func(st sweep.Store, saved sweep.SavedSweep, results []sweep.Result) (err error) {
		if err := trainedHere(saved); err != nil {
			return err
		}
		finished = pickFinished(saved.Name, analysis.Runs(results), c.Runs)
		if len(finished) == 0 {
			return fmt.Errorf("sweep %s has no finished runs; `%s` trains them", saved.Name, c.command("run", "GRID.toml"))
		}
		stored, err = st.Curves(ctx, keysOfResults(finished))
		return err
	})
	if err != nil {
		return err
	}
	folders, err := os.MkdirTemp("", "sweep-verify-")
	if err != nil {
		return fmt.Errorf("make a folder for runs of commands: %w", err)
	}
	keep, err := c.retrainIn(ctx, out, folders, finished, stored)
	if keep {
		fmt.Fprintln(out.stderr, "what the commands left of runs that do not hold is in "+folders)
		return err
	}
	return errors.Join(err, os.RemoveAll(folders))
}

// retrainIn trains runs again, those of commands in a folder of folders, and compares them
// with the curves that are stored. Keep reports whether one of a command does not hold.
func (c *verifyCommand) retrainIn(ctx context.Context, out streams, folders string, finished []sweep.Result, stored map[string][]sweep.Point) (keep bool, err error) {
	t := newFineTunerIn(folders, 0)
	runs := make([]sweep.Run, len(finished))
	for i, r := range finished {
		runs[i] = r.Run
	}
	slots, err := c.find(ctx, t, runs)
	if err != nil {
		return false, err
	}
	if _, err := fetchAll(ctx, out, t, usesOf(runs)); err != nil {
		return false, err
	}
	slots.say(out.stderr)
	trained := runner.Retrain(ctx, t, runs, slots.workers, nil)
	if ctx.Err() != nil {
		return false, &exitError{code: exitInterrupted}
	}
	l, failed := listing{columns: []string{"run", "key", "curve", "share", "differs_in"}}, 0
	for i, again := range trained {
		row, holds := c.verdictOn(t, finished[i], stored[again.Key], again)
		if l.rows = append(l.rows, row); !holds {
			failed++
			keep = keep || again.Params.Command != nil
		}
	}
	if slices.ContainsFunc(runs, sweep.Run.ByCommand) {
		l.caption = fmt.Sprintf("Runs that a command trained hold where no loss differs by more than %g of it (--tolerance); share is the largest such difference.", c.Tolerance)
	}
	return keep, c.conclude(out, l, failed)
}

// pickFinished picks n of the runs that have an outcome, the same ones each
// time, in their order. Where losses overflow, those of a command are not the same twice.
func pickFinished(salt string, results []sweep.Result, n int) []sweep.Result {
	finished := slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool {
		return !r.State.Final() || r.Params.Command != nil && r.State != sweep.StateDone
	})
	picked := runner.Sample(salt, keysOfResults(finished), n)
	return slices.DeleteFunc(finished, func(r sweep.Result) bool { return !slices.Contains(picked, r.Key) })
}

// verdictOn compares a run with what it is when it is trained again.
func (c *verifyCommand) verdictOn(t fineTuner, was sweep.Result, curve []sweep.Point, again runner.Trained) (row []any, holds bool) {
	if again.Err != nil {
		return []any{was.Name, was.Key, "cannot be trained: " + again.Err.Error(), nil, ""}, false
	}
	if was.Params.Command != nil {
		return c.verdictOnCommand(t, was, curve, again)
	}
	now := was
	now.Provenance = provenance(t)
	inputs, err := t.Inspect(was.Params)
	if err == nil {
		now.Inputs = inputs
	}
	points := again.Points
	if was.CopyOf != "" {
		points = runner.WithoutUnknownNorms(points, curve)
	}
	contrast := analysis.ContrastOf(was, now, [2][]sweep.Point{curve, points})
	var names []string
	for _, d := range slices.Concat(contrast.Inputs, contrast.Provenance) {
		names = append(names, fmt.Sprintf("%s (was %v, is %v)", d.Name, d.First, d.Second))
	}
	return []any{was.Name, was.Key, where(contrast.Curves), contrast.Curves.Relative(), strings.Join(names, "; ")}, contrast.Curves.Equal
}

// verdictOnCommand compares a run of a command with what it is when it is trained again.
func (c *verifyCommand) verdictOnCommand(t fineTuner, was sweep.Result, curve []sweep.Point, again runner.Trained) (row []any, holds bool) {
	by := sweep.DeviationOfCurves(curve, again.Points)
	verdict := "apart: "
	if holds = by.Within(c.Tolerance); holds {
		verdict = "within tolerance: "
	}
	var differs []string
	if now, err := t.Inspect(was.Params); err != nil {
		differs = append(differs, err.Error())
	} else if now.Command != was.Inputs.Command {
		differs = append(differs, "files of the command (they have changed)")
	}
	differs = append(differs, differentLines(was.Environment, again.Environment)...)
	return []any{was.Name, was.Key, verdict + by.String(), by.Largest, strings.Join(differs, "; ")}, holds
}

// differentLines returns the lines of two texts that one alone has, each "name = value".
func differentLines(was, is string) (lines []string) {
	for _, pair := range [][3]string{{was, is, "was "}, {is, was, "is "}} {
		others := strings.Split(pair[1], "\n")
		for line := range strings.SplitSeq(pair[0], "\n") {
			if line = strings.TrimSpace(line); line != "" && !slices.Contains(others, line) {
				lines = append(lines, pair[2]+line)
			}
		}
	}
	return lines
}
