package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// storeFlag names the store of a command that reads it.
type storeFlag struct {
	DB storeName `predictor:"file" name:"db" default:"${store}" placeholder:"STORE" help:"Store: a file, or postgres://user@host/database (default: ${default})."`
}

// read calls use with the store, opened for reading. One that another process
// has locked is waited for until ctx ends.
func (f storeFlag) read(ctx context.Context, out streams, use func(sweep.Store) error) (err error) {
	st, err := openStore(f.DB, reading, newNotices(out.stderr).waiting(ctx, f.DB))
	if err != nil && ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return use(st)
}

// soon is read for a command that should not wait for a locked store: it gives up
// after a second.
func (f storeFlag) soon(ctx context.Context, use func(sweep.Store) error) error {
	st, err := openStore(f.DB, reading, sweep.Patience{For: time.Second, Stop: ctx.Done()})
	if err != nil {
		return err
	}
	return errors.Join(use(st), st.Close())
}

// command is what to type for a command on the same store.
func (f storeFlag) command(words ...string) string {
	return program() + " " + commandLine(onStore(f.DB, words...)...)
}

// readSweep calls read with what savedResults returns.
func readSweep(ctx context.Context, out streams, db storeName, name string, read func(sweep.Store, sweep.SavedSweep, []sweep.Result) error) error {
	return storeFlag{db}.read(ctx, out, func(st sweep.Store) error {
		saved, results, err := savedResults(ctx, st, name)
		if err != nil {
			return err
		}
		return read(st, saved, results)
	})
}

// savedGrid returns a sweep without its cells, the latest if name is "", and its
// grid.
func savedGrid(ctx context.Context, st sweep.Store, name string) (sweep.SavedSweep, *grid.Spec, error) {
	saved, err := st.SweepHead(ctx, name)
	if err != nil {
		return saved, nil, err
	}
	spec, err := specOf(saved)
	return saved, spec, err
}

// specOf reads the grid that a sweep was saved with.
func specOf(saved sweep.SavedSweep) (*grid.Spec, error) {
	spec, err := grid.DecodeSpec(strings.NewReader(saved.TOML), filepath.Base(gridFile(saved)))
	if err != nil {
		return nil, fmt.Errorf("read the stored grid of sweep %s: %w", saved.Name, err)
	}
	return spec, nil
}

// gridFile is the grid's file, as it was named when the sweep was run last.
func gridFile(saved sweep.SavedSweep) string { return cmp.Or(saved.File, saved.Name+".toml") }

// onGrid are the arguments of a command on the grid of a sweep: the file, and what
// replaced some of it when the sweep was run last.
func onGrid(command string, saved sweep.SavedSweep) []string {
	return append([]string{command, operand(gridFile(saved))}, setFlag{grid.Settings(saved.TOML)}.flags()...)
}

// savedResults returns a sweep without its cells, the latest if name is "", and
// its runs, those that were never begun included.
func savedResults(ctx context.Context, st sweep.Store, name string) (sweep.SavedSweep, []sweep.Result, error) {
	saved, spec, err := savedGrid(ctx, st, name)
	if err != nil {
		return saved, nil, err
	}
	results, err := st.Results(ctx, saved.Name)
	if err != nil {
		return saved, nil, err
	}
	return saved, spec.Complete(results), nil
}

// eachResult calls use with the runs of a stored sweep as savedResults has them,
// one after the other, and with no Params of its cells that were never begun unless
// params are asked for.
func eachResult(ctx context.Context, st sweep.Store, name string, params bool, use func(sweep.Result) error) error {
	if !params {
		return st.EachResult(ctx, name, use)
	}
	saved, spec, err := savedGrid(ctx, st, name)
	if err != nil {
		return err
	}
	c := spec.Completion(st.Begun(ctx, saved.Name))
	return st.EachResult(ctx, saved.Name, func(r sweep.Result) error {
		if err := c.Complete(&r); err != nil {
			return err
		}
		return use(r)
	})
}
