package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/filter"
)

type lsCommand struct {
	Sweep   string   `predictor:"sweep" arg:"" optional:"" name:"SWEEP" help:"Sweep whose runs to list; without it, the sweeps are listed, or the runs of the latest where an option asks for runs."`
	Where   string   `predictor:"column" placeholder:"CONDITION" help:"List runs for which this holds, such as 'r = 8 and alpha > 16'. It may read every parameter and column."`
	Sort    string   `predictor:"column" placeholder:"COLUMN" help:"Sort by these columns, separated by commas; a '-' before one puts its largest first, as --sort=-loss does."`
	GroupBy []string `predictor:"axis" placeholder:"AXIS" help:"Average runs that agree in these parameters, separated by commas; all-but-seed is every one that varies."`
	Columns []string `placeholder:"COLUMN" help:"Show these columns, separated by commas; 'sweep help columns' lists them."`
	Tag     string   `placeholder:"TAG" help:"List what has this tag: sweeps or, with a SWEEP, its runs; see 'sweep note'."`
	metricFlag
	output
	storeFlag
}

// Help shows examples.
func (lsCommand) Help() string {
	return `Examples:
  sweep ls
  sweep ls menus --where 'r = 8 and alpha > 16' --sort eval_loss
  sweep ls menus --where 'state = "failed"' --columns run,error
  sweep ls menus --group-by all-but-seed --sort eval_loss
  sweep ls menus --group-by r,alpha -o csv
  sweep ls --tag draft`
}

// Run lists what the store holds.
func (c *lsCommand) Run(ctx context.Context, out streams) error {
	l, err := c.list(ctx, out)
	if err != nil {
		return err
	}
	return c.write(out.stdout, l)
}

func (c *lsCommand) list(ctx context.Context, out streams) (l listing, err error) {
	if c.Metric != "loss" && c.GroupBy == nil {
		return l, fmt.Errorf("--metric %s is what --group-by takes means of; without it, --columns and --sort take the column %[1]s", c.Metric)
	}
	if c.Sweep == "" && c.Where == "" && c.GroupBy == nil && c.Columns == nil {
		err = c.read(ctx, out, func(st sweep.Store) error {
			l, err = listSweeps(ctx, st, c.Tag)
			return errors.Join(err, l.sort(c.Sort))
		})
		return l, err
	}
	if c.GroupBy == nil {
		err = c.read(ctx, out, func(st sweep.Store) error {
			l, err = c.runs(ctx, st)
			return err
		})
		return l, err
	}
	err = readSweep(ctx, out, c.DB, c.Sweep, func(_ sweep.Store, _ sweep.SavedSweep, results []sweep.Result) error {
		if results, err = selectRuns(c.Where, results); err != nil {
			return err
		}
		results = slices.DeleteFunc(results, func(r sweep.Result) bool { return !c.tagged(r.Note) })
		l, err = c.groups(results)
		return err
	})
	return l, err
}

// tagged reports whether a note has the tag that is asked for, if one is.
func (c *lsCommand) tagged(n sweep.Note) bool { return c.Tag == "" || slices.Contains(n.Tags, c.Tag) }

// selectRuns returns the results for which a condition holds, all if it is "".
func selectRuns(where string, results []sweep.Result) ([]sweep.Result, error) {
	if where == "" {
		return results, nil
	}
	condition, err := newFilter(where, sweep.OwnColumns(results))
	if err != nil {
		return nil, err
	}
	return condition.Select(results)
}

// newFilter compiles the condition of --where, which may read some columns of commands'
// own.
func newFilter(where string, own []sweep.Column) (*filter.Filter, error) {
	condition, err := filter.New(where, own...)
	if err != nil {
		return nil, fmt.Errorf("--where %w", err)
	}
	return condition, nil
}

