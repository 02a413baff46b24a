package main

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"sweep/store"
	"sweep/sweep"
)

type lsCommand struct {
	Sweep  string `arg:"" optional:"" name:"SWEEP" help:"Sweep whose runs to list; without it, the sweeps are listed."`
	Output string `short:"o" enum:"table,json,csv" default:"table" help:"table, json or csv (default: ${default})."`
	DB     string `name:"db" default:"sweep.db" placeholder:"FILE" help:"Store (default: ${default})."`
}

// Run lists what the store holds.
func (c *lsCommand) Run(ctx context.Context, out streams) (err error) {
	st, err := store.OpenReadOnly(c.DB)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	l, err := listSweeps(ctx, st)
	if c.Sweep != "" {
		l, err = listRuns(ctx, st, c.Sweep)
	}
	if err != nil {
		return err
	}
	return l.write(out.stdout, c.Output)
}

func listSweeps(ctx context.Context, st *store.Store) (listing, error) {
	l := listing{columns: []string{"sweep", "runs", "done", "diverged", "failed", "left", "created", "question"}}
	sweeps, err := st.Sweeps(ctx)
	if err != nil {
		return l, err
	}
	for _, s := range sweeps {
		states, err := st.States(ctx, s.Keys)
		if err != nil {
			return l, err
		}
		n := map[sweep.State]int{}
		for _, key := range s.Keys { // arms may share runs
			n[states[key]]++
		}
		left := len(s.Keys) - n[sweep.Done] - n[sweep.Diverged] - n[sweep.Failed]
		l.rows = append(l.rows, []any{
			s.Name, len(s.Keys), n[sweep.Done], n[sweep.Diverged], n[sweep.Failed], left,
			s.Created.Format(time.RFC3339), s.Question,
		})
	}
	return l, nil
}

func listRuns(ctx context.Context, st *store.Store, name string) (listing, error) {
	l := listing{columns: []string{"run", "key", "state", "steps", "loss", "eval_loss", "tokens_per_second", "seconds", "error"}}
	results, err := st.Results(ctx, name)
	for _, r := range results {
		figures := []float64{r.Loss, r.EvalLoss, r.TokensPerSecond, r.Seconds}
		if !r.State.Final() {
			figures = []float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
		}
		cause, _, _ := strings.Cut(r.Error, "\n")
		l.rows = append(l.rows, []any{
			r.Name, r.Key, string(r.State), r.Steps, figures[0], figures[1], figures[2], figures[3], cause,
		})
	}
	return l, err
}
