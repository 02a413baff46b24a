package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/foreign"
	"sweep/sweep/grid"
)

type importCommand struct {
	Path        []string          `arg:"" predictor:"file" name:"PATH" help:"Folders of runs (trainer_state.json, or event files of TensorBoard), and tables (.csv, .jsonl)."`
	Name        string            `required:"" placeholder:"NAME" help:"Name of the sweep that they become."`
	Question    string            `placeholder:"TEXT" help:"What the sweep asks."`
	Names       string            `placeholder:"PATTERN" help:"What the runs' names say, such as 'a{alpha}-lr{lr}-s{seed}'; {*} is anything."`
	Set         map[string]string `placeholder:"NAME=VALUE" help:"A parameter that all runs have, such as r=8."`
	As          map[string]string `placeholder:"COLUMN=NAME" help:"What a column, tag or setting of a foreign name is here, such as value=eval_loss."`
	Tensorboard bool              `help:"Read TensorBoard's event files, also where trainer_state.json is beside them."`
	Skip        bool              `help:"Leave out the runs with which something is wrong, and say which."`
	DryRun      bool              `short:"n" help:"Tell what would be imported, and store nothing."`
	DB          storeName         `name:"db" default:"${store}" placeholder:"STORE" help:"Store, created if need be: a file, or postgres://user@host/database (default: ${default})."`
	logFlag
}

// Help says what is read.
func (importCommand) Help() string {
	return wrap(`Runs that were trained elsewhere become a sweep of their own, which plot, report, best, advise, ls, show, diff and export take as any other. They are `+
		`marked, and never mixed with runs trained here: 'sweep ls NAME --columns run,source' tells where each was read. Nothing trains or verifies them.`, 79, "") + `

What is read:
  trainer_state.json   of transformers' Trainer, of the last checkpoint of each
                       run, with adapter_config.json, training_args.json or
                       params.json beside it
  event files          of TensorBoard: train/loss, eval/loss, train/grad_norm
                       and the like; hyperparameters, and Trainer's arguments
  .csv, .jsonl         a row for each run and step, or for each run: columns
                       run, step, loss, eval_loss, grad_norm, state, and those of
                       parameters. One table may have the curves and another the
                       parameters, as W&B exports them (history and runs); Optuna's
                       trials_dataframe().to_csv() needs --as value=eval_loss

` + wrap(`Parameters are recognised by the names that 'sweep help params' lists and by those of other programs, such as lora_alpha, learning_rate or `+
		`per_device_train_batch_size. r, alpha and lr must be known of every run, and whatever one run states all must state. Settings that are no parameters here are `+
		`kept as text, which 'sweep show RUN' has; two runs that only these set apart are refused. What nothing tells is shown as unknown.`, 79, "") + "\n\n" +
		wrap("A run is diverged if "+foreign.HowJudged+". It failed if its record ends before its steps.", 79, "") + `

Examples:
  sweep import outputs --name gpu --names 'a{alpha}-lr{lr}-s{seed}'
  sweep import logs --name gpu --tensorboard
  sweep import history.csv config.csv --name wandb
  sweep import trials.csv --name optuna --as value=eval_loss --set steps=500`
}

// Run imports runs.
func (c *importCommand) Run(ctx context.Context, out streams) (err error) {
	imported, err := foreign.Read(c.Path, foreign.Options{
		Tensorboard: c.Tensorboard, Names: c.Names, As: c.As, Set: c.Set, Skip: c.Skip,
	})
	if err != nil {
		return err
	}
	described := grid.Imported{Name: c.Name, Question: c.Question, From: imported.From, Stated: imported.Stated}
	for _, run := range imported.Runs {
		described.Runs = append(described.Runs, run.Params)
	}
	spec, names, err := described.Describe()
	if err != nil {
		return err
	}
	there := 0
	if !c.DryRun {
		if there, err = c.keep(ctx, out, spec, names, imported); err != nil {
			return err
		}
	}
	c.report(out, spec, imported, there)
	return nil
}

