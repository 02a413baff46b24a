package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// How often a worker looks at the queues, and gives a sign of life, as a part of its lease.
const (
	lookEvery   = 2 * time.Second
	lookBusy    = 5 * time.Second // where all slots are taken
	signalShare = 3
)

// askAgain is how long a queue that a worker refused is left alone: what it lacked may be
// there then.
const askAgain = time.Minute

// work is one call of Fleet.Work.
type work struct {
	*Fleet
	*Worker
	state

	taking    sync.Mutex // held to take a unit
	upkeep    *upkeeper  // nil until there is a queue
	running   []*group
	groups    int // that there ever were
	refusedAt map[string]time.Time

	failed chan error
	woken  chan struct{}
}

// Work trains units of all queues that suit the worker, until ctx ends or there was nothing
// to do for IdleExit. Then units in training are given back, with checkpoints. The error
// is the store's.
func (f *Fleet) Work(ctx context.Context, worker Worker) error {
	w := &work{
		Fleet: f, Worker: &worker, state: state{units: map[int64]bool{}, refused: map[string]string{}},
		refusedAt: map[string]time.Time{}, failed: make(chan error, 1), woken: make(chan struct{}, 1),
	}
	if err := f.signal(ctx, w.Worker, &w.state, ""); err != nil {
		return err
	}
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	var kept sync.WaitGroup
	kept.Go(func() { w.signals(keeping) })
	why, err := w.loop(ctx)
	var ending sync.WaitGroup
	ending.Go(w.upkeep.stop)
	w.giveBack()
	ending.Wait()
	stopKeeping()
	kept.Wait()
	return cmp.Or(err, f.signal(context.WithoutCancel(ctx), w.Worker, &w.state, why))
}

// signals gives signs of life until ctx ends.
func (w *work) signals(ctx context.Context) {
	tick := time.NewTicker(w.Lease / signalShare)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.woken:
		}
		if err := w.signal(ctx, w.Worker, &w.state, ""); err != nil && ctx.Err() == nil {
			w.fail(err)
		}
	}
}

// wake has the worker say at once what it does.
func (w *work) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// fail ends the worker: the store is gone.
func (w *work) fail(err error) {
	select {
	case w.failed <- err:
	default:
	}
}

// loop shares the worker's slots out among the queues, until it is to end. It returns why.
func (w *work) loop(ctx context.Context) (why string, err error) {
	there := false // River's tables are
	busy := time.Now()
	for {
		if !there {
			there, err = w.prepared(ctx)
		}
		if err == nil && there {
			w.upkeep, err = w.keep(ctx, w.upkeep)
		}
		var queues []outlook
		if err == nil && there {
			queues, err = w.outlooks(ctx)
		}
		if err == nil {
			err = w.share(ctx, queues)
		}
		if ctx.Err() != nil {
			return "it was told to", nil
		}
		if err != nil {
			return err.Error(), err
		}
		if w.busySlots() > 0 || w.awaits(queues) {
			busy = time.Now()
		}
		if w.IdleExit > 0 && time.Since(w.idleSince(busy)) >= w.IdleExit {
			return "there was nothing to do", nil
		}
		select {
		case <-ctx.Done():
		case err := <-w.failed:
			return err.Error(), err
		case <-time.After(w.lookAgain()):
		}
	}
}

// leaveWithin is how long River may take to end where no unit is in training. Where the server
// is gone, it would try for half a minute to tell it what the store told it already.
const leaveWithin = 2 * time.Second

// lookAgain is how long until the worker looks at the queues again.
func (w *work) lookAgain() time.Duration {
	if w.busySlots() >= w.Slots {
		return lookBusy
	}
	return lookEvery
}

// giveBack ends all groups, and waits until their units are given back.
func (w *work) giveBack() {
	for _, g := range w.running {
		g.finish(true)
	}
	leave := time.Now().Add(leaveWithin)
	for _, g := range w.running {
		for !g.over() && (g.active.Load() > 0 || time.Now().Before(leave)) {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// busySlots is how many units are in training.
func (w *work) busySlots() (n int) {
	for _, g := range w.running {
		n += int(g.active.Load())
	}
	return n
}

// awaits reports whether there are units that the worker is to train, and that River has not
// handed to it yet.
func (w *work) awaits(queues []outlook) bool {
	return slices.ContainsFunc(queues, func(o outlook) bool { return o.waiting && !o.paused && !w.refuses(o.name) })
}

// share starts and ends groups, so that no slot is idle while a queue has units for it.
func (w *work) share(ctx context.Context, queues []outlook) error {
	w.forget(queues)
	w.running = slices.DeleteFunc(w.running, (*group).over)
	free := w.Slots
	elsewhere := slices.ContainsFunc(queues, func(o outlook) bool { return o.waiting && !o.paused && !w.served(o.name) })
	for _, g := range w.running {
		i := slices.IndexFunc(queues, func(o outlook) bool { return o.name == g.queue.Name })
		switch {
		case i < 0:
			g.finish(false) // it has no units but those in training
		case queues[i].paused:
			g.finish(true)
		case !queues[i].waiting && g.active.Load() < int64(g.slots) && elsewhere:
			g.finish(false)
		}
		free -= g.busy()
	}
	for _, o := range queues {
		if free <= 0 {
			break
		}
		if o.paused || !o.waiting || w.served(o.name) {
			continue
		}
		g, err := w.open(ctx, o.name, free)
		if err != nil {
			return err
		}
		if g != nil {
			w.running = append(w.running, g)
			free -= g.slots
		}
	}
	return nil
}

// served reports whether a group asks for units of a queue.
func (w *work) served(queue string) bool {
	return slices.ContainsFunc(w.running, func(g *group) bool {
		return g.queue.Name == queue && !g.stopping && g.active.Load() < int64(g.slots)
	})
}

// open has at most so many slots train units of a queue. There is no group where the queue
// does not suit the worker.
func (w *work) open(ctx context.Context, name string, free int) (*group, error) {
	if time.Since(w.refusedAt[name]) < askAgain {
		return nil, nil
	}
	q, there, err := w.queue(ctx, name)
	if err != nil || !there {
		return nil, err
	}
	slots, err := w.Suits(ctx, q)
	if err != nil && ctx.Err() == nil {
		w.refusedAt[name] = time.Now()
		if w.refuse(name, err.Error()) {
			w.Log.Warn("refused", "sweep", q.Sweep, "arm", q.Arm, "why", err.Error())
			w.wake()
		}
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, nil
	}
	w.refuse(name, "")
	if slots > 0 {
		for _, g := range w.running {
			if g.queue.Name == name {
				slots -= g.busy()
			}
		}
		if free = min(free, slots); free <= 0 {
			return nil, nil
		}
	}
	return w.startGroup(ctx, q, free)
}
