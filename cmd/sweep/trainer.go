package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/probe"
	"sweep/trainer"
	"sweep/trainer/adapter"
	"sweep/trainer/command"
	"sweep/trainer/gpu"
	"sweep/trainer/hub"
	"sweep/trainer/kernel"
)

// fineTuner is what the commands ask of a trainer.
type fineTuner interface {
	sweep.Trainer
	sweep.Inspector
	sweep.Noter
	// Expect has a run share the cores with so many runs, itself included, whether these
	// train or not, until over is called.
	Expect(runs int) (over func())
	sweep.RowReader
	sweep.Estimator
	sweep.Sampler
	sweep.InputLister
	describe() fineTunerFacts
	// bench measures the speed of training.
	bench(ctx context.Context, b benchSettings) (benchFigures, error)
	// anew is this trainer as it was before it read anything.
	anew() fineTuner
	// makeRoom finds the GPUs for runs that commands train, of those that are named, and
	// shares them out from then on. It fails if a run asks for more than there are.
	makeRoom(ctx context.Context, named string, runs []sweep.Run) (room, error)
	// roomFor says what there is for runs, of the GPUs that makeRoom found.
	roomFor(runs []sweep.Run) (room, error)
	// setRoom has runs of the built-in trainer that would take more bytes than that, beside
	// their model, compute activations again; 0: none.
	setRoom(bytes int64)
	// shareMemory says how many runs of commands share the memory of the machine, and with
	// which command line those are tried again that ran out of it: this one, if now is set.
	shareMemory(runs int, again string, now bool)
	// refuses reports whether a run that failed would not be trained again, as it ran out of
	// memory and would have the same again.
	refuses(run sweep.Run) (bool, error)
	// carry has the folders of runs that commands train go along with their checkpoints, where
	// these have so many bytes or less.
	carry(limit int64)
	// commandLine is the program and the arguments that train a run by its command, and the
	// folder that it runs in.
	commandLine(sweep.Run) (words []string, dir string, err error)
	// kept tells what the folder of a run that a command trains holds, and discard removes
	// the folder.
	kept(key string) (keptRun, error)
	discard(key string) error
	// factors are those of the adapter that a run has, or left in its folder, none where
	// there is none, and memoryOf is what the largest process of a command took.
	factors(run sweep.Run, o sweep.Outcome) ([]probe.Factor, error)
	memoryOf(run sweep.Run) (bytes int64, err error)
	// describeGPUs says which GPUs this process may use, "" for none, and what could not be
	// told of them.
	describeGPUs(ctx context.Context) (about string, notes []string, err error)
	// leftAdapters are the folders with an adapter that the command of a run left in the
	// run's folder, and copyAdapter writes one of them to another folder and returns its base
	// model, which it replaces by base unless that is "".
	leftAdapters(key string) (folders []string, err error)
	copyAdapter(to, from, base string) (model string, err error)
	// find looks up what a name on the Hugging Face hub stands for, and tells watch
	// how it gets on.
	find(ctx context.Context, use grid.HubUse, watch func(fetching)) (onHub, error)
	// writeAdapter writes the adapter of a run as a folder for other programs.
	writeAdapter(to exported) error
	// writeMerged writes the model of a run with its adapter merged into it, and reports
	// whether its tokenizer is there too.
	writeMerged(ctx context.Context, to exported) (tokenizer bool, err error)
	// rescaleAdapter multiplies the factors A and B of an adapter by 2^a and 2^b,
	// as runner.Runner asks for it.
	rescaleAdapter(file []byte, a, b int) ([]byte, error)
}

// exported is a run on its way to other programs.
type exported struct {
	dir    string // to write to
	result sweep.Result
	base   string // where other programs find the model, or what they call it
	card   string // README.md

	dtype string // of merged weights, "" for the model's own
	shard int64  // bytes above which merged weights are split, 0 for the usual
}

// fineTunerFacts are what a trainer says of itself.
type fineTunerFacts struct {
	numerics int      // version of its arithmetic
	kernels  string   // that it computes with
	levels   []string // of kernels that this processor has the instructions for
	compiler string   // that made them
}

// newFineTuner is the trainer of the verbs, which know it as a fineTuner alone, where no
// run is trained that a command trains.
func newFineTuner() fineTuner { return newFineTunerIn("", 0) }

// newFineTunerIn is newFineTuner where runs train: the folder has those of runs that
// commands train, and the lease is that of runs.
func newFineTunerIn(folders string, lease time.Duration) fineTuner {
	t := &trainers{loraTrainer: loraTrainer{trainer.New(trainer.Options{Cores: cores})}, options: command.Options{Runs: folders, Lease: lease}}
	t.command = command.New(t.options)
	return t
}

func (t *trainers) carry(limit int64) {
	t.options.Carry = limit
	t.command = t.command.With(t.options)
}

