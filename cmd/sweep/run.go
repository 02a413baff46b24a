package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"sweep/cmd/sweep/forecast"
	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

type runCommand struct {
	training
	Preflight bool `xor:"early" help:"Train the corners of the grid only, and tell which diverge and what time and memory the rest takes."`
}

// training is what commands that train share.
type training struct {
	Grid string `predictor:"grid" arg:"" name:"GRID.toml" help:"Grid file."`
	setFlag
	FailFast        bool          `xor:"failures" help:"Stop once a run has failed."`
	MaxFailures     int           `xor:"failures" placeholder:"N" help:"Stop once so many runs have failed."`
	CheckpointEvery time.Duration `default:"30s" help:"How often a run in training is kept, to go on from after a crash (default: ${default}); more seldom where that would take a hundredth of the time."`
	Lease           time.Duration `default:"30s" help:"How long after its last sign of life this process's runs are its own (default: ${default}); then another process on the same store goes on with them."`
	Prune           bool          `xor:"early" help:"Stop cells whose learning rate is clearly worse, at a quarter and at half of their steps: by a quarter of the loss or more, for every seed, and more than two rates from the best at the same setting. Without it, stopped cells go on."`
	NoSymmetry      bool          `help:"Train every cell, also those that are equal to another to the bit and would be recorded as its copies."`
	slotFlags
	Notify string `placeholder:"COMMAND" help:"Run this in a shell once the sweep has ended or was interrupted, with its name in SWEEP_NAME, done, failed, interrupted or incomplete in SWEEP_STATE, and what came of the runs in SWEEP_SUMMARY."`
	serveFlag
	memoryFlag
	recomputeFlag
	detachFlags
	DB storeName `name:"db" default:"${store}" placeholder:"STORE" help:"Store, created if need be: a file, or postgres://user@host/database (default: ${default})."`
	logFlag

	retries bool // it is sweep retry, which tries runs again that ran out of memory, too
}

// Help shows examples.
func (runCommand) Help() string {
	return `'sweep help grid' shows how to write a grid. Runs that the store has are not
trained again; a value more on an axis trains only what is new. Ctrl-C stops;
the same command goes on.

Examples:
  sweep run menus.toml
  sweep run menus.toml --preflight
  sweep run menus.toml --prune
  sweep run menus.toml --serve
  sweep run menus.toml --set lr=1e-3 --set 'grid.alpha=[8, 64]'
  sweep run menus.toml --notify 'notify-send "$SWEEP_NAME: $SWEEP_STATE"'
  sweep run menus.toml --workers 1 --db other.db
  sweep run menus.toml --detach --db postgres://me@db.example.org/lora`
}

// Run trains what the grid asks for and the store does not hold.
func (c *runCommand) Run(ctx context.Context, out streams) error {
	if c.Preflight {
		if c.Detach {
			return errors.New("--preflight trains here, and --detach does not: leave one of them out")
		}
		return c.preflight(ctx, out)
	}
	return c.train(ctx, out, allRuns, c.conclude)
}

// sweepRun is a sweep that was trained, as far as it came.
type sweepRun struct {
	whole    *grid.Plan // what the grid asks for
	plan     *grid.Plan // what of it was to be trained
	trainer  fineTuner
	store    sweep.Store
	workers  int
	limit    int64 // bytes of memory that there was, 0 = none
	progress *progress
	summary  runner.Summary
	took     time.Duration
}

// chooser selects the runs of a plan that are to be trained.
type chooser func(context.Context, *grid.Plan, sweep.Store) (*grid.Plan, error)

// allRuns is the chooser of all.
func allRuns(_ context.Context, plan *grid.Plan, _ sweep.Store) (*grid.Plan, error) { return plan, nil }

