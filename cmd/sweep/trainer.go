package main

import (
	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/adapter"
	"sweep/trainer/kernel"
)

// fineTuner is what the commands ask of a trainer.
type fineTuner interface {
	sweep.Trainer
	sweep.Inspector
	sweep.RowReader
	sweep.Estimator
	describe() fineTunerFacts
	// writeAdapter writes the adapter of a run as a folder for other programs.
	writeAdapter(dir string, r sweep.Result) error
	// rescaleAdapter multiplies the factors A and B of an adapter by 2^a and 2^b,
	// as runner.Runner asks for it.
	rescaleAdapter(file []byte, a, b int) ([]byte, error)
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

func (loraTrainer) writeAdapter(dir string, r sweep.Result) error {
	return trainer.WriteAdapter(dir, r)
}

func (loraTrainer) rescaleAdapter(file []byte, a, b int) ([]byte, error) {
	return adapter.Rescale(file, a, b)
}
