package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sweep/sweep"
	"sweep/trainer/gpu"
)

// Options are what a Trainer is made with.
type Options struct {
	// Runs is the folder that has the runs' folders. It is made when it is needed.
	Runs string
	// Lease is after how long without a sign of life from this process a command is ended;
	// 0 is DefaultLease. It should be that of the runs, so that two attempts never train
	// one run at a time.
	Lease time.Duration
	// GPUs shares the GPUs out; nil hands out none, and hides none.
	GPUs *gpu.Pool
	// Memory is how runs share the machine's memory.
	Memory Memory
	// Carry is how many bytes the folder of a run may have that is kept with its checkpoint
	// when the run is given back, so that another machine can go on with it; 0 keeps none.
	Carry int64
}

// Memory says how runs share the memory of the machine. One that ran out of memory is
// refused where About, its GPUs and the machine are what they were, as it would again.
type Memory struct {
	About    string // what else decides how much a run has, in words, such as "4 runs at once"
	TryAgain bool   // refuse none
	How      string // to try one all the same, for people, such as "sweep retry grid.toml"
}

// DefaultLease is for trainers that are told none.
const DefaultLease = 30 * time.Second

// Trainer trains runs by the commands in their Params. It is safe for several goroutines.
type Trainer struct {
	runs     string
	lease    time.Duration
	gpus     *gpu.Pool
	memory   Memory
	carry    int64
	contents *contents
	limits   limits
}

var (
	_ sweep.Trainer   = (*Trainer)(nil)
	_ sweep.Estimator = (*Trainer)(nil)
)

// limits are bounds that tests make smaller.
type limits struct {
	poll    time.Duration // between two looks at a run's files
	log     int64         // bytes that an attempt may print
	keepAll int64         // bytes of a log that is kept whole
	head    int64         // bytes that are kept of the beginning of a longer one
	tail    int64         // and of its end
}

// New returns a Trainer.
func New(o Options) *Trainer {
	t := &Trainer{runs: o.Runs, lease: o.Lease, gpus: o.GPUs, memory: o.Memory, carry: o.Carry, contents: &contents{known: map[string]readFile{}}, limits: limits{200 * time.Millisecond, 1 << 30, 16 << 20, 1 << 20, 4 << 20}}
	if t.lease <= 0 {
		t.lease = DefaultLease
	}
	return t
}

// With returns a Trainer with other options, which reads no file again that this one has
// read.
func (t *Trainer) With(o Options) *Trainer {
	other := New(o)
	other.contents = t.contents
	return other
}

// Train runs the command of a run until it ends. When ctx ends, the command is told to
// end, and Train returns ctx's error once it has, at the latest after its grace period.
// What it logs meanwhile is part of the curve.
//
// The error wraps sweep.ErrRequeue where the run is to be trained later, and
// sweep.ErrOutOfMemory where the memory of the machine or of a GPU did not suffice.
func (t *Trainer) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	if run.Params.Command == nil {
		return sweep.Outcome{}, fmt.Errorf("run %s has no command", run.Name)
	}
	a, err := t.prepare(run, journal)
	if err != nil {
		return sweep.Outcome{}, err
	}
	return a.train(ctx)
}

// prepare makes the run's folder and finds out about earlier attempts.
func (t *Trainer) prepare(run sweep.Run, journal sweep.Journal) (*attempt, error) {
	at, err := folderOf(t.runs, run.Key)
	if err == nil {
		err = t.takeIn(at, run, journal.Checkpoint())
	}
	if err == nil {
		err = at.make()
	}
	if err != nil {
		return nil, err
	}
	a := &attempt{trainer: t, run: run, command: run.Params.Command, journal: journal, folder: at}
	if a.past, err = at.past(); err != nil {
		return nil, err
	}
	a.number = a.past.next()
	if a.rendering, err = newRendering(run, at); err != nil {
		return nil, err
	}
	return a, nil
}

// order is what the supervisor of an attempt is told.
func (a *attempt) order() (o order, err error) {
	o = order{
		Dir: a.command.Dir, RunDir: string(a.folder), Lock: a.folder.own("lock"), Log: a.folder.log(a.number),
		Grace: grace(a.command), Lease: a.trainer.lease, Unfinished: a.past.unfinished,
	}
	if o.Run, err = a.rendering.arguments(); err != nil {
		return o, err
	}
	if a.program, err = find(a.command, o.Run); err != nil {
		return o, err
	}
	o.Run[0] = a.program
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return o, err
	}
	o.Env, err = a.rendering.environment(a.grant.Environment(os.Environ()), a.number, a.deadline())
	return o, err
}

// grace is how long a command may take to end after SIGTERM.
func grace(c *sweep.Command) time.Duration {
	if c.Grace > 0 {
		return c.Grace
	}
	return sweep.DefaultGrace
}
