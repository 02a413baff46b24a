package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/cmd/sweep/forecast"
	"sweep/cmd/sweep/humanize"
	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

type planCommand struct {
	Grid string `predictor:"grid" arg:"" name:"GRID.toml" help:"Grid file."`
	setFlag
	Fetch bool    `help:"Fetch first what the grid names on the Hugging Face hub. Without it, what is not in the cache is told, with its size."`
	Hours float64 `placeholder:"H" help:"Tell what to drop of the grid so that the rest trains in so many hours."`
	slotFlags
	memoryFlag
	recomputeFlag
	output
	storeFlag
}

// Help shows examples.
func (planCommand) Help() string {
	return `Nothing is trained or stored; where the store has no run to tell the speed by, a
run is tried for a moment. As JSON or CSV there is a line for each run.
Listed is what the grid predicts. Warnings tell what it cannot show or decide as it
is, and what to write instead.

Examples:
  sweep plan menus.toml
  sweep plan menus.toml --workers 4 -o csv
  sweep plan menus.toml --set steps=400
  sweep plan menus.toml --fetch
  sweep plan menus.toml --hours 2`
}

// Run says what 'sweep run' would do.
func (c *planCommand) Run(ctx context.Context, out streams) error {
	if c.Hours < 0 || math.IsNaN(c.Hours) {
		return fmt.Errorf("--hours %g: there is no time to train in", c.Hours)
	}
	if c.Hours > 0 && c.Output != "table" {
		return fmt.Errorf("--hours %g: what to drop is told in words; leave out -o %s", c.Hours, c.Output)
	}
	if err := c.check(); err != nil {
		return err
	}
	free := freeMemory()
	t := newFineTunerIn(runFolders(c.DB), 0)
	plan, err := c.readPlan(ctx, out, t, c.Set...)
	if err != nil {
		return err
	}
	slots, err := c.find(ctx, t, plan.Runs)
	if err != nil {
		return err
	}
	t.shareMemory(slots.workers, "", false)
	past, err := c.past(ctx, out, plan, t)
	if err != nil {
		return err
	}
	memory, err := forecast.MemoryForRuns(plan, t, c.limit(free))
	if err != nil {
		return err
	}
	t.setRoom(c.room(memory))
	f, err := forecast.Of(ctx, plan, past, t, forecast.Options{Workers: slots.workers, Memory: c.limit(free)})
	if err != nil {
		return err
	}
	if c.Output != "table" {
		return c.write(out.stdout, listForecast(f))
	}
	for _, line := range describeForecast(f, c.retries()) {
		fmt.Fprintln(out.stdout, wrap(line, 79, "                "))
	}
	if err := sayCommands(out.stdout, t, plan.Runs); err != nil {
		return err
	}
	slots.say(out.stdout)
	sayRows(out, plan)
	if c.Hours > 0 {
		fit, err := c.fit(ctx, out, t, f, past)
		if err != nil {
			return err
		}
		for _, line := range fit.describe() {
			fmt.Fprintln(out.stdout, wrap(line, 79, "    "))
		}
		if len(fit.drops) > 0 {
			fmt.Fprintln(out.stdout, "to train that: "+c.trains(fit.settings))
		}
	}
	for _, p := range plan.Spec.Predictions() {
		fmt.Fprintln(out.stdout, wrap("predicts: "+p.String(), 79, "  "))
	}
	warn(out, plan.Notes, f.Warnings())
	return nil
}

// readPlan is the plan of the grid, or an error where files are missing that nobody
// said to fetch.
func (c *planCommand) readPlan(ctx context.Context, out streams, t fineTuner, settings ...string) (*grid.Plan, error) {
	if c.Fetch {
		return readPlan(ctx, out, c.Grid, t, settings...)
	}
	spec, err := grid.ParseSpec(c.Grid, settings...)
	if err != nil {
		return nil, err
	}
	spec, err = pinnedSpec(ctx, out, t, spec)
	if errors.Is(err, errUnfetched) {
		again := append([]string{"plan", operand(c.Grid)}, c.flags()...)
		return nil, &exitError{exitIncomplete, fmt.Errorf("%w: `%s` does that and tells more, `%s` does it and trains", err, c.command(append(again, "--fetch")...), c.trains(c.Set))}
	}
	if err != nil {
		return nil, err
	}
	return newPlan(ctx, spec, t)
}

