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
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

type planCommand struct {
	Grid    string `predictor:"grid" arg:"" name:"GRID.toml" help:"Grid file."`
	Workers int    `default:"${cores}" help:"Runs to train at once (default: the number of cores, ${cores} here)."`
	memoryFlag
	output
	storeFlag
}

// Help shows examples.
func (planCommand) Help() string {
	return `Nothing is trained or stored; where the store has no run to tell the speed by, a
run is tried for a moment. As JSON or CSV there is a line for each run.
Warnings tell what the grid cannot show as it is, and what to write instead.

Examples:
  sweep plan menus.toml
  sweep plan menus.toml --workers 4 -o csv`
}

// Run tells what 'sweep run' would do.
func (c *planCommand) Run(ctx context.Context, out streams) error {
	free := freeMemory()
	t := newTuner()
	plan, err := readPlan(ctx, c.Grid, t)
	if err != nil {
		return err
	}
	o := outlook{plan: plan, trainer: t, workers: c.Workers, limit: c.limit(free)}
	if err := c.consult(ctx, out, &o); err != nil {
		return err
	}
	if err := o.estimate(ctx); err != nil {
		return err
	}
	if c.Output != "table" {
		return c.write(out.stdout, o.listing())
	}
	for _, line := range o.lines() {
		fmt.Fprintln(out.stdout, wrap(line, 79, "                "))
	}
	warn(out, plan)
	o.warnOfEdges(out)
	return nil
}

// warn tells a person what speaks against the design of a plan.
func warn(out streams, plan *grid.Plan) {
	for _, note := range plan.Notes {
		fmt.Fprintln(out.stdout, wrap("note: "+note, 79, "  "))
	}
	for _, warning := range plan.Warnings() {
		fmt.Fprintln(out.stdout, wrap("warning: "+warning.String(), 79, "  "))
	}
}

// warnOfEdges tells where the best of the learning rates that were trained is
// the last of those planned.
func (o *outlook) warnOfEdges(out streams) {
	if o.review.Count(runner.StatusDone) == 0 {
		return
	}
	trained := map[string]sweep.Result{}
	for _, r := range o.known {
		trained[r.Key] = r
	}
	params := map[string]sweep.Run{}
	for _, run := range o.plan.Runs {
		params[run.Key] = run
	}
	var results []sweep.Result
	for _, c := range o.plan.Cells {
		r := trained[c.Key]
		r.Run = params[c.Key]
		r.Name = c.Name
		results = append(results, r)
	}
	edges := analysis.LREdges(results, axisToCompare(o.plan))
	if edges.Low+edges.High == 0 {
		return
	}
	warning := grid.Warning{
		Fault: fmt.Sprintf("the best lr of %d of %d settings is the lowest or the highest tried: a lower loss may lie beyond",
			edges.Low+edges.High, edges.Of),
		Remedy: "add " + edges.Add.String(),
	}
	fmt.Fprintln(out.stdout, wrap("warning: "+warning.String(), 79, "  "))
}

// consult asks the store, if there is one.
func (c *planCommand) consult(ctx context.Context, out streams, o *outlook) error {
	err := c.read(ctx, out, func(st sweep.Store) error { return o.consult(ctx, st) })
	if errors.Is(err, fs.ErrNotExist) {
		o.review = runner.NewReview(o.plan, nil, nil, nil)
		return nil
	}
	return err
}

// outlook is what is known of a plan before it is run.
type outlook struct {
	plan    *grid.Plan
	trainer tuner
	workers int
	limit   int64 // bytes, 0 = none

	review    runner.Review
	sharers   map[string][]string       // other sweeps that have a run, by key
	known     []sweep.Result            // trained runs to tell the speed by
	estimates map[string]sweep.Estimate // by key
	speed     float64                   // operations a second
	measured  bool                      // just now, as the store has no such run
	memory    int64                     // for runs in training, 0 = no limit
	largest   int64                     // memory that the largest run to train takes
}

