package main

import (
	"context"

	"sweep/sweep"
	"sweep/sweep/grid"
)

type retryCommand struct{ training }

// Help shows examples.
func (retryCommand) Help() string {
	return `'sweep run' trains everything that is missing, failed runs among it; this trains
failed runs only. 'sweep ls SWEEP --where 'state = "failed"' --columns run,error'
tells why they failed. Runs of a command that ran out of memory are tried again here
only, and by 'sweep run' once --workers or the GPUs are others.

Examples:
  sweep retry menus.toml
  sweep retry menus.toml --fail-fast`
}

// Run trains the runs that failed.
func (c *retryCommand) Run(ctx context.Context, out streams) error {
	c.retries = true
	return c.train(ctx, out, failedRuns, c.conclude)
}

func keysOf(runs []sweep.Run) []string {
	keys := make([]string, len(runs))
	for i, run := range runs {
		keys[i] = run.Key
	}
	return keys
}

// keysOfResults is keysOf for runs that a store has.
func keysOfResults(results []sweep.Result) []string {
	keys := make([]string, len(results))
	for i, r := range results {
		keys[i] = r.Key
	}
	return keys
}

// failedRuns is the plan with the runs alone that failed.
func failedRuns(ctx context.Context, plan *grid.Plan, st sweep.Store) (*grid.Plan, error) {
	states, err := st.States(ctx, keysOf(plan.Runs))
	if err != nil {
		return nil, err
	}
	failed := *plan
	failed.Runs = nil
	for _, run := range plan.Runs {
		if states[run.Key] == sweep.StateFailed {
			failed.Runs = append(failed.Runs, run)
		}
	}
	return &failed, nil
}