// train trains the runs that choose selects from the plan and that the store does
// not hold. Then it calls report, with what came of them.
func (c *training) train(ctx context.Context, out streams, choose chooser, report func(context.Context, streams, sweepRun) error) (err error) {
	if err := errors.Join(c.check(), c.refuseWithDetach()); err != nil {
		return err
	}
	if c.Lease < minLease {
		return fmt.Errorf("--lease %v: a lease of less than %v lapses while its process is at work", c.Lease, minLease)
	}
	if c.CheckpointEvery < 0 || c.MaxFailures < 0 {
		return errors.New("--checkpoint-every and --max-failures must not be negative")
	}
	if c.Detach {
		return c.detach(ctx, out, choose)
	}
	free := freeMemory()
	t := newFineTunerIn(runFolders(c.DB), c.Lease)
	plan, err := readPlan(ctx, out, c.Grid, t, c.Set...)
	if err != nil {
		return err
	}
	slots, err := c.find(ctx, t, plan.Runs)
	if err != nil {
		return err
	}
	if c.DB.onServer() {
		t.carry(carriedFolder)
	}
	t.shareMemory(slots.workers, c.retry(), c.retries)
	limit := c.limit(free)
	if limit > 0 {
		debug.SetMemoryLimit(limit) // garbage is collected sooner where it would not fit
	}
	memory, err := forecast.MemoryForRuns(plan, t, limit)
	if err != nil {
		return err
	}
	t.setRoom(c.room(memory))
	notices := newNotices(out.stderr)
	st, log, shut, err := c.openStore(ctx, c.DB, out.stderr, notices)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	log = log.With("sweep", plan.Spec.Name)
	whole, plan, err := c.save(ctx, st, plan, choose)
	if err != nil {
		return err
	}
	before, err := st.Results(ctx, plan.Spec.Name)
	if err != nil {
		return stopped(ctx, err)
	}
	endServing, err := c.begin(ctx, out, c.DB, c.logFlag, plan.Spec.Name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endServing()) }()
	sayRows(out, whole)
	slots.say(out.stdout)
	warn(out, whole.Notes, whole.Warnings())
	p := newProgress(out.stdout, plan.Runs, before)
	if c.Verbose {
		p.view = nil // the log's lines would run into it
	}
	notices.move(p.say)
	self, saidAgain := thisProcess(), false
	pool := runner.Runner{
		Trainer: t, Recorder: st, Workers: slots.workers, Estimator: t, Memory: memory,
		Estimated: func(all []sweep.Estimate) {
			if again := sayAgain(all); again != "" && !saidAgain {
				saidAgain = true
				p.say(again)
			}
		},
		Owner: self.String(), OwnerDead: ownerDead(self, processOf), Lease: c.Lease, CheckpointEvery: c.CheckpointEvery, MaxFailures: c.maxFailures(),
		Provenance: provenance(t), Progress: func(e runner.Event) {
			logEvent(log, e)
			p.event(e)
		},
		Lane: laneOf, Lanes: slots.lanes, TrainAll: c.NoSymmetry, Rescale: t.rescaleAdapter,
	}
	if c.Prune {
		pool.Pruner = runner.Halving{}
	}
	began := time.Now()
	log.Info("sweep began", "grid", c.Grid, "runs", len(plan.Runs), "workers", slots.workers)
	summary, err := whileThere(ctx, st, func(ctx context.Context) (runner.Summary, error) { return pool.Run(ctx, plan) })
	p.close()
	log.Info("sweep ended", "summary", tally(summary), "seconds", time.Since(began).Seconds(), "error", explain(err))
	if tooLarge, ok := errors.AsType[*runner.MemoryError](err); ok {
		return tooLarge
	}
	reported := report(ctx, out, sweepRun{whole, plan, t, st, slots.workers, limit, p, summary, time.Since(began)})
	err = cmp.Or(verdict(summary, err), reported)
	notify(c.Notify, plan.Spec.Name, tally(summary), err, out)
	return err
}

// save saves the sweep of a plan, and returns the plan and what of it is to be trained.
func (c *training) save(ctx context.Context, st sweep.Store, plan *grid.Plan, choose chooser) (whole, chosen *grid.Plan, err error) {
	if err := refuseImported(ctx, st, plan.Spec.Name); err != nil {
		return nil, nil, err
	}
	if err := st.SaveSweep(ctx, savedSweep(plan)); err != nil {
		return nil, nil, stopped(ctx, err)
	}
	if chosen, err = choose(ctx, plan, st); err != nil {
		return nil, nil, stopped(ctx, err)
	}
	return plan, chosen, nil
}

// lookEvery is how often a sweep makes sure that its store is still there.
const lookEvery = time.Second

// whileThere calls train, and stops it if somebody takes the store away, which is
// the error then.
func whileThere(ctx context.Context, st sweep.Store, train func(context.Context) (runner.Summary, error)) (runner.Summary, error) {
	training, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				if st.StillThere(ctx) != nil {
					stop()
				}
			}
		}
	})
	summary, err := train(training)
	close(ended)
	watch.Wait()
	if taken := st.StillThere(ctx); taken != nil {
		return summary, taken
	}
	return summary, err
}

