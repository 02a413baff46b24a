// Package trainer fine-tunes language models with LoRA: one run from
// sweep.Params to sweep.Outcome.
//
// The network is a chain of stages, each a hand-written forward and backward
// pass over package kernel: the embedding, the decoder blocks, the head. Package
// graph makes them the ops of a gorgonia graph, which is differentiated by Grad,
// run on a TapeMachine and stepped by a Solver. The LoRA layer is in lora.go.
//
// A batch is its rows laid end to end, without padding: attention goes row by
// row, everything else over all tokens at once, the last projection over the
// tokens that bear a loss. The figures are those of a padded, masked batch.
//
// A curve depends on its Params and on what Inspect identifies, and on nothing
// else: not on the number of workers, their order, or the CPU.
//
// A run that has less room than its activations take computes them again, block by
// block, on the way back; see SetRoom.
//
// Before training B is zero, and all runs on a model, a dtype and the same batches of held-out
// rows read the same loss: one of them computes it and the others of its Trainer take it
// (untrained.go).
//
// It has a file for each stage of the network and for each part of a run, some 45.
//
//	t := trainer.New(trainer.Options{})
//	inputs, err := t.Inspect(params)
//	outcome, err := t.Train(ctx, sweep.Run{Params: params, Inputs: inputs}, sweep.Observer(observe))
package trainer
