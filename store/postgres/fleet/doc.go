// Package fleet hands the runs of a store on a server out to workers on any number of
// machines.
//
//	f := fleet.New(store)
//	_, err := f.Enqueue(ctx, "menus", batches) // what a planner does
//	err = f.Work(ctx, worker)                  // what each worker does, until ctx ends
//
// River (riverqueue/river) queues, orders, schedules and elects. It is not what decides who
// trains a run: that is the store, by leases and numbers of attempts. A job of River is a
// hint that there is something to train, so that one too many does no harm, and one that
// was lost is made anew by the upkeep, which the worker that River elects of a few does every
// few seconds. River takes a job to be alive for as long as it runs, so the upkeep also gives
// those to others whose worker died: it gave no sign of life for the length of its lease,
// and no lease of its runs is good.
//
// A Unit of package runner is what a job trains, and a queue is the units of one arm of a
// sweep whose runs need the same of a worker: so a worker takes or refuses a whole queue, and
// says why.
//
// The package knows River, SQL and what a unit is; it must not know how runs are trained,
// nor where their inputs are.
package fleet