func (t *trainers) anew() fineTuner {
	return &trainers{loraTrainer{trainer.New(trainer.Options{Cores: cores})}, t.options, t.command, t.machine}
}

// supervise does the work of a process that watches a command, where the arguments say
// that this is one, and returns its exit code.
func supervise(args []string) (code int, ok bool) {
	if len(args) != 1 || args[0] != command.SupervisorArgument {
		return 0, false
	}
	return command.Supervise(), true
}

// keptRun is what there is of a run in its folder.
type keptRun = command.Kept

// loraTrainer is package trainer as a part of a fineTuner.
type loraTrainer struct{ *trainer.Trainer }

func (t loraTrainer) describe() fineTunerFacts {
	facts := fineTunerFacts{numerics: trainer.Numerics, kernels: t.Kernels(), compiler: kernel.Compiler()}
	for _, k := range kernel.All() {
		facts.levels = append(facts.levels, k.Name())
	}
	return facts
}

func (t loraTrainer) bench(ctx context.Context, b benchSettings) (benchFigures, error) {
	m, err := t.Bench(ctx, trainer.Bench{Params: b.params, Shape: b.shape, Workers: b.workers, Cores: b.cores, For: b.time})
	if err != nil {
		return benchFigures{}, err
	}
	f := benchFigures{
		weights: m.Weights, tokens: m.TokensPerSecond, operations: m.Operations, peak: m.Peak, step: m.StepTime,
		allocations: m.Allocations, allocated: m.AllocatedBytes, model: m.ModelBytes, run: m.RunBytes,
	}
	for _, phase := range m.Phases {
		share, atPeak := m.Shares(phase)
		f.phases = append(f.phases, phaseTime{phase.Name, phase.Time, share, atPeak})
	}
	return f, nil
}

func (t loraTrainer) find(ctx context.Context, use grid.HubUse, watch func(fetching)) (onHub, error) {
	found, err := t.FindOnHub(ctx, use.Parameter, use.Name, watching(watch))
	if err != nil {
		return onHub{}, err
	}
	missing := found.Missing()
	return onHub{
		name: found.Name.String(), note: found.Note, files: len(missing), bytes: hub.Size(missing), cache: found.Cache(),
		fetch: func(ctx context.Context, watch func(fetching)) error { return found.Fetch(ctx, watching(watch)) },
	}, nil
}

func watching(watch func(fetching)) hub.Watch {
	return func(p hub.Progress) { watch(fetching{p.File, p.Done, p.Total, p.Waiting, p.Cause}) }
}

func (loraTrainer) writeAdapter(to exported) error { return trainer.WriteAdapter(to.export()) }

func (t loraTrainer) writeMerged(ctx context.Context, to exported) (tokenizer bool, err error) {
	return t.WriteMerged(ctx, trainer.Merge{Export: to.export(), DType: to.dtype, Shard: to.shard})
}

func (e exported) export() trainer.Export {
	return trainer.Export{Dir: e.dir, Result: e.result, Base: e.base, Card: e.card}
}

func (loraTrainer) rescaleAdapter(file []byte, a, b int) ([]byte, error) {
	return adapter.Rescale(file, a, b)
}

// trainers is the built-in trainer and that of commands, as one: the Params of a run say
// which of them trains it.
type trainers struct {
	loraTrainer
	options command.Options
	command *command.Trainer
	machine gpu.Machine // whose GPUs are shared out
}

var _ fineTuner = (*trainers)(nil)

// ownTrainer is what each of the two does for the runs that are its own.
type ownTrainer interface {
	sweep.Trainer
	sweep.Noter
	sweep.Estimator
	sweep.InputLister
	Inspect(p sweep.Params) (sweep.Inputs, error)
}

// of is the trainer of a run.
func (t *trainers) of(p sweep.Params) ownTrainer {
	if p.Command != nil {
		return t.command
	}
	return t.loraTrainer
}

// Train trains a run.
func (t *trainers) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	return t.of(run.Params).Train(ctx, run, journal)
}

// Inspect checks what a run would read.
func (t *trainers) Inspect(p sweep.Params) (sweep.Inputs, error) { return t.of(p).Inspect(p) }

// InputFiles lists what a run would read.
func (t *trainers) InputFiles(p sweep.Params) ([]sweep.Input, error) { return t.of(p).InputFiles(p) }

// InputFile lists what a run would read of one parameter.
func (t *trainers) InputFile(parameter string, p sweep.Params) (sweep.Input, error) {
	return t.of(p).InputFile(parameter, p)
}

// Notes are for a person on what a run would read.
func (t *trainers) Notes(p sweep.Params) ([]string, error) { return t.of(p).Notes(p) }

// Estimate estimates what a run takes.
func (t *trainers) Estimate(p sweep.Params) (sweep.Estimate, error) { return t.of(p).Estimate(p) }

