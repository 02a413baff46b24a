// Package runner trains the runs of a plan that a Recorder does not hold yet, on
// a pool of goroutines, through a Trainer.
//
//	summary, err := (&runner.Runner{Trainer: t, Recorder: r, Workers: 4, ...}).Run(ctx, plan)
//
// Of runs that are equal to the bit one is trained, and the others are recorded as
// copies of it, except for a share that is trained to prove the equality. Runs are
// leased, so that several processes can share a plan, and go on from their last
// checkpoint. A Pruner may stop runs early; Halving stops those whose learning rate
// is clearly worse than another. NewReview says beforehand what would happen to each
// run. Certify and Retrain train runs to compare their curves bit by bit.
//
// The package knows grids and the interfaces of package sweep; it must not know
// what implements them.
package runner