// runs lists the runs selected. Of each, no more than the columns asked for is
// held in memory.
func (c *lsCommand) runs(ctx context.Context, st sweep.Store) (listing, error) {
	_, spec, err := savedGrid(ctx, st, c.Sweep)
	if err != nil {
		return listing{}, err
	}
	columns := c.Columns
	var axes []string
	if columns == nil {
		axes = slices.DeleteFunc(spec.AxisNames(), func(name string) bool { return slices.Contains(usualColumns, name) })
		columns = slices.Insert(slices.Clone(usualColumns), slices.Index(usualColumns, "trained"), axes...)
	}
	custom := spec.Customs()
	own := sweep.CommandColumns(custom, nil)
	match, err := c.understand(columns, own)
	if err != nil { // it may be about what a command logged
		measures, failed := measuresOf(ctx, st, c.Sweep)
		if failed != nil {
			return listing{}, failed
		}
		if own = sweep.CommandColumns(custom, measures); len(measures) > 0 {
			match, err = c.understand(columns, own)
		}
	}
	if err != nil {
		return listing{}, err
	}
	shown := slices.DeleteFunc(sweep.Columns(own...), func(column sweep.Column) bool {
		return !slices.Contains(columns, column.Name) && !slices.Contains(sortedBy(c.Sort), column.Name)
	})
	l := listRuns(nil, shown)
	read := slices.ContainsFunc(shown, func(column sweep.Column) bool {
		return slices.ContainsFunc(slices.Concat(sweep.Parameters(), custom), func(q sweep.Parameter) bool { return q.Name == column.Name })
	})
	var seen notable
	living := newLiving()
	err = eachResult(ctx, st, c.Sweep, c.Where != "" || read, func(r sweep.Result) error {
		living.see(&r)
		ok, err := match(r)
		if err == nil && ok && c.tagged(r.Note) {
			l.rows = append(l.rows, rowOf(r, shown))
			seen.note(r)
		}
		return err
	})
	if err != nil {
		return l, err
	}
	if c.Columns == nil {
		columns = slices.DeleteFunc(columns, seen.idle)
		l.spare = slices.Concat([]string{"key", "seconds", "copy_of"}, axes, []string{"note", "tags", "tokens_per_second", "error", "owner", "loss", "steps", "last_loss", "match", "eval_loss"})
	}
	if err := l.sort(c.Sort); err != nil {
		return l, err
	}
	l.caption = seen.caption()
	return l.pick(columns)
}

// understand makes sure that there are the columns that are asked for, beside some of
// commands' own, and returns what selects the runs.
func (c *lsCommand) understand(columns []string, own []sweep.Column) (match func(sweep.Result) (bool, error), err error) {
	match = func(sweep.Result) (bool, error) { return true, nil }
	if c.Where != "" {
		condition, err := newFilter(c.Where, own)
		if err != nil {
			return nil, err
		}
		match = condition.Match
	}
	known := listRuns(nil, sweep.Columns(own...))
	if err := known.sort(c.Sort); err != nil {
		return nil, err
	}
	if _, err := known.pick(columns); err != nil {
		return nil, fmt.Errorf("--columns: %w", err)
	}
	return match, nil
}

// measuresOf is the names of the measures that runs of a sweep ended with, ascending.
func measuresOf(ctx context.Context, st sweep.Store, sweepName string) ([]string, error) {
	seen := map[string]bool{}
	err := st.EachResult(ctx, sweepName, func(r sweep.Result) error {
		for _, m := range r.Measures {
			seen[m.Name] = true
		}
		return nil
	})
	return slices.Sorted(maps.Keys(seen)), err
}

// usualColumns are shown where nobody asks for others, with the axes that vary.
var usualColumns = []string{
	"run", "key", "state", "copy_of", "trained", "steps", "last_loss", "loss", "eval_loss", "match", "tokens_per_second", "seconds", "owner", "tags", "note", "error",
}

// listRuns has a row for each run.
func listRuns(results []sweep.Result, columns []sweep.Column) listing {
	var l listing
	for _, column := range columns {
		l.columns = append(l.columns, column.Name)
	}
	for _, r := range results {
		l.rows = append(l.rows, rowOf(r, columns))
	}
	return l
}

func rowOf(r sweep.Result, columns []sweep.Column) []any {
	r.Error, _, _ = strings.Cut(r.Error, "\n")
	row := make([]any, len(columns))
	for i, column := range columns {
		if column.Known(r) {
			row[i] = column.Value(r)
		}
	}
	return row
}

