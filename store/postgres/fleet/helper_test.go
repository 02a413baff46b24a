package fleet_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"sweep/store/postgres"
	"sweep/store/postgres/fleet"
	"sweep/sweep"
	"sweep/sweep/runner"
)

// helper is a process of the test program that works instead of testing.
type helper struct {
	Store   string
	ID      string
	Workers int           // that share the process
	Stores  int           // that they share; 0 is one
	Ramp    time.Duration // in which they begin
	Slots   int           // of each
	Lease   time.Duration // of each
	Tick    time.Duration // how often a run has points; 0 for a run that takes no time
	Points  int           // at a time
	State   int           // bytes of a checkpoint
	Keep    time.Duration // how often there is one; 0 is checkpointEvery
}

// variable holds what a helper is to do.
const variable = "SWEEP_FLEET_HELPER"

// asHelper works until it is told to end, or the process that began it ended, if this
// process is a helper.
func asHelper() (code int, is bool) {
	text := os.Getenv(variable)
	if text == "" {
		return 0, false
	}
	var h helper
	err := json.Unmarshal([]byte(text), &h)
	if err == nil {
		err = h.work()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

func (h helper) work() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	stores := make([]*postgres.Store, max(1, h.Stores))
	fleets := make([]*fleet.Fleet, len(stores))
	for i := range stores {
		var err error
		if stores[i], err = postgres.Open(h.Store, sweep.DefaultPatience()); err != nil {
			return err
		}
		fleets[i] = fleet.New(stores[i])
	}
	errs := make([]error, h.Workers)
	var workers sync.WaitGroup
	for i := range h.Workers {
		s, f := stores[i%len(stores)], fleets[i%len(stores)]
		workers.Go(func() {
			select {
			case <-time.After(h.Ramp * time.Duration(i) / time.Duration(h.Workers)): // so that they are out of step
			case <-ctx.Done():
			}
			errs[i] = f.Work(ctx, h.worker(s, fmt.Sprintf("%s/%d", h.ID, i)))
		})
	}
	workers.Wait()
	for _, s := range stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func (h helper) worker(s *postgres.Store, id string) fleet.Worker {
	began := time.Now()
	return fleet.Worker{
		ID: id, About: fleet.About{Host: h.ID, PID: os.Getpid(), Slots: h.Slots}, Slots: h.Slots, Lease: h.Lease,
		Log:   slog.New(slog.DiscardHandler),
		Suits: func(context.Context, fleet.Queue) (int, error) { return 0, nil },
		Train: func(ctx context.Context, _ fleet.Queue, u fleet.Unit) fleet.Trained {
			r := &runner.Runner{Trainer: h, Recorder: s, Owner: id, Lease: h.Lease, StoreEvery: h.Lease / 6, StoreFrom: began, CheckpointEvery: cmp.Or(h.Keep, checkpointEvery)}
			summary, err := r.TrainUnit(ctx, u)
			if later, ok := errors.AsType[*runner.LaterError](err); ok {
				return fleet.Trained{Later: later.After}
			}
			if err != nil && ctx.Err() == nil {
				return fleet.Trained{Err: err}
			}
			return fleet.Trained{Settled: err == nil && summary.Left == 0}
		},
	}
}

// Train trains nothing. The gradient norm of a point is the time at which it came.
func (h helper) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	var tick <-chan time.Time
	if h.Tick > 0 {
		t := time.NewTicker(h.Tick)
		defer t.Stop()
		tick = t.C
	}
	state := func() []byte { return make([]byte, h.State) }
	step := 0
	if points := journal.Checkpoint().Points; len(points) > 0 {
		step = points[len(points)-1].Step
	}
	for step < run.Params.Steps {
		if tick != nil {
			select {
			case <-tick:
			case <-ctx.Done():
				journal.Save(state)
				return sweep.Outcome{}, ctx.Err()
			}
		}
		now := float64(time.Now().UnixMilli()) / 1000
		for range min(max(h.Points, 1), run.Params.Steps-step) {
			step++
			if err := journal.Observe(sweep.Point{Step: step, Loss: 1 / float64(step), GradNorm: now}); err != nil {
				return sweep.Outcome{}, err
			}
		}
		journal.Speed(4096)
		if h.State > 0 {
			journal.Save(state)
		}
	}
	return sweep.Outcome{State: sweep.StateDone, Steps: run.Params.Steps, Loss: 0.1, FirstLoss: 1, Adapter: make([]byte, h.State)}, nil
}

// checkpointEvery is what 'sweep work' has unless it is told otherwise.
const checkpointEvery = 30 * time.Second

// start begins a process that works as h says. It ends with the test.
func (h helper) start(t testing.TB) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(h)
	ok(t, err)
	c := exec.Command(os.Args[0])
	c.Env, c.Stderr = append(os.Environ(), variable+"="+string(text)), os.Stderr
	if h.Workers > 1 {
		c.Env = append(c.Env, "GOMAXPROCS=1") // all of it is waiting, and threads would wake each other for it
	}
	_, err = c.StdinPipe() // which closes when this process ends
	ok(t, err)
	ok(t, c.Start())
	t.Cleanup(func() { end(c) })
	return c
}

// end ends a helper, unless it has ended.
func end(c *exec.Cmd) {
	if c.ProcessState == nil {
		_ = c.Process.Kill()
		_ = c.Wait() // which says how it ended
	}
}
