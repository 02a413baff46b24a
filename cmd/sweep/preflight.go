package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"sweep/cmd/sweep/forecast"
	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/grid"
)

// preflight trains the corners of the grid and says what to expect of the rest.
func (c *runCommand) preflight(ctx context.Context, out streams) error {
	memory := watchMemory()
	defer memory.stop()
	corners := func(_ context.Context, plan *grid.Plan, _ sweep.Store) (*grid.Plan, error) {
		memory.begin()
		return plan.Corners(), nil
	}
	return c.train(ctx, out, corners, func(ctx context.Context, out streams, done sweepRun) error {
		took := memory.stop()
		c.reportTroubles(out, done.summary)
		if done.summary.Left > 0 {
			fmt.Fprintln(out.stdout, wrap(fmt.Sprintf("%s: %s", done.plan.Spec.Name, tally(done.summary)), 79, "  "))
			fmt.Fprintf(out.stdout, "to go on: %s\n", c.again("--preflight"))
			return nil
		}
		r, err := c.foresee(ctx, done, took)
		if err != nil {
			return err
		}
		return r.write(out.stdout)
	})
}

// cornersRun is a sweep of which the corners were trained, with a forecast of the
// rest.
type cornersRun struct {
	sweepRun
	corners []sweep.Result
	took    int64              // bytes of memory that corners in training took together at the most, 0 if none lasted
	rest    *forecast.Forecast // of the whole grid, as the store is now
	command string             // that trains the rest
}

func (c *runCommand) foresee(ctx context.Context, done sweepRun, took int64) (*cornersRun, error) {
	all, err := done.store.Results(ctx, done.whole.Spec.Name)
	if err != nil {
		return nil, err
	}
	var corners []sweep.Result
	keys := keysOf(done.plan.Runs)
	for _, r := range analysis.Runs(all) {
		if slices.Contains(keys, r.Key) {
			corners = append(corners, r)
		}
	}
	past, err := readPast(ctx, done.store, done.whole, done.trainer)
	if err != nil {
		return nil, err
	}
	past.Known = corners // the speed is best told by runs that were trained here and now
	rest, err := forecast.Of(ctx, done.whole, past, done.trainer, forecast.Options{Workers: done.workers, Memory: done.limit})
	if err != nil {
		return nil, err
	}
	return &cornersRun{done, corners, took, rest, c.again()}, nil
}

func (r *cornersRun) write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s of %s\n", r.plan.Spec.Name, humanize.Count(len(r.plan.Runs), "corner"), humanize.Count(len(r.whole.Runs), "run"))
	l := listing{columns: []string{"run", "state", "trained", "loss", "eval_loss", "seconds", "memory"}}
	for _, corner := range r.corners {
		facts, err := listRuns([]sweep.Result{corner}, sweep.Columns()).pick(l.columns[:len(l.columns)-1])
		if err != nil {
			return err
		}
		memory := any(sweep.FormatBytes(r.rest.Estimates[corner.Key].Memory))
		if corner.ByCommand() {
			memory = nil
		}
		l.rows = append(l.rows, append(facts.rows[0], memory))
	}
	if err := l.writeTable(w); err != nil {
		return err
	}
	for _, line := range append([]string{describeDivergence(forecast.WhereDiverged(r.corners)), r.memory()}, r.time()...) {
		fmt.Fprintln(w, wrap(line, 79, "  "))
	}
	return nil
}

// describeDivergence says which corners diverged: all that are at some value of
// an axis where that says it, else by name.
func describeDivergence(d forecast.Divergence) string {
	if d.Diverged == 0 {
		return "none of the corners diverged"
	}
	text := fmt.Sprintf("%d of %s diverged", d.Diverged, humanize.Count(d.Of, "corner"))
	if len(d.At) == 0 {
		return text + ": " + strings.Join(d.Names, ", ")
	}
	places := make([]string, len(d.At))
	for i, at := range d.At {
		places[i] = at.String()
	}
	return text + ", all of those at " + strings.Join(places, " and all at ")
}

// memory compares what runs took with what was foreseen.
func (r *cornersRun) memory() string {
	ours := slices.DeleteFunc(slices.Clone(r.corners), sweep.Result.ByCommand)
	if len(ours) == 0 {
		return "memory: unknown, as commands trained the corners"
	}
	text := fmt.Sprintf("memory: %s foreseen for %s at a time",
		sweep.FormatBytes(r.rest.MemoryTogether(ours)), humanize.Count(min(r.rest.Workers, len(ours)), "run"))
	if r.took > 0 {
		text += fmt.Sprintf("; %s in use at the most", sweep.FormatBytes(r.took))
	}
	return text
}

// time says how long the rest takes.
func (r *cornersRun) time() []string {
	runs := r.rest.ToTrain(false)
	if len(runs) == 0 {
		return []string{"nothing is left to train"}
	}
	train := "to train them: " + r.command
	if math.IsNaN(r.rest.Makespan(runs)) {
		return []string{"time: unknown, as no corner could be timed", train}
	}
	text := fmt.Sprintf("time: about %s with %s for the other %s",
		makespan(r.rest, runs), humanize.Count(r.rest.Workers, "worker"), humanize.Count(len(runs), "run"))
	return []string{text, train}
}

// memoryWatch measures now and then how much memory this process uses, garbage not
// counted.
type memoryWatch struct {
	done   chan struct{}
	once   sync.Once
	watch  sync.WaitGroup
	before uint64 // bytes
	most   uint64
}

func watchMemory() *memoryWatch { return &memoryWatch{done: make(chan struct{})} }

// begin starts to measure.
func (m *memoryWatch) begin() {
	m.before = inUse()
	m.most = m.before
	m.watch.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-m.done:
				return
			case <-tick.C:
				m.most = max(m.most, inUse())
			}
		}
	})
}

// stop ends the watch and returns by how many bytes the memory in use had grown
// at the most.
func (m *memoryWatch) stop() int64 {
	m.once.Do(func() { close(m.done) })
	m.watch.Wait()
	return int64(m.most - m.before)
}

// inUse collects the garbage and returns the bytes that are left.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