// minLease is the shortest lease that a busy machine still renews in time.
const minLease = time.Second

func (c *training) maxFailures() int {
	if c.FailFast {
		return 1
	}
	return c.MaxFailures
}

// readPlan expands a grid file, with settings that replace some of it. It fetches what
// the grid names on the Hugging Face hub.
func readPlan(ctx context.Context, out streams, file string, t fineTuner, settings ...string) (*grid.Plan, error) {
	spec, err := grid.ParseSpec(file, settings...)
	if err == nil {
		spec, err = fetchSpec(ctx, out, t, spec)
	}
	if err != nil {
		return nil, err
	}
	return newPlan(ctx, spec, t)
}

// newPlan is grid.NewPlan, given up when ctx ends: reading a large model takes
// a while, and nothing has begun yet.
func newPlan(ctx context.Context, spec *grid.Spec, inspector sweep.Inspector) (*grid.Plan, error) {
	type answer struct {
		plan *grid.Plan
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		plan, err := grid.NewPlan(spec, inspector)
		answers <- answer{plan, err}
	}()
	select {
	case a := <-answers:
		return a.plan, a.err
	case <-ctx.Done():
		return nil, &exitError{code: exitInterrupted}
	}
}

func savedSweep(plan *grid.Plan) sweep.SavedSweep {
	s := sweep.SavedSweep{
		Name: plan.Spec.Name, Question: plan.Spec.Question, TOML: plan.Spec.Source, File: plan.Spec.File, Saved: time.Now(),
	}
	for _, p := range plan.Spec.Predictions() {
		s.Predictions = append(s.Predictions, p.String())
	}
	for _, cell := range plan.Cells {
		s.Keys = append(s.Keys, cell.Key)
		s.Names = append(s.Names, cell.Name)
	}
	return s
}

// stopped is the command's error where the store failed before the first run.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	return &exitError{exitIncomplete, err}
}

// verdict turns how the runs ended into the command's error.
func verdict(s runner.Summary, err error) error {
	switch {
	case err != nil:
		return &exitError{exitIncomplete, err}
	case s.Interrupted && s.Left > 0:
		return &exitError{code: exitInterrupted}
	case s.Failed+len(s.Mismatches) > 0:
		return &exitError{code: exitFailed}
	default:
		return nil
	}
}

// report sums up the sweep: how many runs came to what, why runs failed, and what
// to type next.
func (c *training) report(out streams, done sweepRun) {
	s, p := done.summary, done.progress
	c.reportTroubles(out, s)
	fmt.Fprintln(out.stdout, wrap(fmt.Sprintf("%s: %s", done.plan.Spec.Name, tally(s)), 79, "  "))
	if rate := p.rate(); rate > 0 {
		fmt.Fprintf(out.stdout, "took %s at %s tokens/s a worker\n", humanize.Duration(done.took.Seconds()), humanize.Thousands(rate))
	} else if s.Done+s.Diverged > 0 {
		fmt.Fprintf(out.stdout, "took %s\n", humanize.Duration(max(done.took.Seconds(), 1)))
	}
	switch {
	case s.Left+s.Failed == 0:
	case s.Left == 0 && onlyOutOfMemory(s.Failures):
		fmt.Fprintf(out.stdout, "to train the rest, once it has more memory: %s\n", c.retry())
	default:
		fmt.Fprintf(out.stdout, "to train the rest: %s\n", c.again())
	}
	if p.best.name != "" {
		fmt.Fprintf(out.stdout, "to draw the figure: %s\n", c.command(plotOf(done.whole)...))
	}
}

// conclude sums up the sweep and ends with what to use by it.
func (c *training) conclude(ctx context.Context, out streams, done sweepRun) error {
	c.report(out, done)
	return c.answer(ctx, out, done)
}

