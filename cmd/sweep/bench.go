package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/load"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

type benchCommand struct {
	Shape     []string      `placeholder:"SHAPE" help:"A Llama of that shape, its weights drawn: tiny, smollm2, tinyllama, llama3-8b, or LAYERSxWIDTH such as 12x768. It may be given several times (default: tiny)."`
	Model     string        `placeholder:"MODEL" help:"A model, as a grid names it, in place of a shape."`
	Batch     int           `default:"0" placeholder:"N" help:"Rows of a step (default: 8 for tiny, otherwise 2)."`
	Seq       int           `default:"0" placeholder:"N" help:"Tokens of a row (default: 64 for tiny, otherwise 128)."`
	Rank      int           `default:"8" placeholder:"N" help:"r of the LoRA factors (default: ${default})."`
	Targets   []string      `default:"q_proj,v_proj" placeholder:"NAMES" help:"Modules that LoRA adapts, or all-linear (default: ${default})."`
	DType     string        `name:"dtype" default:"float32" placeholder:"TYPE" help:"Type of the frozen weights, as 'sweep help params' has it (default: ${default})."`
	Workers   int           `default:"1" placeholder:"N" help:"Runs to train at once (default: ${default})."`
	Cores     int           `default:"0" placeholder:"N" help:"Cores that the runs have together (default: as many as there are runs)."`
	For       time.Duration `default:"2s" placeholder:"TIME" help:"Measure for about so long, five steps at least (default: ${default})."`
	Recompute bool          `help:"Compute activations again for the backward pass, as runs do that would not fit into the memory otherwise."`
	output
}

// Help says what is measured, and shows examples.
func (benchCommand) Help() string {
	return `Trains on rows of random tokens that fill seq, and tells tokens and floating-point
operations a second of all runs together, beside the peak: what loops of
multiply-adds of the dtype in registers, as many as there are runs, reach in turns with the training.
Figures are medians of five turns. A machine that does other things gives lower
ones, but the share of the peak falls less. Operations are counted as 'sweep plan'
counts them: two a weight and token forward, and two for the gradient that goes down.

The milliseconds of each kind of work are those of one run, alone; the points that it loses
are what its share of the step exceeds that which its operations would take at the peak. They
add up to what the step falls short of the peak:

  embedding    looking up tokens            lora       the updates of the targets
  residual     adding to the stream         head       last norm, logits, loss
  norms        of blocks and heads          optimizer  clipping and the step
  projections  products with the weights    graph      what is left: gorgonia, rows
  attention    scores, softmax, rotation    gates      of the MLP

Examples:
  sweep bench
  sweep bench --shape tiny --shape 2x256 --workers 2 --for 1s -o json
  sweep bench --model builtin:tiny --batch 4 --seq 32 --targets all-linear --for 1s`
}

// benchSettings are what is measured of one model.
type benchSettings struct {
	params  sweep.Params
	shape   string // in place of the model of params
	workers int
	cores   int // that they have together
	time    time.Duration
}

// name is the model, as the command line has it.
func (b benchSettings) name() string {
	if b.shape != "" {
		return b.shape
	}
	return b.params.Model
}

// benchFigures are what was measured. Operations and tokens are a second's, of all runs.
type benchFigures struct {
	weights          int
	tokens           float64
	operations, peak float64
	step             time.Duration
	phases           []phaseTime
	allocations      float64 // of a step
	allocated        float64 // bytes of a step
	model, run       int64   // bytes, of memory; of each run
}

// phaseTime is how long one kind of work takes in a step.
type phaseTime struct {
	name   string
	time   time.Duration
	share  float64 // of the step
	atPeak float64 // of the step, if the work of the phase were done at the peak
}

// lost is what of the peak the step falls short of for the phase's sake. It is below zero
// where less is computed than is counted.
func (p phaseTime) lost() float64 { return p.share - p.atPeak }

// Run measures one model after the other.
func (c *benchCommand) Run(ctx context.Context, out streams) error {
	all, err := c.settings()
	if err != nil {
		return err
	}
	t := newFineTuner()
	if c.Recompute {
		t.setRoom(recomputeFlag{"always"}.room(0))
	}
	l := listing{}
	for i, b := range all {
		f, err := t.bench(ctx, b)
		if err != nil {
			return interruptedOr(ctx, err)
		}
		if l.add(t, b, f); c.Output == "table" {
			if i > 0 {
				fmt.Fprintln(out.stdout)
			}
			describeBench(out.stdout, t, b, f)
		}
	}
	if c.Output == "table" {
		return nil
	}
	return c.write(out.stdout, l)
}

// settings are those of each model that is named.
func (c *benchCommand) settings() ([]benchSettings, error) {
	switch {
	case c.Model != "" && len(c.Shape) > 0:
		return nil, errors.New("--shape takes the place of --model; leave one of them out")
	case c.Workers < 1:
		return nil, fmt.Errorf("--workers %d: train at least one run", c.Workers)
	case c.Cores < 0 || c.Cores > 0 && c.Cores < c.Workers:
		return nil, fmt.Errorf("--cores %d: each of the runs takes one at least, and there are %d", c.Cores, c.Workers)
	case c.For <= 0 || c.For > time.Hour:
		return nil, fmt.Errorf("--for %s: measure for a time above 0, such as 5s, an hour at most", c.For)
	case c.Model == "" && len(c.Shape) == 0:
		c.Shape = []string{"tiny"}
	case c.Model != "":
		c.Shape = []string{""}
	}
	var all []benchSettings
	for _, shape := range c.Shape {
		p, err := c.params(shape)
		if err != nil {
			return nil, err
		}
		all = append(all, benchSettings{p, shape, c.Workers, max(c.Workers, c.Cores), c.For})
	}
	return all, nil
}