// readsOwnRows is the error of asking for the rows of a run that a command trains.
func readsOwnRows(p sweep.Params) error {
	if p.Command == nil {
		return nil
	}
	return fmt.Errorf("%s trains the run, and reads its rows itself: what they are is not known here", sweep.ProgramOf(p.Command))
}

// Rows sums up the rows of a run.
func (t *trainers) Rows(p sweep.Params) (sweep.RowSummary, error) {
	if err := readsOwnRows(p); err != nil {
		return sweep.RowSummary{}, err
	}
	return t.loraTrainer.Rows(p)
}

// FirstRows returns the first rows that a run trains on.
func (t *trainers) FirstRows(p sweep.Params, n int) ([]sweep.SeenRow, error) {
	if err := readsOwnRows(p); err != nil {
		return nil, err
	}
	return t.loraTrainer.FirstRows(p, n)
}

// makeRoom finds the GPUs for runs.
func (t *trainers) makeRoom(ctx context.Context, named string, runs []sweep.Run) (room, error) {
	machine, err := gpu.Find(ctx, gpu.Request{Named: named})
	if err != nil {
		return room{}, err
	}
	t.machine = machine
	t.options.GPUs = gpu.NewPool(machine)
	t.command = t.command.With(t.options)
	return t.roomFor(runs)
}

// roomFor says what there is for runs.
func (t *trainers) roomFor(runs []sweep.Run) (room, error) {
	r := room{gpus: gpu.Describe(t.machine.Devices), hidden: t.machine.Hidden, notes: t.machine.Notes}
	pool := t.options.GPUs
	var shares []float64
	for _, run := range runs {
		share := pool.Share(run.Params.Command.GPUs)
		if slices.Contains(shares, share) {
			continue
		}
		if err := errors.Join(pool.Check(share), ownGPUs(run.Params.Command, share)); err != nil {
			return r, fmt.Errorf("run %s: %w", run.Name, err)
		}
		shares = append(shares, share)
		if fit := pool.Capacity(share); share > 0 {
			r.atOnce = max(r.atOnce, fit)
		}
	}
	if len(shares) == 1 && shares[0] > 0 {
		r.share = strconv.FormatFloat(shares[0], 'g', 3, 64)
	}
	return r, nil
}

func (t loraTrainer) setRoom(bytes int64) { t.SetRoom(bytes) }

func (t *trainers) shareMemory(runs int, again string, now bool) {
	t.options.Memory = command.Memory{About: humanize.Count(runs, "run") + " at once", TryAgain: now, How: again}
	t.command = t.command.With(t.options)
}

func (t *trainers) refuses(run sweep.Run) (bool, error) {
	if !run.ByCommand() {
		return false, nil
	}
	return t.command.Refuses(run)
}

// ownGPUs refuses a command whose own variables hand out what its share of the GPUs does.
func ownGPUs(c *sweep.Command, share float64) error {
	for _, name := range gpu.Variables() {
		if _, ok := c.Env[name]; ok && share > 0 {
			return fmt.Errorf("env sets %s, which gpus = %g sets: leave it out, and name GPUs with --gpus; or write gpus = 0", name, share)
		}
	}
	return nil
}

func (*trainers) describeGPUs(ctx context.Context) (about string, notes []string, err error) {
	machine, err := gpu.Find(ctx, gpu.Request{})
	return gpu.Describe(machine.Devices), machine.Notes, err
}

func (t *trainers) commandLine(run sweep.Run) (words []string, dir string, err error) {
	return t.command.CommandLine(run)
}

func (t *trainers) kept(key string) (keptRun, error) { return t.command.Kept(key) }

func (t *trainers) discard(key string) error { return t.command.Remove(key) }

func (t *trainers) leftAdapters(key string) ([]string, error) { return t.command.Adapters(key) }

func (*trainers) copyAdapter(to, from, base string) (model string, err error) {
	return adapter.Copy(to, from, base)
}

func (t *trainers) factors(run sweep.Run, o sweep.Outcome) (all []probe.Factor, err error) {
	file := o.Adapter
	if run.Params.Command != nil {
		file, err = t.command.Adapter(run.Key)
	}
	if file == nil || err != nil {
		return nil, err
	}
	modules, err := adapter.Decode(file)
	for name, m := range modules {
		all = append(all,
			probe.Factor{Module: name, R: m.R, Width: len(m.A) / max(m.R, 1), Values: m.A},
			probe.Factor{Module: name, B: true, R: m.R, Width: len(m.B) / max(m.R, 1), Values: m.B})
	}
	return all, err
}

func (t *trainers) memoryOf(run sweep.Run) (bytes int64, err error) {
	kept, err := t.command.Kept(run.Key)
	for _, a := range kept.Attempts {
		bytes = max(bytes, a.Memory)
	}
	return bytes, err
}
