package main

import (
	"errors"
	"fmt"
	"testing"

	"sweep/cmd/sweep/forecast"
	"sweep/sweep"
	"sweep/sweep/filter"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

func TestErrorsAreToldWithWhatToDo(t *testing.T) {
	failed := func(err error, hint sweep.Hint) error {
		return &sweep.StoreError{Op: "read", Path: "x.db", Err: err, Hint: hint}
	}
	locked := failed(errors.New("it is locked"), "wait, or name another with "+sweep.StoreFlag)
	full := failed(errors.New("the disk is full"), "")
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "<nil>"},
		{full, "cannot read: x.db: the disk is full"},
		{locked, "cannot read: x.db: it is locked (wait, or name another with --db)"},
		{
			fmt.Errorf("finish run s0: %w; it goes on", locked),
			"finish run s0: cannot read: x.db: it is locked (wait, or name another with --db); it goes on",
		},
		{
			&exitError{exitIncomplete, errors.Join(full, locked)},
			"cannot read: x.db: the disk is full\ncannot read: x.db: it is locked (wait, or name another with --db)",
		},
		{failed(&sweep.NotFoundError{Kind: "run", Name: "s9"}, ""), "cannot read: x.db: no run \"s9\" (`sweep ls SWEEP` lists the runs of a sweep, by name and key)"},
		{failed(&sweep.NotFoundError{Kind: "run", Name: "s9", Nearest: "s0"}, ""), `cannot read: x.db: no run "s9"; did you mean "s0"?`},
		{
			failed(fmt.Errorf("%w: %w", sweep.ErrDamagedCopy, sweep.ErrDamaged), ""),
			"cannot read: x.db: the copy is damaged; `sweep db check` tells whether the store is, too: it is not what was stored " +
				"(restore a copy of the store, or remove the run with `sweep rm` and train it again; `sweep db check` lists all damage)",
		},
		{
			fmt.Errorf("--by q: %w", &sweep.UnknownNameError{Kind: "parameter", Name: "q"}),
			`--by q: there is no parameter "q"; 'sweep help params' lists all parameters`,
		},
		{&sweep.UnknownNameError{Kind: "parameter or column", Name: "alhpa", Nearest: "alpha"}, `there is no parameter or column "alhpa"; did you mean "alpha"?`},
		{
			fmt.Errorf("--where %w", &filter.SyntaxError{Fault: `there is no parameter or column "q"`, Column: 1, Unlisted: true}),
			`--where column 1: there is no parameter or column "q" ('sweep help columns' lists all parameters and columns)`,
		},
		{
			&grid.SpecError{File: "g.toml", Problems: []grid.Problem{{File: "g.toml", Line: 3, Key: "grid.zzz", Fault: "is no parameter", Unlisted: true}}},
			"g.toml:3: grid.zzz is no parameter\n'sweep help params' lists all parameters",
		},
		{
			&forecast.ModelsError{Take: 2e9, Limit: 1e9},
			"the models of the grid take about 2.0 GB of memory, and there is 1.0 GB; raise --memory, or give each model a grid of its own",
		},
		{
			&runner.MemoryError{Run: sweep.Run{Name: "s0"}, Needs: 2e9, Limits: 1e9},
			"run s0 takes about 2.0 GB of memory in training, and there is 1.0 GB for all runs; lower batch or seq, or raise --memory",
		},
	} {
		if got := explain(c.err); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
