package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/store"
	"sweep/store/postgres/fleet"
	"sweep/sweep"
	"sweep/sweep/filter"
	"sweep/sweep/runner"
)

type workCommand struct {
	slotFlags
	memoryFlag
	recomputeFlag
	choiceFlags
	IdleExit        time.Duration `placeholder:"TIME" help:"End once there was nothing to do for so long, such as 5m (default: wait for more)."`
	For             time.Duration `placeholder:"TIME" help:"End after so long, such as 3h50m: runs in training are given back with their checkpoints, and others go on with them."`
	CheckpointEvery time.Duration `default:"30s" help:"How often a run in training is kept, to go on from after a crash (default: ${default}); more seldom where that would take a hundredth of the time."`
	Lease           time.Duration `default:"30s" help:"How long after its last sign of life this worker's runs are its own (default: ${default}); then others go on with them."`
	cacheFlag
	storeFlag
	logFlag
}

// choiceFlags say which of the runs that are queued a worker trains.
type choiceFlags struct {
	Sweep []string `predictor:"sweep" placeholder:"NAME" help:"Train only runs of this sweep. It may be given several times."`
	Only  string   `placeholder:"CONDITION" help:"Train only arms of which every run meets this, such as 'arm = \"peft\"'. It may read every parameter."`
	Label []string `placeholder:"LABEL" help:"A label that this worker has: runs that were queued with --needs LABEL go to such workers alone. It may be given several times."`
}

// condition is --only, nil for none.
func (f choiceFlags) condition() (*filter.Filter, error) {
	if f.Only == "" {
		return nil, nil
	}
	only, err := filter.NewSelection(f.Only)
	if err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	return only, nil
}

// Help shows examples.
func (workCommand) Help() string {
	return `Trains what 'sweep run GRID.toml --detach' queued, of all sweeps in the store, on as
many machines as this is started on. A worker that cannot train some runs, as it lacks
their files, memory, GPUs or labels, leaves them to others and says why; 'sweep workers'
lists that. Ctrl-C, SIGTERM and SIGUSR1 end it within a second or two: its runs are
given back with checkpoints. It exits with 0 when --for or --idle-exit is over, and
with 130 when it was told to end.

Examples:
  sweep work --db postgres://me@db.example.org/lora --idle-exit 5m
  sweep work --db postgres://me@db.example.org/lora --workers 4 --label a100 --for 3h50m
  sweep work --db postgres://me@db.example.org/lora --only 'arm = "peft"' --idle-exit 5m`
}

