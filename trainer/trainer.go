package trainer

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/hub"
	"sweep/trainer/kernel"
)

// Trainer trains runs. Models, rows and adapters are read once and shared, as is what
// models say of their rows before training.
type Trainer struct {
	kernels   *kernel.Set
	crew      *kernel.Crew // nil: runs compute on the goroutines that train them
	room      int64        // see SetRoom
	models    memo[string, *base]
	rows      memo[rowsKey, *examples]
	adapters  memo[adapterKey, *startingAdapter]
	untrained untrainedBy
	hub       func() (*hub.Client, error) // made on the first call
	found     memo[source, *hub.Found]
	templates memo[templateKey, chatTemplate]
	hashes    memo[fileState, string] // SHA-256 of files, hex
}

var (
	_ sweep.Trainer   = (*Trainer)(nil)
	_ sweep.Inspector = (*Trainer)(nil)
)

// Options choose how a Trainer computes. No option moves a bit of a curve.
type Options struct {
	Kernels *kernel.Set // nil: the widest this machine runs
	Cores   int         // to train on: where there are more of them than runs, a run is on several; 0: a run is on one
}

// New returns a Trainer that has read nothing yet.
func New(o Options) *Trainer {
	if o.Kernels == nil {
		o.Kernels = kernel.Best()
	}
	t := &Trainer{kernels: o.Kernels, hub: sync.OnceValues(hub.FromEnvironment)}
	if o.Cores > 0 {
		t.crew = kernel.NewCrew(o.Cores)
	}
	return t
}

// Expect has a run share the cores with so many runs, itself included, whether these train
// or not, until over is called.
func (t *Trainer) Expect(runs int) (over func()) { return t.crew.Expect(runs) }

// SetRoom says how many bytes a run may take beside its model. One that would take more
// computes its activations again for the backward pass, a block at a time, in place of
// keeping those of all blocks: a step takes up to a third longer. No bit of a curve moves.
// With 0, as at first, all keep them. It is said before runs are estimated or trained.
func (t *Trainer) SetRoom(bytes int64) { t.room = bytes }

// Kernels names the instruction set the trainer runs on.
func (t *Trainer) Kernels() string { return t.kernels.Name() }

// Train trains one run; see sweep.Trainer.
func (t *Trainer) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	outcome, s, err := t.train(ctx, run, journal)
	if err != nil || run.Params.Method == "full" || outcome.State != sweep.StateDone {
		return outcome, err
	}
	outcome.Adapter, err = adapter.Encode(s.model.adapter())
	return outcome, err
}

// Pretrain trains every weight as p says, with method "full", and returns the
// tensors by their Hugging Face names.
func (t *Trainer) Pretrain(ctx context.Context, p sweep.Params, observe func(sweep.Point) error) (sweep.Outcome, map[string][]float32, error) {
	if p.Method != "full" {
		return sweep.Outcome{}, nil, fmt.Errorf("pretrain: method is %q, want \"full\"", p.Method)
	}
	outcome, s, err := t.train(ctx, sweep.Run{Params: p}, sweep.Observer(observe))
	if err != nil {
		return outcome, nil, err
	}
	tensors := map[string][]float32{}
	for _, q := range s.model.parameters() {
		tensors[q.name] = q.value
	}
	return outcome, tensors, nil
}

func (t *Trainer) train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, *session, error) {
	s, err := t.session(run.Params)
	if err != nil {
		return sweep.Outcome{}, nil, err
	}
	s.key = run.Key
	leave, err := t.crew.Join(s.pass.k)
	if err != nil {
		return sweep.Outcome{}, nil, errors.Join(err, s.graph.Close())
	}
	defer leave()
	outcome, err := s.run(ctx, journal)
	return outcome, s, errors.Join(err, s.graph.Close())
}

// session lays out a run.
func (t *Trainer) session(p sweep.Params) (*session, error) {
	b, rows, err := t.read(p)
	if err != nil {
		return nil, err
	}
	targets, err := adaptedModules(b.Config, p)
	if err != nil {
		return nil, err
	}
	start, err := t.start(b, p, targets)
	if err != nil {
		return nil, err
	}
	var w weights = newTrained(b.Model)
	if p.Method == "lora" {
		if w, err = b.frozen(p.DType); err != nil {
			return nil, err
		}
	}
	var from *adapter.Adapter
	if start != nil {
		from = start.Adapter
	}
	f, err := t.footprintOf(b, p, rows.judged())
	if err != nil {
		return nil, err
	}
	s, err := newSession(&memory{recompute: f.again}, t.kernels, b.Config, w, rows, from, p)
	if err != nil {
		return nil, err
	}
	s.numerics = numerics(b, rows, p)
	if p.Method == "lora" {
		s.shareStart(&t.untrained, b.hash)
	}
	return s, nil
}
