package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"sweep/store/export"
	"sweep/sweep"
	"sweep/sweep/atomicfile"
)

type exportCommand struct {
	What    string `arg:"" optional:"" enum:"curves,runs" default:"curves" help:"curves: a row for each step of each run; runs: a row for each run (default: ${default})."`
	Sweep   string `predictor:"sweep" placeholder:"NAME" help:"Sweep to export, or that the run of --adapter belongs to (default: the latest)."`
	Where   string `placeholder:"CONDITION" help:"Export runs for which this holds, as in 'sweep ls'."`
	Format  string `enum:"csv,jsonl,parquet,auto" default:"auto" help:"csv, jsonl or parquet (default: by the ending of --out, else csv)."`
	Out     string `predictor:"file" placeholder:"FILE" help:"File to write, or the folder of --adapter (default: the terminal)."`
	Adapter string `predictor:"run" placeholder:"RUN" help:"Write the adapter of this run instead, as a folder that PEFT loads."`
	storeFlag
}

// Help shows examples.
func (exportCommand) Help() string {
	return `Values that are not there are empty in CSV and null in JSON and Parquet. JSON
has no NaN and no infinities; they are the texts "NaN", "Infinity" and
"-Infinity" there. In CSV a text that starts with = + - @ or a tab, which
spreadsheets would take for a formula, or with a ', has a ' before it, which they
do not show; numbers are never changed. Control characters in texts are written
as \x1b there. JSON and Parquet hold every text as it is.

Examples:
  sweep export
  sweep export --sweep menus --out curves.parquet
  sweep export runs --sweep menus --where 'r = 8' --out runs.csv
  sweep export curves --format jsonl
  sweep export --adapter r8-a16-lr1e-3-s0 --sweep menus --out adapter`
}

// Run exports curves, runs or an adapter.
func (c *exportCommand) Run(ctx context.Context, out streams) error {
	if c.Adapter != "" {
		return c.adapter(ctx, out)
	}
	err := c.table(ctx, out)
	if err != nil && ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	return err
}

// table exports curves or runs, and refuses damaged ones.
func (c *exportCommand) table(ctx context.Context, out streams) error {
	return readSweep(ctx, out, c.DB, c.Sweep, func(st sweep.Store, _ sweep.SavedSweep, results []sweep.Result) error {
		results, err := selectRuns(c.Where, results)
		if err != nil {
			return err
		}
		if err := checkRuns(ctx, st, keysOfResults(results)...); err != nil {
			return err
		}
		write := func(w io.Writer) error {
			if c.What == "runs" {
				return export.Runs(w, c.format(), results)
			}
			return export.Curves(w, c.format(), results, func(key string) ([]sweep.Point, error) {
				curves, err := st.Curves(ctx, []string{key})
				return curves[key], err
			})
		}
		if c.Out == "" {
			return write(direct(out.stdout))
		}
		return atomicfile.Write(ctx, c.Out, write)
	})
}

// format is the one asked for, or that of the file.
func (c *exportCommand) format() export.Format {
	ending := export.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Out)), "."))
	switch {
	case c.Format != "auto":
		return export.Format(c.Format)
	case slices.Contains([]export.Format{export.JSONL, export.Parquet}, ending):
		return ending
	default:
		return export.CSV
	}
}

func (c *exportCommand) adapter(ctx context.Context, out streams) error {
	if c.Out == "" {
		return errors.New("--adapter needs --out DIR, the folder to write")
	}
	return c.read(ctx, out, func(st sweep.Store) error {
		found, err := st.Find(ctx, c.Adapter, c.Sweep)
		if err != nil {
			return err
		}
		if err := checkRuns(ctx, st, found.Key); err != nil {
			return err
		}
		run, err := runFlag{c.Sweep}.find(ctx, st, c.Adapter)
		if err != nil {
			return err
		}
		if err := newFineTuner().writeAdapter(c.Out, run.Result); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out.stdout, "%s: the adapter of run %s on %s\n", c.Out, run.Name, run.Params.Model)
		return err
	})
}

// checkRuns refuses runs that are not as they were written.
func checkRuns(ctx context.Context, st sweep.Store, keys ...string) error {
	if err := st.CheckRuns(ctx, keys); err != nil {
		return &exitError{exitFailed, err}
	}
	return nil
}
