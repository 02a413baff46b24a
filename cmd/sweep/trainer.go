package main

import (
	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/adapter"
	"sweep/trainer/kernel"
)

// tuner is what the commands ask of a trainer.
type tuner interface {
	sweep.Trainer
	sweep.Inspector
	sweep.Estimator
	describe() tunerFacts
	// writeAdapter writes the adapter of a run as a folder for other programs.
	writeAdapter(dir string, r sweep.Result) error
	// rescaleAdapter multiplies the factors A and B of an adapter by 2^a and 2^b,
	// as runner.Runner asks for it.
	rescaleAdapter(file []byte, a, b int) ([]byte, error)
}

// tunerFacts are what a trainer says of itself.
type tunerFacts struct {
	numerics int      // version of its arithmetic
	kernels  string   // that it computes with
	levels   []string // of kernels that this processor has the instructions for
	compiler string   // that made them
}

// newTuner is the trainer of the commands: they know it as a tuner alone.
func newTuner() tuner { return loraTuner{trainer.New(trainer.Options{})} }

// loraTuner is package trainer as a tuner.
type loraTuner struct{ *trainer.Trainer }

func (t loraTuner) describe() tunerFacts {
	facts := tunerFacts{numerics: trainer.Numerics, kernels: t.Kernels(), compiler: kernel.Compiler()}
	for _, k := range kernel.All() {
		facts.levels = append(facts.levels, k.Name())
	}
	return facts
}

func (loraTuner) writeAdapter(dir string, r sweep.Result) error { return trainer.WriteAdapter(dir, r) }

func (loraTuner) rescaleAdapter(file []byte, a, b int) ([]byte, error) {
	return adapter.Rescale(file, a, b)
}
