package main

import (
	"context"
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

type bestCommand struct {
	Sweep string `predictor:"sweep" placeholder:"NAME" help:"Sweep to look at (default: the latest)."`
	Top   int    `short:"n" default:"5" placeholder:"N" help:"How many runs to list (default: ${default})."`
	metricFlag
	output
	storeFlag
}

// Help shows examples.
func (bestCommand) Help() string {
	return `The first lines say what to use, by its mean over the seeds, what is not known of
that and which runs would tell, in the words of 'sweep report'. Below them runs are
ranked by evaluation loss, or by training loss where nothing is held out. By match
it is the error rate: the share of held-out rows that are not completed as they
are, with half a row added to it, since losses are compared by their ratios and 0
has none.

Examples:
  sweep best
  sweep best --sweep menus -n 1 -o json
  sweep best --metric match`
}

// Run lists the best runs of a sweep.
func (c *bestCommand) Run(ctx context.Context, out streams) error {
	if c.Top < 1 {
		return fmt.Errorf("--top %d: list at least one run", c.Top)
	}
	return readSweep(ctx, out, c.DB, c.Sweep, func(st sweep.Store, saved sweep.SavedSweep, results []sweep.Result) error {
		results, err := c.compared(results)
		if err != nil {
			return fmt.Errorf("rank sweep %s: %w", saved.Name, err)
		}
		best, _, err := analysis.Best(results, c.Top)
		if err != nil {
			return fmt.Errorf("rank sweep %s: %w", saved.Name, err)
		}
		columns := []string{"run", "key", "loss", "eval_loss"}
		if slices.ContainsFunc(best, func(r sweep.Result) bool { return r.Match.Known() }) {
			columns = append(columns, "match")
		}
		if m := c.chosen(); m != sweep.MetricLoss && m != sweep.MetricMatch {
			columns = append(columns, columnOf(m))
		}
		spare := []string{"key"}
		for _, axis := range analysis.Axes(results) {
			columns, spare = append(columns, axis.Name), append(spare, axis.Name)
		}
		l, err := listRuns(best, sweep.Columns(sweep.OwnColumns(results)...)).pick(columns)
		if err != nil {
			return err
		}
		if err := addRowLosses(ctx, st, results); err != nil {
			return err
		}
		answers, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins())
		if err != nil {
			return fmt.Errorf("rank sweep %s: %w", saved.Name, err)
		}
		l.spare = append(spare, "loss")
		if !slices.ContainsFunc(best, func(r sweep.Result) bool { return r.Evaluated }) {
			l.spare = append(spare, "eval_loss")
		}
		l.answer = brief(c.DB, saved, answers, c.metricFlag)
		return c.write(out.stdout, l)
	})
}