// keep stores the sweep and its runs. It returns how many runs the store had already.
func (c *importCommand) keep(ctx context.Context, out streams, spec *grid.Spec, names []string, imported foreign.Import) (there int, err error) {
	st, log, shut, err := c.openStore(ctx, c.DB, out.stderr, newNotices(out.stderr))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, shut()) }()
	if err := refuseTrained(ctx, st, c.Name); err != nil {
		return 0, err
	}
	saved := sweep.SavedSweep{Name: c.Name, Question: c.Question, TOML: spec.Source, File: spec.File, Names: names, Saved: time.Now()}
	for i := range imported.Runs {
		imported.Runs[i].Name = names[i]
		saved.Keys = append(saved.Keys, imported.Runs[i].Key)
	}
	if err := st.SaveSweep(ctx, saved); err != nil {
		return 0, stopped(ctx, err)
	}
	for _, run := range imported.Runs {
		switch err := record(ctx, st, run); {
		case err == nil:
		case isFinished(err):
			there++
		default:
			return there, stopped(ctx, err)
		}
	}
	log.Info("imported", "sweep", c.Name, "from", imported.From, "runs", len(imported.Runs), "there_before", there)
	return there, nil
}

func isFinished(err error) bool {
	_, finished := errors.AsType[*sweep.FinishedError](err)
	return finished
}

// record stores a run that was trained elsewhere.
func record(ctx context.Context, st sweep.Store, run foreign.Run) error {
	claim := sweep.Claim{Owner: thisProcess().String(), Lease: time.Minute, Provenance: run.Provenance, Retry: true}
	attempt, _, err := st.Begin(ctx, run.Run, claim)
	if err != nil {
		return err
	}
	if err := st.Observe(ctx, run.Key, attempt, run.Points, nil); err != nil {
		return err
	}
	return st.Finish(ctx, run.Key, attempt, run.Outcome)
}

// report says what was imported, what varies, and what was left out or decided.
func (c *importCommand) report(out streams, spec *grid.Spec, imported foreign.Import, there int) {
	counts := map[sweep.State]int{}
	for _, run := range imported.Runs {
		counts[run.State]++
	}
	var parts []string
	for _, state := range []sweep.State{sweep.StateDone, sweep.StateDiverged, sweep.StateFailed, sweep.StatePruned} {
		if counts[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
		}
	}
	verb := "imported"
	if c.DryRun {
		verb = "to import"
	}
	text := fmt.Sprintf("%s: %s %s from %s: %s", spec.Name, humanize.Count(len(imported.Runs), "run"), verb, imported.From, strings.Join(parts, ", "))
	if there > 0 {
		text += fmt.Sprintf("; %d were there before", there)
	}
	say := func(line string) { fmt.Fprintln(out.stdout, wrap(sweep.OneLine(line), 79, "  ")) }
	say(text)
	for _, line := range axesOf(spec) {
		fmt.Fprintln(out.stdout, wrap("  "+line, 79, "    "))
	}
	for _, run := range imported.Runs {
		if run.State == sweep.StateFailed {
			say(fmt.Sprintf("failed: %s (%s): %s", run.Name, run.Provenance.Source, run.Error))
		}
	}
	for _, note := range imported.Notes {
		say("note: " + note)
	}
	if c.DryRun {
		return
	}
	from := storeFlag{c.DB}
	say("to draw the figure: " + from.command("plot", "--by", byOf(spec), "--sweep", spec.Name))
	say("to judge the claims: " + from.command("report", "--sweep", spec.Name, "--out", filepath.Base(spec.Name)+".html"))
}

// axesOf writes what varies between the cells, a line for each parameter.
func axesOf(spec *grid.Spec) (lines []string) {
	for _, axis := range spec.Arms[0].Axes {
		for k, q := range axis.Parameters {
			var values []string
			seen := map[string]bool{}
			for _, point := range axis.Points {
				if text := sweep.FormatValue(point[k]); !seen[text] {
					seen[text] = true
					values = append(values, text)
				}
			}
			const few = 8
			if more := len(values) - few; more > 0 {
				values = append(values[:few], fmt.Sprintf("%d more", more))
			}
			lines = append(lines, q.Name+" = "+strings.Join(values, ", "))
		}
	}
	return lines
}

// byOf is the parameter to draw figures by: alpha, or r, where it varies.
func byOf(spec *grid.Spec) string {
	varied := map[string]bool{}
	for _, axis := range spec.Arms[0].Axes {
		for k, q := range axis.Parameters {
			for _, point := range axis.Points {
				if q.Canonical(point[k]) != q.Canonical(axis.Points[0][k]) {
					varied[q.Name] = true
				}
			}
		}
	}
	for _, name := range []string{"alpha", "r", "lr"} {
		if varied[name] {
			return name
		}
	}
	return "alpha"
}