// params are those of a run with the flags' values, each checked as that of a grid is.
func (c *benchCommand) params(shape string) (sweep.Params, error) {
	batch, seq := 2, 128
	if shape == "tiny" || c.Model == "builtin:tiny" {
		batch, seq = 8, 64
	}
	if c.Batch != 0 {
		batch = c.Batch
	}
	if c.Seq != 0 {
		seq = c.Seq
	}
	targets := any(c.Targets[0])
	if c.Targets[0] != "all-linear" {
		var list []any
		for _, name := range c.Targets {
			list = append(list, name)
		}
		targets = list
	}
	p := sweep.Defaults()
	p.Model = c.Model
	for _, set := range []struct {
		flag, name string
		value      any
	}{{"batch", "batch", int64(batch)}, {"seq", "seq", int64(seq)}, {"rank", "r", int64(c.Rank)}, {"targets", "targets", targets}, {"dtype", "dtype", c.DType}} {
		q, err := sweep.LookupParameter(set.name)
		if err != nil {
			return p, err
		}
		v, err := q.Convert(set.value)
		if err != nil {
			return p, fmt.Errorf("--%s: %w", set.flag, err)
		}
		q.Set(&p, v)
	}
	return p, nil
}

// add adds the figures of a model as a row.
func (l *listing) add(t fineTuner, b benchSettings, f benchFigures) {
	type figure struct {
		name  string
		value any
	}
	figures := []figure{
		{"model", b.name()},
		{"weights", f.weights},
		{"batch", b.params.Batch},
		{"seq", b.params.Seq},
		{"r", b.params.R},
		{"targets", strings.Join(b.params.Targets, " ")},
		{"dtype", b.params.DType},
		{"workers", b.workers},
		{"cores", b.cores},
		{"tokens_per_second", f.tokens},
		{"gflops", f.operations / 1e9},
		{"peak_gflops", f.peak / 1e9},
		{"share_of_peak", f.operations / f.peak},
		{"step_ms", milliseconds(f.step)},
	}
	for _, phase := range f.phases {
		figures = append(figures, figure{phase.name + "_ms", milliseconds(phase.time)}, figure{phase.name + "_lost", phase.lost()})
	}
	figures = append(figures, figure{"allocations_per_step", f.allocations}, figure{"allocated_bytes_per_step", f.allocated},
		figure{"model_bytes", f.model}, figure{"run_bytes", f.run}, figure{"kernels", t.describe().kernels}, figure{"cpu", cpuModel()}, figure{"load", systemLoad()})
	l.columns = nil
	var row []any
	for _, f := range figures {
		l.columns, row = append(l.columns, f.name), append(row, f.value)
	}
	l.rows = append(l.rows, row)
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// systemLoad is how many processes wanted a core over the last minute, nil where the
// system does not say.
func systemLoad() any {
	average, err := load.Avg()
	if err != nil {
		return nil
	}
	return average.Load1
}

// describeBench writes the figures for people.
func describeBench(w io.Writer, t fineTuner, b benchSettings, f benchFigures) {
	p := b.params
	fmt.Fprintf(w, "%s, %s weights in %s, batch %d, seq %d, r %d on %s; %s at once, on %s\n", b.name(), humanize.Thousands(float64(f.weights)), p.DType, p.Batch, p.Seq, p.R,
		strings.Join(p.Targets, " "), humanize.Count(b.workers, "run"), humanize.Count(b.cores, "core"))
	about := fmt.Sprintf("%s, %s", cpuModel(), t.describe().kernels)
	if load := systemLoad(); load != nil {
		about += fmt.Sprintf("; load %.1f", load)
	}
	fmt.Fprintf(w, "%s\n\n", about)
	line := func(name, format string, values ...any) {
		fmt.Fprintf(w, "%-12s "+format+"\n", append([]any{name}, values...)...)
	}
	line("tokens/s", "%s", readable(f.tokens))
	line("GFLOP/s", "%.1f, %.0f %% of the %.1f that the cores reach", f.operations/1e9, 100*f.operations/f.peak, f.peak/1e9)
	line("memory", "%s for the model, %s for each run", sweep.FormatBytes(f.model), sweep.FormatBytes(f.run))
	line("allocations", "%.0f a step, %s", f.allocations, sweep.FormatBytes(int64(f.allocated)))
	line("step", "%.2f ms", milliseconds(f.step))
	for _, phase := range f.phases {
		text := fmt.Sprintf("%8.2f ms  %4.1f %%  %4.1f points lost", milliseconds(phase.time), 100*phase.share, 100*phase.lost())
		if phase.atPeak > 0 {
			text += fmt.Sprintf(", at %.0f %% of the peak", 100*phase.atPeak/phase.share)
		}
		line("  "+phase.name, "%s", text)
	}
}
