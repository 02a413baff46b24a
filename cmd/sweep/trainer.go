package main

import (
	"context"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/trainer"
	"sweep/trainer/adapter"
	"sweep/trainer/hub"
	"sweep/trainer/kernel"
)

// fineTuner is what the commands ask of a trainer.
type fineTuner interface {
	sweep.Trainer
	sweep.Inspector
	sweep.RowReader
	sweep.Estimator
	sweep.Sampler
	describe() fineTunerFacts
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

// newFineTuner is the trainer of the commands: they know it as a fineTuner alone.
func newFineTuner() fineTuner { return loraTrainer{trainer.New(trainer.Options{})} }

// loraTrainer is package trainer as a fineTuner.
type loraTrainer struct{ *trainer.Trainer }

func (t loraTrainer) describe() fineTunerFacts {
	facts := fineTunerFacts{numerics: trainer.Numerics, kernels: t.Kernels(), compiler: kernel.Compiler()}
	for _, k := range kernel.All() {
		facts.levels = append(facts.levels, k.Name())
	}
	return facts
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
