// Package runner trains the runs of a plan that a Recorder does not hold yet, on
// a pool of goroutines, through a Trainer.
//
//	summary, err := (&runner.Runner{Trainer: t, Recorder: r, Workers: 4, ...}).Run(ctx, plan)
//
// Runs that are equal to the bit are trained once and recorded as copies, a share
// of which is trained for proof. Runs are leased, so that several processes share
// a plan, and go on from their last checkpoint. On request, learning rates that
// are clearly worse are stopped early (successive halving). NewReview tells
// beforehand what would become of each run, Certify and Retrain prove bits.
//
// The package knows grids and the interfaces of package sweep; it must not know
// what implements them.
package runner
