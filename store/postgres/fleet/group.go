package fleet

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// How a worker asks River for units.
const (
	askEvery = time.Second
	askSoon  = 100 * time.Millisecond // after one ended
)

// pauseAfter is how long a unit is left alone that another worker has, or that could not be
// read or written.
const pauseAfter = 5 * time.Second

// group is some of a worker's slots, which train units of one queue.
type group struct {
	queue  Queue
	slots  int
	client *river.Client[pgx.Tx]
	active atomic.Int64 // units in training

	cancel   context.CancelFunc // stops what is in training
	stopping bool
	stopped  chan struct{}
}

// startGroup has so many slots of a worker train units of a queue.
func (w *work) startGroup(ctx context.Context, q Queue, slots int) (*group, error) {
	g := &group{queue: q, slots: slots, stopped: make(chan struct{})}
	workers := river.NewWorkers()
	river.AddWorker(workers, &unitWorker{work: w, group: g})
	c := config(w.Log)
	w.groups++
	c.ID = fmt.Sprintf("%s/%d", w.ID, w.groups)
	c.Workers, c.LeaderElectionDisabled = workers, true
	c.Queues = map[string]river.QueueConfig{q.Name: {MaxWorkers: slots, FetchPollInterval: askEvery, FetchCooldown: askSoon}}
	var err error
	g.client, g.cancel, err = w.start(ctx, "ask for units", c)
	return g, err
}

// start starts a client of River, whose work is not ended by the end of ctx but by stop.
func (f *Fleet) start(ctx context.Context, op string, c *river.Config) (client *river.Client[pgx.Tx], stop context.CancelFunc, err error) {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	err = f.store.Await(ctx, op, func() error {
		if client, err = river.NewClient(f.driver, c); err != nil {
			return err
		}
		return client.Start(working)
	})
	if err != nil {
		stop()
		return nil, nil, err
	}
	return client, stop, nil
}

// finish lets the group take no more units. With now, those in training are given back.
func (g *group) finish(now bool) {
	if now {
		g.cancel()
	}
	if g.stopping {
		return
	}
	g.stopping = true
	go func() {
		defer close(g.stopped)
		_ = g.client.Stop(context.Background())
		g.cancel()
	}()
}

// over reports whether River ended.
func (g *group) over() bool {
	select {
	case <-g.stopped:
		return true
	default:
		return false
	}
}

// busy is how many slots the group takes.
func (g *group) busy() int {
	if g.stopping {
		return int(g.active.Load())
	}
	return g.slots
}

// unitWorker trains the units that River hands to a group.
type unitWorker struct {
	river.WorkerDefaults[unitJob]
	work  *work
	group *group
}

// Work trains a unit.
func (u *unitWorker) Work(ctx context.Context, job *river.Job[unitJob]) error {
	u.group.active.Add(1)
	defer u.group.active.Add(-1)
	id := job.Args.Unit
	if !u.work.take(id) {
		return u.giveBack(ctx, job, pauseAfter) // this worker trains it already, for a job that was taken for lost
	}
	defer u.work.leave(id)
	unit, ok, err := u.work.unit(ctx, id)
	if err != nil {
		return u.giveBack(ctx, job, pauseAfter)
	}
	if !ok {
		return nil // it was settled, or cancelled
	}
	t := u.work.Train(ctx, u.group.queue, unit)
	switch {
	case t.Settled || t.Trouble != "":
		return lost(u.work.settle(context.WithoutCancel(ctx), job.ID, id, t.Trouble))
	case t.Err != nil:
		u.work.fail(t.Err)
		return lost(t.Err)
	default:
		return u.giveBack(ctx, job, t.Later)
	}
}

// giveBack has workers try a unit after a while.
func (u *unitWorker) giveBack(ctx context.Context, job *river.Job[unitJob], later time.Duration) error {
	return lost(u.work.release(context.WithoutCancel(ctx), job.ID, job.Args.Unit, later))
}

// lost has River drop a job, after an error of the store: the upkeep queues its unit anew.
// River's own ways to try a job again go by the clock of this machine.
func lost(err error) error {
	if err == nil {
		return nil
	}
	return river.JobCancel(err)
}

// take notes that the worker trains a unit, unless it does.
func (w *work) take(unit int64) bool {
	w.taking.Lock()
	defer w.taking.Unlock()
	if w.units[unit] {
		return false
	}
	w.begin(unit)
	w.wake()
	return true
}

func (w *work) leave(unit int64) {
	w.end(unit)
	w.wake()
}
