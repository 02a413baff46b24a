package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/store"
	"sweep/store/postgres/fleet"
	"sweep/sweep"
)

type workersCommand struct {
	All bool `help:"List those that ended within a day, too."`
	output
	storeFlag
}

// Help shows examples.
func (workersCommand) Help() string {
	return `Below the workers stands what is queued, and why nobody trains it where that is so.

Examples:
  sweep workers --db postgres://me@db.example.org/lora
  sweep workers --db postgres://me@db.example.org/lora --all -o json`
}

// Run lists the workers of the store.
func (c *workersCommand) Run(ctx context.Context, out streams) error {
	if !c.DB.onServer() {
		return fmt.Errorf("--db %s: workers share a store on a server: postgres://user@host/database; 'sweep help server' explains", c.DB)
	}
	var workers []fleet.WorkerStatus
	var queues []fleet.Standing
	if err := c.read(ctx, out, func(st sweep.Store) error {
		fl, err := store.Fleet(st)
		if err == nil {
			workers, err = fl.Workers(ctx)
		}
		if err == nil {
			queues, err = fl.Standings(ctx)
		}
		return err
	}); err != nil {
		return err
	}
	if !c.All {
		workers = slices.DeleteFunc(workers, func(w fleet.WorkerStatus) bool { return w.Ended != "" })
	}
	if c.Output == "table" && len(workers) == 0 {
		fmt.Fprintf(out.stdout, "no workers; to start one: %s\n", c.command("work"))
	} else if err := c.write(out.stdout, listWorkers(workers)); err != nil || c.Output != "table" {
		return err
	}
	if len(queues) == 0 {
		fmt.Fprintln(out.stdout, "nothing is queued")
	}
	describeQueues(out.stdout, queues, workers)
	return nil
}

func listWorkers(workers []fleet.WorkerStatus) listing {
	l := listing{
		columns: []string{"worker", "slots", "busy", "tokens_per_second", "runs", "heard", "state", "gpus", "labels", "version", "since", "refused"},
		spare:   []string{"since", "version", "labels", "gpus", "refused", "runs"},
	}
	for _, w := range workers {
		var names, refused []string
		speed := 0.0
		for _, r := range w.Runs {
			names = append(names, fmt.Sprintf("%s at step %d", r.Name, r.Step))
			speed += r.TokensPerSecond
		}
		for _, r := range w.Refused {
			refused = append(refused, strings.TrimSuffix(r.Sweep+"/"+r.Arm, "/")+": "+r.Why)
		}
		l.rows = append(l.rows, []any{
			nameOf(w), w.About.Slots, len(w.Runs), known(speed), texts(names),
			humanize.Duration(max(w.Silent.Seconds(), 1)) + " ago", stateOf(w), w.About.GPUs, texts(w.About.Labels), w.About.Version,
			w.Began.Format(time.RFC3339), texts(refused),
		})
	}
	return l
}

// nameOf is what people know a worker by.
func nameOf(w fleet.WorkerStatus) string { return fmt.Sprintf("%s/%d", w.About.Host, w.About.PID) }

// known is a speed, nil where it is not known.
func known(speed float64) any {
	if speed == 0 {
		return nil
	}
	return speed
}

// stateOf says how a worker is.
func stateOf(w fleet.WorkerStatus) string {
	switch {
	case w.Ended != "":
		return "ended: " + w.Ended
	case w.Lost:
		return "lost"
	case len(w.Runs) > 0:
		return "at work"
	default:
		return "idle"
	}
}

// describeQueues says what is queued and, where nobody trains it, why.
func describeQueues(w io.Writer, queues []fleet.Standing, workers []fleet.WorkerStatus) {
	for _, q := range queues {
		name := strings.TrimSuffix(q.Sweep+"/"+q.Arm, "/")
		text := fmt.Sprintf("%s: %s to train, %d in training", name, humanize.Count(q.Runs, "run"), q.Training)
		if q.Paused {
			text += "; paused"
		}
		fmt.Fprintln(w, wrap(text, 79, "  "))
		for _, t := range q.Troubles {
			fmt.Fprintln(w, wrap(fmt.Sprintf("  %s is not tried any more: %s", t.Run, t.Why), 79, "    "))
		}
		for _, why := range refusals(q, workers) {
			fmt.Fprintln(w, wrap("  "+why, 79, "    "))
		}
	}
}

// refusals says which living workers refuse a queue, and why.
func refusals(q fleet.Standing, workers []fleet.WorkerStatus) (lines []string) {
	for _, worker := range workers {
		if worker.Lost || worker.Ended != "" {
			continue
		}
		for _, r := range worker.Refused {
			if r.Sweep == q.Sweep && r.Arm == q.Arm {
				lines = append(lines, fmt.Sprintf("%s refuses it: %s", nameOf(worker), r.Why))
			}
		}
	}
	return lines
}
