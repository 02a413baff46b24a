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
	Keep   bool   `name:"keep-folders" help:"Leave the folders of runs that commands trained, with their checkpoints and logs. Without it they go with their runs."`
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
	t := newFineTunerIn(runFolders(c.DB), 0)
	folders, err := c.folders(out.stdout, t, removal.Goes())
	if err != nil {
		return err
	}
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
	if err := discardFolders(t, folders); err != nil {
		return &exitError{exitIncomplete, fmt.Errorf("the runs are removed, and not all of their folders: %w", err)}
	}
	_, err = fmt.Fprintln(out.stdout, "removed")
	return err
}

// folders says what becomes of the folders of runs that commands trained, and returns the
// keys of those whose folder goes.
func (c *rmCommand) folders(w io.Writer, t fineTuner, keys []string) (going []string, err error) {
	var bytes int64
	for _, key := range keys {
		kept, err := t.kept(key)
		if err != nil {
			return nil, err
		}
		if size, ok := folderSize(kept.Dir); ok {
			going, bytes = append(going, key), bytes+size
		}
	}
	if len(going) == 0 {
		return nil, nil
	}
	text := fmt.Sprintf("%s in %s, %s", humanize.Count(len(going), "folder"), runFolders(c.DB), sweep.FormatBytes(bytes))
	if c.Keep {
		fmt.Fprintln(w, "stays: "+text)
		return nil, nil
	}
	fmt.Fprintln(w, "goes: "+text+", with checkpoints and logs; --keep-folders leaves them")
	return going, nil
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