// answer says what to use, by all runs of the sweep that there are.
func (c *training) answer(ctx context.Context, out streams, done sweepRun) error {
	saved, results, err := savedResults(context.WithoutCancel(ctx), done.store, done.whole.Spec.Name)
	if err != nil {
		return err
	}
	if err := addRowLosses(context.WithoutCancel(ctx), done.store, results); err != nil {
		return err
	}
	answers, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins())
	if err != nil {
		return fmt.Errorf("answer by sweep %s: %w", saved.Name, err)
	}
	lines := brief(c.DB, saved, answers, metricFlag{})
	if slices.ContainsFunc(results, func(r sweep.Result) bool { return r.Match.Known() }) {
		lines = append(lines, "by match in place of the loss: "+c.command("best", "--sweep", saved.Name, "--metric", string(sweep.MetricMatch)))
	}
	for _, line := range lines {
		fmt.Fprintln(out.stdout, sweep.OneLine(line))
	}
	return nil
}

// reportTroubles says why runs failed, and which runs differ that should be
// equal.
func (c *training) reportTroubles(out streams, s runner.Summary) {
	var shown []string // ends of logs
	untold := false
	for _, f := range s.Failures {
		cause, tail, _ := strings.Cut(f.Err.Error(), "\n")
		fmt.Fprintln(out.stderr, wrap(fmt.Sprintf("failed %s: %s", f.Run.Name, shorten(cause)), 79, "  "))
		switch {
		case f.Run.Params.Command == nil || tail == "":
		case slices.Contains(shown, tail):
			fmt.Fprintln(out.stderr, "  | (its log ends as one above)")
		case len(shown) < tailsShown:
			shown = append(shown, tail)
			sayTail(out.stderr, tail)
		default:
			untold = true
		}
	}
	if untold {
		fmt.Fprintf(out.stderr, "'%s' shows what the others printed\n", c.command("show", "RUN", "--log"))
	}
	for _, m := range s.Mismatches {
		fmt.Fprintln(out.stderr, wrap(fmt.Sprintf("not equal: %v. Nothing was copied from them; '%s' trains what is left", m, c.again("--no-symmetry")), 79, "  "))
	}
}

// tally is "63 runs: 12 trained before, 7 done, 1 diverged, 40 copies, 3 trained
// for proof".
func tally(s runner.Summary) string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{s.Skipped - s.Copies, "trained before"},
		{s.Copies, "copied before"},
		{s.Elsewhere, "trained by another process"},
		{s.Done, "done"},
		{s.Diverged, "diverged"},
		{s.Copied, "copied"},
		{s.Proved, "trained for proof"},
		{s.Pruned, "pruned"},
		{s.Failed, "failed"},
		{s.Left, "left"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if s.Total == 0 {
		return "nothing to train"
	}
	text := humanize.Count(s.Total, "run") + ": " + strings.Join(parts, ", ")
	if s.Interrupted && s.Left > 0 {
		text += "; interrupted"
	}
	if s.GaveUp {
		text += "; stopped, as too many failed"
	}
	return text
}

// command is what to type for a command on the same store.
func (c *training) command(words ...string) string {
	return storeFlag{c.DB}.command(words...)
}

// again is what to type to train the rest of the grid.
func (c *training) again(flags ...string) string {
	return c.command(slices.Concat([]string{"run", operand(c.Grid)}, c.flags(), flags)...)
}

// retry is what to type to train the runs that failed, those that ran out of memory, too.
func (c *training) retry() string {
	return c.command(append([]string{"retry", operand(c.Grid)}, c.flags()...)...)
}

// onlyOutOfMemory reports whether all runs that failed did for want of memory: the same
// command would leave them alone.
func onlyOutOfMemory(failures []runner.Failure) bool {
	return !slices.ContainsFunc(failures, func(f runner.Failure) bool { return !errors.Is(f.Err, sweep.ErrOutOfMemory) })
}

// program is how this program was called: 'go run' leaves no binary behind to
// call again.
func program() string {
	if !strings.Contains(os.Args[0], "go-build") {
		return "sweep"
	}
	if _, err := os.Stat("cmd/sweep"); err == nil {
		return "go run ./cmd/sweep"
	}
	return "go run sweep/cmd/sweep"
}

// plotOf are the arguments that draw the sweep, by an axis that varies if one
// does.
func plotOf(plan *grid.Plan) []string {
	by := plan.AxisToCompare()
	differs := func(run sweep.Run) bool { return run.Params.LR != plan.Runs[0].Params.LR }
	if by == "lr" && !slices.ContainsFunc(plan.Runs, differs) {
		return []string{"plot", "--sweep", plan.Spec.Name}
	}
	return []string{"plot", "--by", by, "--sweep", plan.Spec.Name}
}
