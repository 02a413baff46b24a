package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"sweep/sweep"
	"sweep/trainer/command/metrics"
	"sweep/trainer/gpu"
)

// attempt is one attempt at a run.
type attempt struct {
	trainer   *Trainer
	run       sweep.Run
	command   *sweep.Command
	journal   sweep.Journal
	folder    folder
	past      past
	number    int
	rendering *rendering
	grant     *gpu.Grant
	program   string // path of it

	metrics    *metrics.Follower
	supervised *supervised
	began      time.Time // when the program was started
	heard      time.Time // when it logged something last; began before that
	logged     bool      // it logged something in this attempt
	last       int       // last step of the curve
	speed      speed
	over       error // why it is to end, nil while it is not
	lost       error // of the journal, or of reading the metrics
}

// deadline is the time at which the program is ended, zero for none.
func (a *attempt) deadline() time.Time {
	if a.command.Timeout == 0 {
		return time.Time{}
	}
	return time.Now().Add(a.command.Timeout)
}

// train runs the program to its end.
func (a *attempt) train(ctx context.Context) (sweep.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return sweep.Outcome{}, err
	}
	if files, err := a.trainer.contents.read(a.command); err != nil || files.hash != a.run.Inputs.Command {
		return sweep.Outcome{}, cmp.Or(err, errChanged)
	}
	if err := a.acquire(ctx); err != nil {
		return sweep.Outcome{}, err
	}
	defer a.grant.Release()
	o, err := a.order()
	if err != nil {
		return sweep.Outcome{}, err
	}
	if a.supervised, err = supervise(o); err != nil {
		return sweep.Outcome{}, fmt.Errorf("start the process that watches the program: %w", err)
	}
	defer a.supervised.close()
	if err := a.await(ctx, reportLocked); err != nil {
		return sweep.Outcome{}, err
	}
	if err := a.takeUp(o); err != nil {
		return sweep.Outcome{}, err
	}
	a.supervised.send(signGo)
	if err := a.await(ctx, reportStarted); err != nil {
		return sweep.Outcome{}, err
	}
	e, err := a.follow(ctx)
	if err != nil {
		return sweep.Outcome{}, err
	}
	return a.conclude(ctx, e)
}

// acquire waits for the run's share of the GPUs.
func (a *attempt) acquire(ctx context.Context) (err error) {
	a.grant = &gpu.Grant{}
	if pool := a.trainer.gpus; pool != nil {
		a.grant, err = pool.Acquire(ctx, pool.Share(a.command.GPUs))
	}
	return err
}

// await waits for a report of the supervisor's, while this process shows that it lives.
func (a *attempt) await(ctx context.Context, kind reportKind) error {
	alive := time.NewTicker(a.trainer.lease / signsALease)
	defer alive.Stop()
	done := ctx.Done()
	for {
		select {
		case r, open := <-a.supervised.reports:
			switch {
			case !open:
				return errors.Join(ctx.Err(), errSupervisorGone)
			case r.Kind == reportRefused && ctx.Err() != nil:
				return ctx.Err()
			case r.Kind == reportRefused:
				return errors.New(r.Error)
			case r.Kind == kind:
				return nil
			}
		case <-alive.C:
			a.supervised.send(signAlive)
		case <-done:
			done = nil
			a.supervised.send(signStop)
		}
	}
}

// signsALease is how many signs of life there are in a lease.
const signsALease = 4

var errSupervisorGone = errors.New("the process that watches the program was killed")

// takeUp reads what earlier attempts logged, gives it to the journal, and gets the run's
// folder ready. Nothing of an earlier attempt runs any more.
func (a *attempt) takeUp(o order) (err error) {
	now := time.Now()
	attempts := append(a.folder.attempts(a.past), metrics.Attempt{Number: a.number, Log: a.folder.log(a.number), File: a.folder.metrics(a.number), Began: now})
	a.metrics, err = metrics.Follow(metrics.Options{Dir: string(a.folder), Metrics: a.command.Metrics, Steps: a.run.Params.Steps, Attempts: attempts})
	if err != nil {
		return err
	}
	if err := a.restore(); err != nil {
		return err
	}
	if err := a.rendering.write(); err != nil {
		return err
	}
	if err := a.refuseAgain(); err != nil {
		return err
	}
	a.began, a.heard = now, now
	return a.folder.add(record{Attempt: a.number, Began: &now, Run: o.Run, Room: a.room()})
}

