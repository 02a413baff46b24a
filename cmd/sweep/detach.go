package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sweep/cmd/sweep/humanize"
	"sweep/store"
	"sweep/store/postgres/fleet"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// detachFlags leave the training to workers.
type detachFlags struct {
	Detach bool     `help:"Train nothing here: queue the runs for 'sweep work' on any number of machines. The store must be on a server."`
	Needs  []string `placeholder:"LABEL" help:"Have only workers train the runs that have this label; with --detach. It may be given several times."`
	sendFlag
}

// refuse says which flags are for who trains, and not for who queues.
func (c *training) refuseWithDetach() error {
	if !c.Detach {
		if len(c.Needs) > 0 {
			return errors.New("--needs says what workers need: it goes with --detach")
		}
		if c.SendUpTo > 0 {
			return errors.New("--send-up-to keeps files for workers: it goes with --detach")
		}
		return nil
	}
	for _, f := range []struct {
		given     bool
		flag, how string
	}{
		{!c.DB.onServer(), "a store in a file", "workers reach a store on a server alone: name it with --db postgres://user@host/database"},
		{c.Workers != nil, "--workers", "give it to 'sweep work'"},
		{c.GPUs != "", "--gpus", "give it to 'sweep work'"},
		{c.Memory != 0, "--memory", "give it to 'sweep work'"},
		{c.Recompute != "auto", "--recompute", "give it to 'sweep work'"},
		{c.Prune, "--prune", "who prunes waits for all runs at a quarter of their steps: leave it out, or train without --detach"},
		{c.FailFast, "--fail-fast", "workers go on after a failure: leave it out, and see 'sweep ls SWEEP'"},
		{c.MaxFailures > 0, "--max-failures", "workers go on after failures: leave it out, and see 'sweep ls SWEEP'"},
		{c.Serve.on, "--serve", "nothing trains here: 'sweep serve' shows the store"},
		{c.Notify != "", "--notify", "nobody waits here for the end: leave it out"},
	} {
		if f.given {
			return fmt.Errorf("--detach with %s: %s", f.flag, f.how)
		}
	}
	return nil
}

// detach queues the runs that choose selects from the plan and that the store does not hold.
func (c *training) detach(ctx context.Context, out streams, choose chooser) (err error) {
	t := newFineTunerIn(runFolders(c.DB), c.Lease)
	plan, err := readPlan(ctx, out, c.Grid, t, c.Set...)
	if err != nil {
		return err
	}
	st, log, shut, err := c.openStore(ctx, c.DB, out.stderr, newNotices(out.stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	whole, plan, err := c.save(ctx, st, plan, choose)
	if err != nil {
		return err
	}
	sayRows(out, whole)
	warn(out, whole.Notes, whole.Warnings())
	fl, err := store.Fleet(st)
	if err != nil {
		return err
	}
	states, err := st.States(ctx, keysOf(plan.Runs))
	if err != nil {
		return stopped(ctx, err)
	}
	copies, err := st.Copies(ctx, keysOf(plan.Runs))
	if err != nil {
		return stopped(ctx, err)
	}
	open := (&runner.Runner{TrainAll: c.NoSymmetry}).OpenUnits(plan, states, copies)
	batches, err := c.batches(t, open)
	if err != nil {
		return err
	}
	if err := c.keepInputs(ctx, out.stdout, st, batches); err != nil {
		return err
	}
	n, err := fl.Enqueue(ctx, plan.Spec.Name, batches)
	if err != nil {
		return stopped(ctx, err)
	}
	if err := removeUnneeded(ctx, fl, st); err != nil {
		return err
	}
	log.Info("queued", "sweep", plan.Spec.Name, "added", n.Added, "already", n.Already, "dropped", n.Dropped)
	c.reportQueued(out, plan, n)
	return nil
}

// batches groups units by what a worker needs for them.
func (c *training) batches(t fineTuner, units []runner.Unit) (batches []fleet.Batch, err error) {
	labels := slices.Compact(slices.Sorted(slices.Values(c.Needs)))
	at := map[string]int{}
	lister := needsLister{t, newPlannedInputs(t)}
	for _, u := range units {
		first := u.Runs[0]
		needs, err := lister.of(first)
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", first.Name, err)
		}
		needs.Labels = labels
		text, err := json.Marshal(needs)
		if err != nil {
			return nil, err
		}
		id := first.Arm + "\x00" + string(text)
		i, known := at[id]
		if !known {
			i = len(batches)
			at[id] = i
			batches = append(batches, fleet.Batch{Arm: first.Arm, Needs: needs})
		}
		batches[i].Units = append(batches[i].Units, u)
	}
	return batches, lister.memory(batches)
}

// reportQueued says what was queued, and what to type next.
func (c *training) reportQueued(out streams, plan *grid.Plan, n fleet.Enqueued) {
	total := len(plan.Runs)
	text := fmt.Sprintf("%s: %s: %d queued", plan.Spec.Name, humanize.Count(total, "run"), n.Added)
	for _, part := range []struct {
		n    int
		what string
	}{{total - n.Added - n.Already, "in the store already"}, {n.Already, "queued before"}, {n.Dropped, "no longer in the grid and dropped from the queue"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	fmt.Fprintln(out.stdout, wrap(text, 79, "  "))
	if n.Paused {
		fmt.Fprintf(out.stdout, "nothing of it is trained while it is paused: %s\n", c.command("resume", operand(plan.Spec.Name)))
	}
	if n.Added+n.Already > 0 {
		fmt.Fprintf(out.stdout, "to train them, on each machine: %s\n", c.command("work"))
		fmt.Fprintf(out.stdout, "to see how far they are: %s, %s\n", c.command("ls", plan.Spec.Name), c.command("workers"))
	}
}

// needsLister tells what runs need of a worker.
type needsLister struct {
	trainer fineTuner
	inputs  plannedInputs
}

// of is what a run needs, but for memory, which is that of the largest of its queue.
func (l needsLister) of(run sweep.Run) (n fleet.Needs, err error) {
	if n.Inputs, err = l.inputs.of(run); err != nil {
		return n, err
	}
	n.Numerics = run.Inputs.Numerics
	if command := run.Params.Command; command != nil {
		n.Command, n.GPUs = sweep.ProgramOf(command), command.GPUs
	}
	return n, nil
}

// memory sets what the largest run of each batch takes.
func (l needsLister) memory(batches []fleet.Batch) error {
	for i := range batches {
		n := &batches[i].Needs
		for _, u := range batches[i].Units {
			e, err := l.trainer.Estimate(u.Runs[0].Params)
			if err != nil {
				return fmt.Errorf("estimate run %s: %w", u.Runs[0].Name, err)
			}
			n.Memory, n.Least, n.Shared = max(n.Memory, e.Memory), max(n.Least, e.Least), max(n.Shared, e.Shared)
		}
	}
	return nil
}
