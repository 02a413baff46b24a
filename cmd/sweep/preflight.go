package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/grid"
)

// preflight trains the corners of the grid and tells what to expect of the rest.
func (c *runCommand) preflight(ctx context.Context, out streams) error {
	memory := watchMemory()
	defer memory.stop()
	corners := func(_ context.Context, plan *grid.Plan, _ sweep.Store) (*grid.Plan, error) {
		memory.begin()
		return plan.Corners(), nil
	}
	return c.train(ctx, out, corners, func(ctx context.Context, out streams, done course) error {
		took := memory.stop()
		c.reportTroubles(out, done.summary)
		if done.summary.Left > 0 {
			fmt.Fprintln(out.stdout, wrap(fmt.Sprintf("%s: %s", done.plan.Spec.Name, tally(done.summary)), 79, "  "))
			fmt.Fprintf(out.stdout, "to go on: %s\n", c.again("--preflight"))
			return nil
		}
		f, err := c.foresee(ctx, done, took)
		if err != nil {
			return err
		}
		return f.write(out.stdout)
	})
}

// forecast is what the corners of a grid tell of the rest.
type forecast struct {
	course
	corners []sweep.Result
	took    int64    // bytes of memory that corners in training took together at the most, 0 if none lasted
	rest    *outlook // of the whole grid, as the store is now
	command string   // that trains the rest
}

func (c *runCommand) foresee(ctx context.Context, done course, took int64) (*forecast, error) {
	f := &forecast{course: done, took: took, command: c.again()}
	all, err := done.store.Results(ctx, done.whole.Spec.Name)
	if err != nil {
		return nil, err
	}
	keys := keysOf(done.plan.Runs)
	for _, r := range analysis.Runs(all) {
		if slices.Contains(keys, r.Key) {
			f.corners = append(f.corners, r)
		}
	}
	f.rest = &outlook{plan: done.whole, trainer: done.trainer, workers: c.Workers, limit: done.limit}
	if err := f.rest.consult(ctx, done.store); err != nil {
		return nil, err
	}
	f.rest.known = f.corners // of all runs, those that were trained here and now tell the speed best
	return f, f.rest.estimate(ctx)
}

func (f *forecast) write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s of %s\n", f.plan.Spec.Name, humanize.Count(len(f.plan.Runs), "corner"), humanize.Count(len(f.whole.Runs), "run"))
	l := listing{columns: []string{"run", "state", "trained", "loss", "eval_loss", "seconds", "memory"}}
	for _, r := range f.corners {
		facts, err := listRuns([]sweep.Result{r}, sweep.Columns()).pick(l.columns[:len(l.columns)-1])
		if err != nil {
			return err
		}
		l.rows = append(l.rows, append(facts.rows[0], sweep.FormatBytes(f.rest.estimates[r.Key].Memory)))
	}
	if err := l.writeTable(w); err != nil {
		return err
	}
	for _, line := range slices.Concat(f.divergence(), f.memories(), f.time()) {
		fmt.Fprintln(w, wrap(line, 79, "  "))
	}
	return nil
}

// divergence tells which corners diverge: all that are at some value of an axis
// where that says it, else by name.
func (f *forecast) divergence() []string {
	tally := analysis.Count(f.corners, analysis.Judge(f.corners))
	if tally.Diverged == 0 {
		return []string{"none of the corners diverged"}
	}
	text := fmt.Sprintf("%d of %s diverged", tally.Diverged, humanize.Count(tally.Total(), "corner"))
	var places []string
	for _, axis := range analysis.Axes(f.corners) {
		for _, value := range axis.Values {
			at := analysis.Count(slices.DeleteFunc(slices.Clone(f.corners), func(r sweep.Result) bool {
				v, err := analysis.ValueOf(r.Params, axis.Name)
				return err != nil || v != value
			}), analysis.Judge(f.corners))
			if at.Diverged == at.Total() && at.Diverged < tally.Total() {
				places = append(places, analysis.Setting{Axis: axis.Name, Value: value}.String())
			}
		}
	}
	if len(places) > 0 {
		return []string{text + ", all of those at " + strings.Join(places, " and all at ")}
	}
	var names []string
	for _, r := range f.corners {
		if r.State == sweep.Diverged {
			names = append(names, r.Name)
		}
	}
	return []string{text + ": " + strings.Join(names, ", ")}
}

// memories sets what runs took beside what was foreseen.
func (f *forecast) memories() []string {
	var most []int64
	for _, r := range f.corners {
		most = append(most, f.rest.estimates[r.Key].Memory)
	}
	slices.Sort(most)
	together := int64(0)
	for _, m := range most[max(0, len(most)-f.rest.workers):] {
		together += m
	}
	text := fmt.Sprintf("memory: %s foreseen for %s at a time", sweep.FormatBytes(together), humanize.Count(min(f.rest.workers, len(most)), "run"))
	if f.took > 0 {
		text += fmt.Sprintf("; %s in use at the most", sweep.FormatBytes(f.took))
	}
	return []string{text}
}

// time tells how long the rest takes.
func (f *forecast) time() []string {
	runs := f.rest.review.ToTrain(false)
	if len(runs) == 0 {
		return []string{"nothing is left to train"}
	}
	if !(f.rest.speed > 0) {
		return []string{"time: unknown, as no corner could be timed", "to train them: " + f.command}
	}
	text := fmt.Sprintf("time: about %s with %s for the other %s", f.rest.makespan(runs), humanize.Count(f.rest.workers, "worker"), humanize.Count(len(runs), "run"))
	return []string{text, "to train them: " + f.command}
}

// memoryWatch looks now and then at what memory this process uses, garbage not
// counted.
type memoryWatch struct {
	done   chan struct{}
	once   sync.Once
	looks  sync.WaitGroup
	before uint64 // bytes
	most   uint64
}

func watchMemory() *memoryWatch { return &memoryWatch{done: make(chan struct{})} }

// begin starts to look.
func (m *memoryWatch) begin() {
	m.before = inUse()
	m.most = m.before
	m.looks.Go(func() {
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

// stop ends it and returns by how much the memory in use had grown at the most,
// in bytes.
func (m *memoryWatch) stop() int64 {
	m.once.Do(func() { close(m.done) })
	m.looks.Wait()
	return int64(m.most - m.before)
}

// inUse collects the garbage and returns the bytes that are left.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