// texts joins texts with commas. It is nil if that is nothing.
func texts(list []string) any {
	if text := strings.Join(list, ","); text != "" {
		return text
	}
	return nil
}

func (c *lsCommand) groups(results []sweep.Result) (listing, error) {
	results, err := c.compared(results)
	if err != nil {
		return listing{}, err
	}
	grouping, err := analysis.GroupBy(results, c.GroupBy)
	if slices.Equal(c.GroupBy, []string{"all-but-seed"}) {
		grouping, err = analysis.AllButSeed(results), nil
	}
	if err != nil {
		return listing{}, fmt.Errorf("--group-by: %w", err)
	}
	l := listGroups(grouping)
	if err := l.sort(c.Sort); err != nil || c.Columns == nil {
		l.spare = []string{"failed", "diverged", "left", "n", "low", "high"}
		return l, err
	}
	return l.pick(c.Columns)
}

func listGroups(g analysis.Grouping) listing {
	quantity, usual := map[analysis.Quantity]string{analysis.TrainLoss: "loss", analysis.EvalLoss: "eval_loss", analysis.ErrorRate: "error_rate"}[g.Quantity]
	if !usual {
		quantity = string(g.Quantity)
	}
	l := listing{
		columns: slices.Concat(g.By, []string{quantity, "low", "high", "n", "diverged", "failed", "left"}),
		caption: g.Caption(),
	}
	for _, group := range g.Groups {
		row := make([]any, len(g.By))
		for _, s := range group.Settings {
			row[slices.Index(g.By, s.Axis)] = valueOf(s)
		}
		t := group.Tally
		l.rows = append(l.rows, append(row, present(group.Mean), present(group.Low), present(group.High), t.Done, t.Diverged, t.Failed, t.Pruned+t.Missing))
	}
	if slices.ContainsFunc(g.Groups, func(group analysis.Group) bool { return group.Tally.Diverged > 0 }) {
		l.caption += " Diverged: " + sweep.WhenDiverged + "."
	}
	return l
}

// valueOf is a setting's value, of the type that the parameter has in a list.
func valueOf(s analysis.Setting) any {
	q, err := sweep.LookupParameter(s.Axis)
	switch {
	case !s.Value.Numeric:
		return s.Value.Text
	case err == nil && q.Kind == sweep.KindInteger:
		return int(s.Value.Number)
	default:
		return s.Value.Number
	}
}

// listSweeps lists the sweeps that have a tag, all for "".
func listSweeps(ctx context.Context, st sweep.Store, tag string) (listing, error) {
	l := listing{
		columns: []string{"sweep", "runs", "done", "diverged", "failed", "left", "created", "last_run", "tags", "note", "question"},
		spare:   []string{"created", "last_run", "note", "question", "tags", "diverged", "failed"},
	}
	sweeps, err := st.SweepHeads(ctx)
	if err != nil {
		return l, err
	}
	tally, err := st.StateCounts(ctx)
	if err != nil {
		return l, err
	}
	notes, err := st.SweepNotes(ctx)
	if err != nil {
		return l, err
	}
	for _, s := range sweeps {
		if tag != "" && !slices.Contains(notes[s.Name].Tags, tag) {
			continue
		}
		n, runs := tally[s.Name], 0
		for _, count := range n {
			runs += count
		}
		done, diverged, failed := n[sweep.StateDone], n[sweep.StateDiverged], n[sweep.StateFailed]
		l.rows = append(l.rows, []any{
			s.Name, runs, done, diverged, failed, runs - done - diverged - failed,
			s.Created.Format(time.RFC3339), s.Saved.Format(time.RFC3339),
			texts(notes[s.Name].Tags), texts([]string{notes[s.Name].Text}), s.Question,
		})
	}
	if len(notes) > 0 {
		return l, nil
	}
	return l.pick(slices.DeleteFunc(slices.Clone(l.columns), func(name string) bool { return name == "tags" || name == "note" }))
}
