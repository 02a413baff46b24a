package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"sweep/cmd/sweep/humanize"
	"sweep/store"
	"sweep/store/postgres/fleet"
	"sweep/sweep"
)

// fleetSweep names sweeps that workers train.
type fleetSweep struct {
	Name string `predictor:"sweep" arg:"" optional:"" name:"SWEEP" help:"Sweep that was queued."`
	All  bool   `help:"All sweeps that were queued."`
	storeFlag
	logFlag
}

type pauseCommand struct{ fleetSweep }

// Help shows examples.
func (pauseCommand) Help() string {
	return `Runs in training are given back with their checkpoints within seconds, and nothing is
begun until 'sweep resume'.

Examples:
  sweep pause menus --db postgres://me@db.example.org/lora
  sweep pause --all --db postgres://me@db.example.org/lora`
}

// Run has workers train nothing of the sweep.
func (c *pauseCommand) Run(ctx context.Context, out streams) error {
	return c.change(ctx, out, func(ctx context.Context, f *fleet.Fleet) (string, error) {
		n, err := f.Pause(ctx, c.Name, true)
		return fmt.Sprintf("paused: %s left to train; '%s' goes on", humanize.Count(n, "run"), c.command(c.words("resume")...)), err
	})
}

type resumeCommand struct{ fleetSweep }

// Help shows examples.
func (resumeCommand) Help() string {
	return `Examples:
  sweep resume menus --db postgres://me@db.example.org/lora
  sweep resume --all --db postgres://me@db.example.org/lora`
}

// Run has workers go on with the sweep.
func (c *resumeCommand) Run(ctx context.Context, out streams) error {
	return c.change(ctx, out, func(ctx context.Context, f *fleet.Fleet) (string, error) {
		n, err := f.Pause(ctx, c.Name, false)
		return fmt.Sprintf("resumed: %s to train", humanize.Count(n, "run")), err
	})
}

type cancelCommand struct{ fleetSweep }

// Help shows examples.
func (cancelCommand) Help() string {
	return `Runs in training are given back with their checkpoints within seconds. What is in the
store stays, and 'sweep run GRID.toml --detach' queues the rest again.

Examples:
  sweep cancel menus --db postgres://me@db.example.org/lora
  sweep cancel --all --db postgres://me@db.example.org/lora`
}

// Run has workers train no more of the sweep.
func (c *cancelCommand) Run(ctx context.Context, out streams) error {
	return c.change(ctx, out, func(ctx context.Context, f *fleet.Fleet) (string, error) {
		n, err := f.Cancel(ctx, c.Name)
		return fmt.Sprintf("cancelled: %s no longer queued", humanize.Count(n, "run")), err
	})
}

// words are what to type to do something with the same sweeps.
func (c *fleetSweep) words(verb string) []string {
	if c.All {
		return []string{verb, "--all"}
	}
	return []string{verb, operand(c.Name)}
}

// change calls change with the fleet of the store, once the sweep is known to be there.
func (c *fleetSweep) change(ctx context.Context, out streams, change func(context.Context, *fleet.Fleet) (string, error)) (err error) {
	switch {
	case c.All == (c.Name != ""):
		return errors.New("name a sweep, or all of them with --all")
	case !c.DB.onServer():
		return fmt.Errorf("--db %s: workers share a store on a server: postgres://user@host/database; 'sweep help server' explains", c.DB)
	}
	if err := c.read(ctx, out, func(st sweep.Store) error {
		if c.All {
			return nil
		}
		_, err := st.SweepHead(ctx, c.Name)
		return err
	}); err != nil {
		return err
	}
	var st sweep.Store
	var log *slog.Logger
	st, log, shut, err := c.openStore(ctx, c.DB, out.stderr, newNotices(out.stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	fl, err := store.Fleet(st)
	if err != nil {
		return err
	}
	text, err := change(ctx, fl)
	if err != nil {
		return stopped(ctx, err)
	}
	log.Info(text, "sweep", c.Name)
	_, err = fmt.Fprintln(out.stdout, wrap(text, 79, "  "))
	return err
}