// Run trains what is queued until it is told to end.
func (c *workCommand) Run(ctx context.Context, out streams) (err error) {
	if err := c.checkFlags(); err != nil {
		return err
	}
	only, err := c.condition()
	if err != nil {
		return err
	}
	limit := c.limit(freeMemory())
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	t := newFineTunerIn(runFolders(c.DB), c.Lease)
	room, err := t.makeRoom(ctx, c.GPUs, nil)
	if err != nil {
		return interruptedOr(ctx, err)
	}
	t.carry(carriedFolder)
	t.shareMemory(c.workers(), c.command("retry", "GRID.toml", "--detach"), false)
	st, log, shut, err := c.openStore(ctx, c.DB, out.stderr, newNotices(out.stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	fl, err := store.Fleet(st)
	if err != nil {
		return err
	}
	inputs, err := c.locator(t, st)
	if err != nil {
		return err
	}
	w := &workerProcess{
		workCommand: c, out: out, fleet: fl, store: st, trainer: t, inputs: inputs, only: only, limit: limit, log: log,
		self: thisProcess(), began: time.Now(), places: map[string]placed{}, models: newWorkerModels(limit, c.recomputeFlag, t.anew),
	}
	return w.work(ctx, room)
}

// checkFlags refuses what makes no sense, before anything begins.
func (c *workCommand) checkFlags() error {
	if err := c.check(); err != nil {
		return err
	}
	switch {
	case !c.DB.onServer():
		return fmt.Errorf("--db %s: workers share a store on a server: postgres://user@host/database; 'sweep help server' explains. For a store in a file, 'sweep run' trains", c.DB)
	case c.Lease < minLease:
		return fmt.Errorf("--lease %v: a lease of less than %v lapses while its process is at work", c.Lease, minLease)
	case c.CheckpointEvery < 0 || c.IdleExit < 0 || c.For < 0:
		return errors.New("--checkpoint-every, --idle-exit and --for must not be negative")
	}
	return nil
}

// workers is how many units it trains at once.
func (c *workCommand) workers() int {
	if c.Workers != nil {
		return *c.Workers
	}
	return cores
}

// workerProcess is one call of sweep work.
type workerProcess struct {
	*workCommand
	out     streams
	fleet   *fleet.Fleet
	store   sweep.Store
	trainer fineTuner
	inputs  *locator
	models  *workerModels
	only    *filter.Filter
	limit   int64 // bytes, 0 for none
	log     *slog.Logger
	self    owner
	began   time.Time

	mu     sync.Mutex        // held to print, and guards the fields below
	places map[string]placed // by the name of a queue
	done   map[sweep.State]int
}

// work trains until ctx ends, --for is over, or there was nothing to do for --idle-exit.
func (w *workerProcess) work(ctx context.Context, r room) error {
	w.done = map[sweep.State]int{}
	for _, note := range r.notes {
		w.say("note: " + note)
	}
	w.say(fmt.Sprintf("works on %s, %s at once%s", w.DB, humanize.Count(w.workers(), "run"), gpusSaid(r)))
	working, stop := ctx, context.CancelFunc(func() {})
	if w.For > 0 {
		working, stop = context.WithTimeout(ctx, w.For)
	}
	defer stop()
	w.log.Info("worker began", "workers", w.workers(), "for", w.For, "idle_exit", w.IdleExit)
	err := w.fleet.Work(working, fleet.Worker{
		ID: w.id(), About: w.about(r), Slots: w.workers(), Lease: w.Lease, IdleExit: w.IdleExit,
		Suits: w.suits, Train: w.train, Log: w.log,
	})
	w.log.Info("worker ended", "error", explain(err))
	w.say(w.tally())
	switch {
	case err != nil:
		return stopped(ctx, err)
	case ctx.Err() != nil:
		return &exitError{code: exitInterrupted}
	}
	return nil
}

func gpusSaid(r room) string {
	if r.gpus == "" {
		return ""
	}
	return "; " + r.gpus
}

// id names the worker, another time it is another one.
func (w *workerProcess) id() string {
	return fmt.Sprintf("%.40s/%d/%.6s", w.self.host, w.self.pid, strings.ToLower(rand.Text()))
}

func (w *workerProcess) about(r room) fleet.About {
	p := provenance(w.trainer)
	return fleet.About{
		Host: w.self.host, PID: w.self.pid, Version: p.Version, Revision: p.Revision, CPU: p.CPU,
		GPUs: r.gpus, Slots: w.workers(), Labels: w.Label, Only: w.Only,
	}
}

// suits says how many runs of a queue fit here at once, or why none.
func (w *workerProcess) suits(ctx context.Context, q fleet.Queue) (slots int, err error) {
	if lacks := slices.DeleteFunc(slices.Clone(q.Needs.Labels), func(l string) bool { return slices.Contains(w.Label, l) }); len(lacks) > 0 {
		return 0, fmt.Errorf("it needs a worker with --label %s", strings.Join(lacks, ", --label "))
	}
	unit, err := w.fleet.Sample(ctx, q.Name)
	if err != nil || len(unit.Runs) == 0 {
		return 0, err
	}
	if len(w.Sweep) > 0 && !slices.Contains(w.Sweep, q.Sweep) {
		return 0, fmt.Errorf("--sweep %s leaves it out", strings.Join(w.Sweep, ", --sweep "))
	}
	if err := w.meets(ctx, q); err != nil {
		return 0, err
	}
	run := unit.Runs[0]
	slots = w.workers()
	if run.Params.Command != nil {
		r, err := w.trainer.roomFor(unit.Runs)
		if err != nil {
			return 0, err
		}
		if r.atOnce > 0 {
			slots = min(slots, r.atOnce)
		}
	}
	if bytes := w.models.bytes(q.Needs); w.limit > 0 && bytes > 0 {
		fit := (w.limit - q.Needs.Shared) / bytes
		if fit < 1 {
			return 0, fmt.Errorf("a run takes about %s of memory, and there is %s; give more with --memory", sweep.FormatBytes(bytes+q.Needs.Shared), sweep.FormatBytes(w.limit))
		}
		slots = min(slots, int(fit))
	}
	_, err = w.place(ctx, q, run)
	return slots, err
}

// place says where the inputs of a queue's runs are, and trains there. They are looked for
// anew once their model was forgotten, or what lies there has changed.
func (w *workerProcess) place(ctx context.Context, q fleet.Queue, run sweep.Run) (relocation, error) {
	tuner := w.trainer
	if run.TrainedHere() {
		tuner = w.models.trainer(run, q.Needs)
	}
	w.mu.Lock()
	known, ok := w.places[q.Name]
	w.mu.Unlock()
	if ok && known.by == tuner && known.check(run) == nil {
		return known.relocation, nil
	}
	inputs := *w.inputs
	inputs.trainer = tuner
	found, err := inputs.relocate(ctx, run, q.Needs.Inputs)
	if err != nil {
		return relocation{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.places[q.Name] = placed{found, tuner}
	if bytes := w.models.bytes(q.Needs); bytes < q.Needs.Memory {
		w.say(fmt.Sprintf("%s: runs compute activations again, to take %s of memory in place of %s, and up to a third longer (--recompute)", q.Sweep, sweep.FormatBytes(bytes), sweep.FormatBytes(q.Needs.Memory)))
	}
	return found, nil
}

// placed is where the inputs of a queue's runs are, by which trainer's word.
type placed struct {
	relocation
	by fineTuner
}

// meets says why runs of a queue are none that --only asks for.
func (w *workerProcess) meets(ctx context.Context, q fleet.Queue) error {
	if w.only == nil {
		return nil
	}
	met, all := 0, 0
	err := w.fleet.EachRun(ctx, q.Name, func(run sweep.Run) bool {
		all++
		if ok, err := w.only.Match(sweep.Result{Run: run}); err == nil && ok {
			met++
		}
		return met == 0 || met == all
	})
	switch {
	case err != nil:
		return err
	case met == 0:
		return fmt.Errorf("--only '%s' leaves it out", w.Only)
	case met < all:
		return fmt.Errorf("--only '%s' holds for some of its runs and not for all; it chooses among arms, by what all of their runs have in common", w.Only)
	}
	return nil
}

// memoryAgain is how long a run is left alone for which a worker has no memory while it
// trains others.
const memoryAgain = 10 * time.Second

// storeShare is how often in a lease a worker stores what its runs logged. One server has
// many workers.
const storeShare = 6

// train trains a unit until it is settled or ctx ends.
func (w *workerProcess) train(ctx context.Context, q fleet.Queue, u fleet.Unit) fleet.Trained {
	end, ok := w.models.begin(u.Runs[0], q.Needs)
	if !ok {
		return fleet.Trained{Later: memoryAgain}
	}
	defer end()
	place, err := w.place(ctx, q, u.Runs[0])
	if err != nil {
		w.say(fmt.Sprintf("%s %s: left to others: %v", q.Sweep, u.Runs[0].Name, err))
		return fleet.Trained{Later: memoryAgain}
	}
	r := &runner.Runner{
		Trainer: place, Recorder: w.store, Owner: w.self.String(), OwnerDead: ownerDead(w.self, processOf),
		Lease: w.Lease, StoreEvery: w.Lease / storeShare, StoreFrom: w.began, CheckpointEvery: w.CheckpointEvery, Provenance: provenance(w.trainer), Rescale: w.trainer.rescaleAdapter,
		Progress: func(e runner.Event) {
			logEvent(w.log, e)
			w.tell(q, e)
		},
	}
	summary, err := r.TrainUnit(ctx, u)
	if later, ok := errors.AsType[*runner.LaterError](err); ok {
		return fleet.Trained{Later: later.After}
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return fleet.Trained{}
	case err != nil:
		return fleet.Trained{Err: err}
	case len(summary.Mismatches) > 0:
		return fleet.Trained{Trouble: fmt.Sprintf("not equal: %v. Nothing was copied from them; queue them with --no-symmetry to train all", summary.Mismatches[0])}
	case summary.Left > 0:
		return fleet.Trained{}
	}
	return fleet.Trained{Settled: true}
}

// tell prints what became of a run.
func (w *workerProcess) tell(q fleet.Queue, e runner.Event) {
	name := q.Sweep + " " + e.Run.Name
	switch e.Kind {
	case runner.EventBegan:
		if e.Point.Step > 0 {
			w.say(fmt.Sprintf("%s: goes on from step %d", name, e.Point.Step))
		} else {
			w.say(name + ": began")
		}
	case runner.EventRestarted:
		w.say(fmt.Sprintf("%s: begins anew: %v", name, e.Err))
	case runner.EventRequeued:
		w.say(fmt.Sprintf("%s: given back, to go on later: %v", name, e.Err))
	case runner.EventCopied:
		w.say(name + ": copied")
	case runner.EventEnded:
		w.ended(name, e.Outcome)
	}
}

func (w *workerProcess) ended(name string, o sweep.Outcome) {
	w.mu.Lock()
	w.done[o.State]++
	w.mu.Unlock()
	switch o.State {
	case sweep.StatePending:
		w.say(name + ": given back")
	case sweep.StateFailed:
		cause, _, _ := strings.Cut(o.Error, "\n")
		w.say(name + ": failed: " + shorten(cause))
	default:
		w.say(fmt.Sprintf("%s: %s after %s, loss %.4f", name, o.State, humanize.Duration(max(o.Seconds, 1)), o.Loss))
	}
}

// tally sums up what the worker did.
func (w *workerProcess) tally() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var parts []string
	for _, state := range []sweep.State{sweep.StateDone, sweep.StateDiverged, sweep.StateFailed} {
		if n := w.done[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if n := w.done[sweep.StatePending]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d given back", n))
	}
	if len(parts) == 0 {
		return "ended; it trained nothing"
	}
	return "ended: " + strings.Join(parts, ", ")
}

// say prints a line with the time.
func (w *workerProcess) say(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintln(w.out.stdout, time.Now().Format(time.TimeOnly)+" "+sweep.OneLine(text))
}
