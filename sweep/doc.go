// Package sweep is the domain: a question asked of many LoRA fine-tuning runs.
//
// A Spec is the TOML a person writes: arms side by side, each a product of axes
// over fixed and derived values. A Plan is its cells and the Runs that fill
// them, each with full Params; a Runner trains what a Recorder does not yet
// hold, on a pool of goroutines, through a Trainer. Trainer and Recorder are
// interfaces that this package owns and others implement: it knows neither
// gorgonia nor SQL.
//
// A run in training hands its points and, now and then, its whole state to a
// Journal, which the Runner passes on to the Recorder. Whatever stops the run,
// the next attempt goes on from the last state kept and ends with the same bits.
package sweep