// consult holds the plan against a store.
func (o *outlook) consult(ctx context.Context, st sweep.Store) error {
	keys := keysOf(o.plan.Runs)
	mine := map[string]bool{}
	for _, key := range keys {
		mine[key] = true
	}
	states, err := st.States(ctx, keys)
	if err != nil {
		return err
	}
	copies, err := st.Copies(ctx, slices.Collect(maps.Keys(states)))
	if err != nil {
		return err
	}
	sweeps, err := st.Sweeps(ctx)
	if err != nil {
		return err
	}
	var before []sweep.Result
	o.sharers = map[string][]string{}
	for _, s := range sweeps {
		results, err := st.Results(ctx, s.Name)
		if err != nil {
			return err
		}
		o.known = append(o.known, results...)
		if s.Name == o.plan.Spec.Name {
			before = results
			continue
		}
		for _, key := range s.Keys {
			if mine[key] {
				o.sharers[key] = append(o.sharers[key], s.Name)
			}
		}
	}
	o.review = runner.NewReview(o.plan, states, copies, before)
	return nil
}

// estimate works out what the runs take.
func (o *outlook) estimate(ctx context.Context) (err error) {
	if o.memory, err = forRuns(o.limit, o.plan, o.trainer); err != nil {
		return err
	}
	o.estimates = make(map[string]sweep.Estimate, len(o.plan.Runs))
	for i := range o.review.Runs {
		run := &o.review.Runs[i]
		e, err := o.trainer.Estimate(run.Params)
		if err != nil {
			return err
		}
		o.estimates[run.Key] = e
		if run.Train {
			o.largest = max(o.largest, e.Memory)
		}
	}
	if o.speed = o.pastSpeed(); o.speed > 0 {
		return nil
	}
	if runs := o.review.ToTrain(false); len(runs) > 0 {
		o.measured = true
		o.speed, err = trySpeed(ctx, o.trainer, *runs[0])
	}
	return err
}

// pastSpeed is the median speed, in operations a second, of runs of the plan's
// models, 0 if there are none.
func (o *outlook) pastSpeed() float64 {
	models := map[string]bool{}
	for i := range o.plan.Runs {
		models[o.plan.Runs[i].Inputs.Model] = true
	}
	var speeds []float64
	for _, r := range o.known {
		if r.State != sweep.Done || r.CopyOf != "" || !models[r.Inputs.Model] || !(r.Seconds > 0) {
			continue
		}
		// What a run of another grid read may be gone; then it tells nothing.
		if e, err := o.trainer.Estimate(r.Params); err == nil {
			speeds = append(speeds, e.Work/r.Seconds)
		}
	}
	if len(speeds) == 0 {
		return 0
	}
	slices.Sort(speeds)
	return speeds[len(speeds)/2]
}

// tryFor is how long a run is tried to tell its speed.
const tryFor = time.Second / 2

// trySpeed trains a run for a moment and returns its speed in operations a
// second, 0 if it cannot be told. The trial does not evaluate, goes on beyond the
// run's steps where they are few, and changes nothing, so that it does not
// diverge: neither takes another time a step.
func trySpeed(ctx context.Context, t tuner, run sweep.Run) (float64, error) {
	p := &run.Params
	p.Holdout, p.DataEval, p.EvalEvery = 0, "", 0
	p.LR, p.LRA, p.LRB = 0, 0, 0
	work, err := stepWork(t, *p)
	if err != nil {
		return 0, err
	}
	p.Steps = math.MaxInt32
	enough := errors.New("enough")
	var began time.Time
	first, last, took := 0, 0, time.Duration(0)
	_, err = t.Train(ctx, run, sweep.Observer(func(p sweep.Point) error {
		if began.IsZero() { // the first step warms up
			began, first = time.Now(), p.Step
			return nil
		}
		if last, took = p.Step, time.Since(began); took > tryFor {
			return enough
		}
		return nil
	}))
	if err != nil && !errors.Is(err, enough) {
		return 0, fmt.Errorf("try run %s: %w", run.Name, err)
	}
	if took <= 0 {
		return 0, nil // the model's own loss is not finite
	}
	return work * float64(last-first) / took.Seconds(), nil
}

// stepWork is the operations of a training step of p.
func stepWork(t tuner, p sweep.Params) (float64, error) {
	var work [2]float64
	for i := range work {
		p.Steps = 1 + i
		e, err := t.Estimate(p)
		if err != nil {
			return 0, err
		}
		work[i] = e.Work
	}
	return work[1] - work[0], nil
}

// seconds is how long a run takes; NaN if nothing tells.
func (o *outlook) seconds(run *sweep.Run) float64 {
	if !(o.speed > 0) {
		return math.NaN()
	}
	return o.estimates[run.Key].Work / o.speed
}