// sayRows prints what the rows of a plan are.
func sayRows(out streams, plan *grid.Plan) {
	for _, line := range report.RowsLines(plan.Runs) {
		fmt.Fprintln(out.stdout, wrap("data: "+line, 79, "  "))
	}
}

// trains is what to type to train the grid with settings.
func (c *planCommand) trains(settings []string) string {
	return c.command(append([]string{"run", operand(c.Grid)}, setFlag{settings}.flags()...)...)
}

// retries is what to type to train the runs that failed, those that ran out of memory, too.
func (c *planCommand) retries() string {
	return c.command(append([]string{"retry", operand(c.Grid)}, c.flags()...)...)
}

// warn prints the notes on a plan and what speaks against its design.
func warn(out streams, notes []string, warnings []grid.Warning) {
	for _, note := range notes {
		fmt.Fprintln(out.stdout, wrap("note: "+note, 79, "  "))
	}
	for _, warning := range warnings {
		fmt.Fprintln(out.stdout, wrap("warning: "+warning.String(), 79, "  "))
	}
}

// past is what the store holds of a plan, nothing if there is no store yet.
func (c *planCommand) past(ctx context.Context, out streams, plan *grid.Plan, t fineTuner) (past forecast.Past, err error) {
	err = c.read(ctx, out, func(st sweep.Store) error {
		past, err = readPast(ctx, st, plan, t)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return forecast.Past{}, nil
	}
	return past, err
}

// readPast reads from a store what bears on a plan of runs for a trainer.
func readPast(ctx context.Context, st sweep.Store, plan *grid.Plan, t fineTuner) (past forecast.Past, err error) {
	if past.States, err = st.States(ctx, keysOf(plan.Runs)); err != nil {
		return past, err
	}
	past.Refused = map[string]bool{}
	for _, run := range plan.Runs {
		if past.States[run.Key] != sweep.StateFailed {
			continue
		}
		if past.Refused[run.Key], err = t.refuses(run); err != nil {
			return past, err
		}
	}
	if past.Copies, err = st.Copies(ctx, slices.Collect(maps.Keys(past.States))); err != nil {
		return past, err
	}
	sweeps, err := st.Sweeps(ctx)
	if err != nil {
		return past, err
	}
	for _, s := range sweeps {
		results, err := st.Results(ctx, s.Name)
		if err != nil {
			return past, err
		}
		past.Known = append(past.Known, results...)
		if s.Name == plan.Spec.Name {
			past.Before = results
		} else {
			past.Others = append(past.Others, forecast.Sweep{Name: s.Name, Keys: s.Keys})
		}
	}
	return past, nil
}

// describeForecast is a forecast in words, line by line. Retry is the command that tries
// runs again that ran out of memory.
func describeForecast(f *forecast.Forecast, retry string) []string {
	lines := []string{fmt.Sprintf("%s: %s", f.Plan.Spec.Name, humanize.Count(len(f.Plan.Runs), "run"))}
	say := func(n int, what, more string) {
		if n > 0 {
			lines = append(lines, strings.TrimRight(fmt.Sprintf("%6d %-8s %s", n, what, more), " "))
		}
	}
	say(f.Count(runner.StatusDone), "done", "")
	say(f.Count(runner.StatusRunning), "running", "")
	say(f.Count(runner.StatusInterrupted), "begun", "go on where they stopped")
	say(f.Count(runner.StatusPruned), "pruned", "go on, unless it is run with --prune")
	say(f.Count(runner.StatusFailed), "failed", "are tried again")
	say(f.Count(runner.StatusRefused), "failed", "out of memory; are left alone, as nothing has changed since: '"+retry+"' tries them all the same")
	say(f.Count(runner.StatusStale), "stale", "trained on another "+strings.Join(f.Changed(), ", ")+"; are trained again")
	say(f.Count(runner.StatusNew), "new", "")
	say(len(f.Orphaned), "orphaned", "trained before, not in the grid any more; the store keeps them")
	say(len(f.Sharers), "shared", "with "+strings.Join(f.SharedWith(), ", "))
	runs, all := f.ToTrain(false), f.ToTrain(true)
	if len(runs) == 0 {
		return append(lines, "nothing to train")
	}
	train := "train: " + humanize.Count(len(runs), "run")
	if copies := len(all) - len(runs); copies > 0 {
		train += fmt.Sprintf(", and record %d as copies", copies)
	}
	lines = append(lines, train, describeTime(f, runs, all), describeMemory(f, runs))
	var estimates []sweep.Estimate
	for _, run := range runs {
		estimates = append(estimates, f.Estimates[run.Key])
	}
	if again := sayAgain(estimates); again != "" {
		lines = append(lines, "note: "+again)
	}
	return lines
}

// describeTime says how long runs take, and all of them if copies were trained, too.
func describeTime(f *forecast.Forecast, runs, all []*sweep.Run) string {
	untimed := f.Untimed(runs)
	if len(slices.DeleteFunc(slices.Clone(untimed), (*sweep.Run).ByCommand)) > 0 {
		return "time: unknown; a trial could not be timed, as the loss before training is not finite"
	}
	if len(untimed) > 0 {
		text := fmt.Sprintf("time: unknown for the %s of commands, until one of them is done", humanize.Count(len(untimed), "run"))
		if rest := slices.DeleteFunc(slices.Clone(runs), func(r *sweep.Run) bool { return slices.Contains(untimed, r) }); len(rest) > 0 {
			text += fmt.Sprintf("; about %s with %s for the others", makespan(f, rest), humanize.Count(f.Workers, "worker"))
		}
		return text
	}
	text := fmt.Sprintf("time: about %s with %s", makespan(f, runs), humanize.Count(f.Workers, "worker"))
	if len(all) > len(runs) {
		text += fmt.Sprintf("; %s if copies were trained, too", makespan(f, all))
	}
	if f.Tried {
		text += "; by a moment's trial"
	}
	if f.Timed > 0 {
		text += fmt.Sprintf("; by %s of commands that ended before", humanize.Count(f.Timed, "run"))
	}
	return text
}

// makespan is how long runs take together, in words.
func makespan(f *forecast.Forecast, runs []*sweep.Run) string {
	return humanize.Duration(max(f.Makespan(runs), 1))
}

// describeMemory says how much memory runs take of how much there is.
func describeMemory(f *forecast.Forecast, runs []*sweep.Run) string {
	ours := slices.DeleteFunc(slices.Clone(runs), (*sweep.Run).ByCommand)
	if len(ours) == 0 {
		return "memory: unknown, as commands train the runs"
	}
	text := fmt.Sprintf("memory: %s a run", sweep.FormatBytes(f.Largest))
	switch fit := f.AtOnce(); {
	case f.Memory == 0:
	case fit == 0:
		text += fmt.Sprintf(", more than the %s there is; lower batch or seq, or raise --memory", sweep.FormatBytes(f.Memory))
	case fit < f.Workers:
		text += fmt.Sprintf("; only %d at once fit into %s", fit, sweep.FormatBytes(f.Memory))
	default:
		text += fmt.Sprintf(" of %s", sweep.FormatBytes(f.Memory))
	}
	if f.Models > 0 {
		text += fmt.Sprintf("; %s for models and rows", sweep.FormatBytes(f.Models))
	}
	if len(ours) < len(runs) {
		text += "; what those of commands take is unknown"
	}
	return text
}

// listForecast has a line for each run, and for each orphan.
func listForecast(f *forecast.Forecast) listing {
	l := listing{columns: []string{"run", "standing", "changed", "does", "sweeps", "seconds", "memory", "key"}}
	for _, r := range f.Runs {
		var does any
		switch {
		case r.Train:
			does = "train"
		case r.Copy:
			does = "copy"
		}
		l.rows = append(l.rows, []any{
			r.Name, string(r.Status), words(r.Changed), does, words(f.Sharers[r.Key]),
			present(f.Seconds(r.Run)), foreseenMemory(f, r.Run), r.Key,
		})
	}
	for _, r := range f.Orphaned {
		l.rows = append(l.rows, []any{r.Name, "orphaned", nil, nil, nil, nil, nil, r.Key})
	}
	return l
}

// foreseenMemory is how many bytes a run takes, nil where nothing tells.
func foreseenMemory(f *forecast.Forecast, run *sweep.Run) any {
	if run.ByCommand() {
		return nil
	}
	return int(f.Estimates[run.Key].Memory)
}

// words joins words with spaces. It is nil if there are none.
func words(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return strings.Join(list, " ")
}
