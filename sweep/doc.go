// Package sweep is the vocabulary that all other packages share: the Params of a
// run and the table of their Parameters, a run with what it reads and how it ended
// (Run, Inputs, Point, Outcome, Result), the Key that identifies it, and the exact
// symmetries of LoRA training, by which different runs are equal to the bit (Orbit,
// ApproxOrbit, Rescale).
//
// It owns the interfaces between the packages. A Trainer trains one run and hands
// its points and, now and then, its whole state to a Journal. An Inspector finds
// out what a run would read, a RowReader what its rows are, an Estimator how much memory and work it takes. A
// Recorder keeps runs and their curves, a Store sweeps as well. Whatever stops a run,
// its next attempt goes on from the last state that was kept and ends with the same
// bits.
//
// It imports the standard library alone, and knows neither how a grid is written
// (sweep/grid), how conditions are (sweep/filter), who calls a Trainer
// (sweep/runner), nor gorgonia, SQL or figures. Its 30 files hold a word each, with what
// is always true of it.
package sweep