// restore gives the journal the curve that earlier attempts left, as far as it differs
// from what it has.
func (a *attempt) restore() error {
	have, curve := a.journal.Checkpoint().Points, a.metrics.Curve()
	if n := len(curve); n > 0 {
		a.last = curve[n-1].Step
	}
	if len(have) > len(curve) || sweep.HashCurve(have) != sweep.HashCurve(curve[:len(have)]) {
		return a.take(metrics.Change{Points: curve, Rewrites: true})
	}
	return a.take(metrics.Change{Points: curve[len(have):]})
}

// take passes on what changed in the curve.
func (a *attempt) take(c metrics.Change) error {
	if c.None() {
		return nil
	}
	if n := len(c.Points); n > 0 {
		a.last = c.Points[n-1].Step
	}
	if c.Rewrites {
		if err := a.journal.Rewrite(c.From, c.Points); err != nil {
			return err
		}
	} else {
		for _, p := range c.Points {
			if err := a.journal.Observe(p); err != nil {
				return err
			}
		}
	}
	a.save()
	return nil
}

// marker is the state of a run for the journal. What the run goes on from is in its
// folder.
func marker() []byte { return []byte("in the run's folder") }

// follow passes on what the program logs until nothing of it is left, and ends it where
// that is called for.
func (a *attempt) follow(ctx context.Context) (exit, error) {
	tick := time.NewTicker(a.trainer.limits.poll)
	defer tick.Stop()
	signed := time.Now()
	done := ctx.Done()
	for {
		select {
		case r, open := <-a.supervised.reports:
			if !open {
				endLeftovers(string(a.folder))
				return exit{}, errors.Join(ctx.Err(), errSupervisorGone)
			}
			if r.Kind == reportEnded {
				return r.Exit, nil
			}
		case <-done:
			done = nil
			a.end(ctx.Err())
		case now := <-tick.C:
			if now.Sub(signed) >= a.trainer.lease/signsALease {
				signed = now
				a.supervised.send(signAlive)
			}
			a.look(now)
		}
	}
}

// end tells the program to end, if nothing did before.
func (a *attempt) end(why error) {
	if a.over != nil {
		return
	}
	a.over = why
	if _, long := errors.AsType[*longLogError](why); long {
		a.supervised.send(signKill) // the disk may be full before it listens
		return
	}
	a.supervised.send(signStop)
}

// look passes on what is new, and ends the program if it takes or prints too much.
func (a *attempt) look(now time.Time) {
	if a.lost == nil {
		a.lost = a.read(a.metrics.Poll)
	}
	if a.lost != nil {
		a.end(a.lost)
		return
	}
	if why := a.tooLong(now); why != nil {
		a.end(why)
	}
}

// read passes on how the curve changed.
func (a *attempt) read(look func() (metrics.Change, error)) error {
	change, err := look()
	if err == nil && !change.None() {
		a.heard, a.logged = time.Now(), true
		if a.speed.see(change.Points, a.heard) {
			a.journal.Speed(a.speed.tokensPerSecond)
		}
		err = a.take(change)
	}
	return err
}

// tooLong says which limit the program is beyond, nil for none.
func (a *attempt) tooLong(now time.Time) error {
	c := a.command
	quiet := now.Sub(a.heard)
	switch {
	case c.Timeout > 0 && now.Sub(a.began) > c.Timeout:
		return fmt.Errorf("it took longer than timeout = %q, and was at step %d of %d", c.Timeout, a.last, a.run.Params.Steps)
	case c.StartTimeout > 0 && !a.logged && quiet > c.StartTimeout:
		return fmt.Errorf("it logged no metric within start_timeout = %q", c.StartTimeout)
	case c.QuietTimeout > 0 && a.logged && quiet > c.QuietTimeout:
		return fmt.Errorf("it logged no metric for longer than quiet_timeout = %q, after step %d of %d", c.QuietTimeout, a.last, a.run.Params.Steps)
	}
	if info, err := os.Stat(a.folder.log(a.number)); err == nil && info.Size() > a.trainer.limits.log {
		return &longLogError{a.trainer.limits.log}
	}
	return nil
}

// longLogError says that a program printed too much.
type longLogError struct{ limit int64 }

func (e *longLogError) Error() string {
	return fmt.Sprintf("it printed more than %s, and was ended; have it print less", sweep.FormatBytes(e.limit))
}
