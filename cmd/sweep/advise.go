package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/experiments/findings"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

type adviseCommand struct {
	From    string `required:"" placeholder:"SETTINGS" help:"Settings whose best lr is known, and that lr, such as r=8,alpha=16,lr=2e-4."`
	To      string `required:"" placeholder:"SETTINGS" help:"What changes: values of alpha, r, steps and scaling."`
	Sweep   string `predictor:"sweep" placeholder:"NAME" help:"Sweep to take the laws from (default: the latest, where it varies alpha, r or steps and lr; else the built-in findings)."`
	BuiltIn bool   `name:"built-in" help:"Take the laws from the built-in findings, whatever the store has."`
	metricFlag
	Output string `short:"o" enum:"text,json" default:"text" help:"text or json (default: ${default})."`
	storeFlag
}

// Help shows examples.
func (adviseCommand) Help() string {
	return `Tells the best lr after a change of alpha, r or steps, with its 95 % interval,
from how the best lr moved in a sweep, or in this program's own experiments.
The first line is the answer; then come what each change brings by itself, the
runs it rests on and what they do not tell. Beside the uncertainty of the powers
the interval holds how far single settings lie from them; it is wider beyond
what was trained. Refused, with exit code 2, is what lies beyond it by more than
a factor of 4, another optimizer than the runs', and what no run varied.

Examples:
  sweep advise --from alpha=64,lr=1e-4 --to alpha=32
  sweep advise --from r=32,alpha=64,lr=2e-4 --to r=256,alpha=512
  sweep advise --from r=8,alpha=16,lr=2e-4 --to r=64,scaling='alpha/sqrt(r)'
  sweep advise --from optimizer=sgd,alpha=4,lr=0.1 --to alpha=16
  sweep advise --built-in --from r=8,alpha=16,lr=1e-3 --to alpha=64 -o json`
}

// Run tells the best lr after a change.
func (c *adviseCommand) Run(ctx context.Context, out streams) error {
	recipes, of, err := c.recipes(ctx, out)
	if err != nil {
		return err
	}
	q, err := readQuestion(c.From, c.To, of.customs)
	if err != nil {
		return err
	}
	of.metric = c.metricFlag
	recipe, err := q.recipe(recipes)
	if err != nil {
		return fmt.Errorf("%w; %s", err, of.help)
	}
	law := analysis.NewLRLaw(recipe)
	move, err := law.Move(q.from, q.to)
	if one, ok := errors.AsType[*analysis.OneValueError](err); ok {
		return fmt.Errorf("%w: leave %s out of --to, or train a grid with several values of %s and name it with --sweep", err, one.Axis, one.Axis)
	}
	if err != nil {
		return fmt.Errorf("%w; %s", err, of.help)
	}
	a := q.answer(law, move, of)
	if c.Output == "json" {
		text, err := json.MarshalIndent(a, "", "  ")
		if err != nil {
			return err
		}
		_, err = direct(out.stdout).Write(append(text, '\n'))
		return err
	}
	for _, line := range a.lines() {
		fmt.Fprintln(out.stdout, wrap(line, 79, "  "))
	}
	return nil
}

// origin is where laws come from.
type origin struct {
	text    string
	builtIn bool
	left    int    // runs of the sweep that have no outcome
	help    string // where to look further
	metric  metricFlag
	customs []sweep.Parameter // that commands of the sweep have of their own
}

// recipes are those of the sweep that is asked, or the built-in ones.
func (c *adviseCommand) recipes(ctx context.Context, out streams) (recipes []analysis.Recipe, of origin, err error) {
	if !c.BuiltIn {
		recipes, of, err = c.trained(ctx, out)
		_, empty := errors.AsType[*sweep.NotFoundError](err)
		nothing := empty || c.DB == defaultStore && errors.Is(err, fs.ErrNotExist)
		if c.Sweep != "" || err != nil && !nothing {
			return recipes, of, err
		}
		if len(recipes) > 0 && analysis.NewLRLaw(recipes[0]).Varies() {
			return recipes, of, nil
		}
	}
	if len(c.words()) > 0 {
		return nil, of, fmt.Errorf("--metric %s: the built-in findings go by loss; name a sweep with --sweep that varies alpha, r or steps and lr and whose runs have it", c.Metric)
	}
	recipes, err = findings.Recipes()
	return recipes, origin{
		text: "built-in findings", builtIn: true,
		help: "train a grid of your own that has what is missing, and name it with --sweep",
	}, err
}

// trained are the recipes of a sweep in the store.
func (c *adviseCommand) trained(ctx context.Context, out streams) (recipes []analysis.Recipe, of origin, err error) {
	err = readSweep(ctx, out, c.DB, c.Sweep, func(_ sweep.Store, saved sweep.SavedSweep, results []sweep.Result) error {
		of = origin{
			text: "sweep", left: analysis.Count(results, analysis.Judge(results)).Left(), customs: sweep.CustomParameters(results),
			help: "add what is missing to the grid, or ask the built-in findings with --built-in",
		}
		results, err := c.compared(results)
		if err != nil {
			return fmt.Errorf("take laws from sweep %s: %w", saved.Name, err)
		}
		var failed error
		recipes, failed = analysis.Recipes(analysis.Source{Sweep: saved.Name, Results: results})
		if failed != nil && c.Sweep != "" {
			return fmt.Errorf("take laws from sweep %s: %w", saved.Name, failed)
		}
		if len(recipes) == 0 && c.Sweep != "" {
			return fmt.Errorf("take laws from sweep %s: alpha, r, steps and lr are not all known of any of its runs; set in the grid what is missing", saved.Name)
		}
		return nil
	})
	return recipes, of, err
}

// lines are the answer in words, the first of which may stand alone.
func (a advice) lines() []string {
	lines := []string{"lr = " + a.LR.text(2), fmt.Sprintf("  that is %s x %s", sweep.FormatValue(a.From), a.Factor.text(3))}
	for _, c := range a.Changes {
		lines = append(lines, fmt.Sprintf("  %s x %s: lr x %s, as %s^%s", c.Axis, digits(c.Ratio, 3), c.Factor.text(3), c.Axis, c.Exponent.text(2)))
	}
	lines = append(lines, "Rests on: "+a.RestsOn.text())
	for _, text := range a.NotKnown {
		lines = append(lines, "Not known: "+text)
	}
	return lines
}

// text says what an answer rests on.
func (r restsOn) text() string {
	seeds := humanize.Count(r.Seeds[1], "seed")
	if r.Seeds[0] != r.Seeds[1] {
		seeds = fmt.Sprintf("%d to %s", r.Seeds[0], seeds)
	}
	return fmt.Sprintf("%s %s: the best lr%s of %d settings, %s each, of %s; %s; %s",
		r.Source, strings.Join(r.Sweeps, ", "), metricFlag{r.Metric}.by(), r.Settings, seeds, humanize.Count(r.Runs, "run"), strings.Join(r.Ranges, ", "), r.Recipe)
}
