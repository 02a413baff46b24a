package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

type rmCommand struct {
	Name   string `predictor:"run" arg:"" optional:"" name:"RUN" help:"Run to remove, by name or the start of its key. Its cells stay, to be trained again."`
	Sweep  string `predictor:"sweep" placeholder:"NAME" help:"Sweep to remove, with the runs that no other sweep has; or, beside RUN, the sweep that it belongs to."`
	Yes    bool   `short:"y" help:"Do not ask."`
	DryRun bool   `short:"n" help:"Tell what would go, and remove nothing."`
	storeFlag
	logFlag
}

// Help shows examples.
func (rmCommand) Help() string {
	return `Examples:
  sweep rm --sweep menus --dry-run
  sweep rm --sweep menus --yes
  sweep rm r8-a16-lr1e-3-s0`
}

// Run says what goes, asks, and removes it.
func (c *rmCommand) Run(ctx context.Context, out streams) (err error) {
	if c.Name == "" && c.Sweep == "" {
		return errors.New("name a run, or a sweep with --sweep NAME")
	}
	var removal sweep.Removal
	if err := c.read(ctx, out, func(st sweep.Store) error {
		removal, err = c.removal(ctx, st)
		return err
	}); err != nil {
		return err
	}
	describeRemoval(out.stdout, removal)
	if c.DryRun {
		return nil
	}
	if !c.Yes {
		if agreed, err := ask(out, "remove?"); err != nil || !agreed {
			return err
		}
	}
	st, log, shut, err := c.openStore(ctx, c.DB, out.stderr, newNotices(out.stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	if err := st.Remove(ctx, removal); err != nil && ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	} else if err != nil {
		return err
	}
	log.Info("removed", "sweep", removal.Sweep, "run", c.Name, "runs", len(removal.Goes()))
	_, err = fmt.Fprintln(out.stdout, "removed")
	return err
}

func (c *rmCommand) removal(ctx context.Context, st sweep.Store) (sweep.Removal, error) {
	if c.Name == "" {
		return st.RemovalOfSweep(ctx, c.Sweep)
	}
	run, err := runFlag{c.Sweep}.find(ctx, st, c.Name)
	if err != nil {
		return sweep.Removal{}, err
	}
	if run.Attempt == 0 {
		return sweep.Removal{}, fmt.Errorf("run %s was never begun: there is nothing to remove", run.Name)
	}
	return st.RemovalOfRun(ctx, run.Key)
}

// describeRemoval says what goes and what stays.
func describeRemoval(w io.Writer, r sweep.Removal) {
	tally := map[sweep.State]int{}
	for _, run := range r.Runs {
		if run.Kept == "" {
			tally[run.State]++
		} else {
			fmt.Fprintf(w, "stays: %s (%s)\n", run.Name, run.Kept)
		}
	}
	if r.Sweep == "" {
		for _, run := range r.Runs {
			fmt.Fprintf(w, "goes: run %s, key %s, %s\n", run.Name, run.Key[:12], run.State)
		}
		return
	}
	fmt.Fprintf(w, "goes: sweep %s and %s", r.Sweep, humanize.Count(len(r.Goes()), "run"))
	for _, state := range []sweep.State{sweep.StateDone, sweep.StateDiverged, sweep.StateFailed, sweep.StatePruned, sweep.StatePending, sweep.StateRunning} {
		if n := tally[state]; n > 0 {
			fmt.Fprintf(w, ", %s %s", humanize.Thousands(float64(n)), state)
		}
	}
	fmt.Fprintln(w)
}

// ask waits for an answer, which must be y or yes to agree.
func ask(out streams, question string) (agreed bool, err error) {
	fmt.Fprintf(out.stdout, "%s [y/N] ", question)
	answer, err := bufio.NewReader(out.stdin).ReadString('\n')
	if err != nil && answer == "" {
		fmt.Fprintln(out.stdout)
		return false, errors.New("nobody answered, so nothing was removed; --yes does not ask")
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	if answer == "y" || answer == "yes" {
		return true, nil
	}
	_, err = fmt.Fprintln(out.stdout, "nothing was removed")
	return false, err
}