// makespan is how long runs take together, "unknown" if nothing tells.
func (o *outlook) makespan(runs []*sweep.Run) string {
	var lengths []float64
	for _, run := range runs {
		lengths = append(lengths, o.seconds(run))
	}
	span := runner.Makespan(lengths, min(o.workers, o.together()))
	return humanize.Duration(max(span, 1))
}

// together is how many of the largest runs fit into memory.
func (o *outlook) together() int {
	if o.memory == 0 || o.largest == 0 {
		return o.workers
	}
	return int(o.memory / o.largest)
}

// lines tells the outlook to a person.
func (o *outlook) lines() []string {
	lines := []string{fmt.Sprintf("%s: %s", o.plan.Spec.Name, humanize.Count(len(o.plan.Runs), "run"))}
	say := func(n int, what, more string) {
		if n > 0 {
			lines = append(lines, strings.TrimRight(fmt.Sprintf("%6d %-8s %s", n, what, more), " "))
		}
	}
	say(o.review.Count(runner.StatusDone), "done", "")
	say(o.review.Count(runner.StatusRunning), "running", "")
	say(o.review.Count(runner.StatusInterrupted), "begun", "go on where they stopped")
	say(o.review.Count(runner.StatusPruned), "pruned", "go on, unless it is run with --prune")
	say(o.review.Count(runner.StatusFailed), "failed", "are tried again")
	say(o.review.Count(runner.StatusStale), "stale", "trained on another "+strings.Join(o.changed(), ", ")+"; are trained again")
	say(o.review.Count(runner.StatusNew), "new", "")
	say(len(o.review.Orphaned), "orphaned", "trained before, not in the grid any more; the store keeps them")
	say(len(o.sharers), "shared", "with "+strings.Join(o.sharing(), ", "))
	runs, all := o.review.ToTrain(false), o.review.ToTrain(true)
	if len(runs) == 0 {
		return append(lines, "nothing to train")
	}
	train := "train: " + humanize.Count(len(runs), "run")
	takes := fmt.Sprintf("time: about %s with %s", o.makespan(runs), humanize.Count(o.workers, "worker"))
	if copies := len(all) - len(runs); copies > 0 {
		train += fmt.Sprintf(", and record %d as copies", copies)
		takes += fmt.Sprintf("; %s if copies were trained, too", o.makespan(all))
	}
	switch {
	case !(o.speed > 0):
		takes = "time: unknown; a trial could not be timed, as the loss before training is not finite"
	case o.measured:
		takes += "; by a moment's trial"
	}
	return append(lines, train, takes, o.room())
}

// room tells of memory.
func (o *outlook) room() string {
	text := fmt.Sprintf("memory: %s a run", sweep.FormatBytes(o.largest))
	switch fit := o.together(); {
	case o.memory == 0:
	case fit == 0:
		text += fmt.Sprintf(", more than the %s there is; lower batch or seq, or raise --memory", sweep.FormatBytes(o.memory))
	case fit < o.workers:
		text += fmt.Sprintf("; only %d at once fit into %s", fit, sweep.FormatBytes(o.memory))
	default:
		text += fmt.Sprintf(" of %s", sweep.FormatBytes(o.memory))
	}
	return text
}

// changed lists the inputs that made runs stale.
func (o *outlook) changed() []string {
	var names []string
	for _, r := range o.review.Runs {
		names = append(names, r.Changed...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sharing lists the other sweeps that have some of the runs.
func (o *outlook) sharing() []string {
	var names []string
	for _, list := range o.sharers {
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// listing has a line for each run, and for each orphan.
func (o *outlook) listing() listing {
	l := listing{columns: []string{"run", "standing", "changed", "does", "sweeps", "seconds", "memory", "key"}}
	for _, r := range o.review.Runs {
		var does any
		switch {
		case r.Train:
			does = "train"
		case r.Copy:
			does = "copy"
		}
		l.rows = append(l.rows, []any{
			r.Name, string(r.Status), words(r.Changed), does, words(o.sharers[r.Key]),
			present(o.seconds(r.Run)), int(o.estimates[r.Key].Memory), r.Key,
		})
	}
	for _, r := range o.review.Orphaned {
		l.rows = append(l.rows, []any{r.Name, "orphaned", nil, nil, nil, nil, nil, r.Key})
	}
	return l
}

// words are words with spaces between them, or nil if there are none.
func words(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return strings.Join(list, " ")
}
