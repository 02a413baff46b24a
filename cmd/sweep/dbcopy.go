package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/store"
	"sweep/sweep"
)

type dbCopyCommand struct {
	From  storeName `predictor:"file" arg:"" name:"FROM" help:"Store to copy from: a file, or postgres://user@host/database."`
	To    storeName `predictor:"file" arg:"" name:"TO" help:"Store to copy to, created if need be."`
	Sweep string    `placeholder:"SWEEP" help:"Copy this sweep with its runs, instead of all there is."`
}

// Help shows examples.
func (dbCopyCommand) Help() string {
	return `What is copied is equal to the bit: settings, curves, outcomes, adapters, row
losses, checkpoints, notes and when all was planned and predicted. Each run is
there whole or not at all, so a copy that was stopped goes on when it is started
again. What the other store has already and is the same stays; where it has a
sweep of that name, or a result of that run, which differs, nothing is copied.
Runs that are being trained are not copied; their cells are.

Examples:
  sweep db copy sweep.db postgres://me@db.example.org/lora
  sweep db copy postgres://me@db.example.org/lora here.db --sweep menus`
}

// Run copies what is asked for.
func (c *dbCopyCommand) Run(ctx context.Context, out streams) (err error) {
	if c.From == c.To {
		return errors.New("FROM and TO are the same store; name two")
	}
	notices := newNotices(out.stderr)
	from, err := openStore(c.From, reading, notices.waiting(ctx, c.From))
	if err != nil {
		return interruptedOr(ctx, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if c.Sweep != "" {
		if _, err := from.SweepHead(ctx, c.Sweep); err != nil {
			return interruptedOr(ctx, err)
		}
	}
	to, err := openStore(c.To, writing, notices.waiting(ctx, c.To))
	if err != nil {
		return interruptedOr(ctx, err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	return c.carry(ctx, out, from, to)
}

// carry copies between stores that are open, and tells what came of it.
func (c *dbCopyCommand) carry(ctx context.Context, out streams, from, to sweep.Store) error {
	done, err := store.Copy(ctx, from, to, c.Sweep, counter(out.stderr))
	if _, differs := errors.AsType[*store.ConflictError](err); differs {
		return &exitError{exitFailed, fmt.Errorf("cannot copy to %s: %w; `sweep rm` removes one there", c.To, err)}
	}
	if err != nil {
		return interruptedOr(ctx, err)
	}
	fmt.Fprintln(out.stdout, c.tell(done))
	if n := len(done.Training); n > 0 {
		return &exitError{exitIncomplete, fmt.Errorf("%s not copied, being trained: %s; copy again once they have ended", humanize.Count(n, "run"), some(done.Training))}
	}
	return nil
}

// tell says what was copied.
func (c *dbCopyCommand) tell(done store.Copied) string {
	lines := []string{fmt.Sprintf("%s: %s and %s copied", c.To, humanize.Count(done.Sweeps, "sweep"), humanize.Count(done.Runs, "run"))}
	if done.There > 0 {
		lines = append(lines, fmt.Sprintf("%d sweeps and runs were there already, the same", done.There))
	}
	if done.Elsewhere > 0 {
		lines = append(lines, fmt.Sprintf("%s trained in both, to the same curve: each store keeps its own", humanize.Count(done.Elsewhere, "run")))
	}
	if len(done.Notes) > 0 {
		lines = append(lines, "notes that differ stay as they are: "+some(done.Notes))
	}
	return strings.Join(lines, "\n")
}

// some names the first of many.
func some(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
