package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sweep/cmd/sweep/forecast"
	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/atomicfile"
	"sweep/sweep/grid"
)

type initCommand struct {
	Model   string  `predictor:"file" arg:"" name:"MODEL" help:"Hugging Face folder, .gguf file, builtin:tiny, or hf:OWNER/NAME on the Hugging Face hub."`
	Data    string  `predictor:"file" arg:"" name:"DATA" help:"Rows: a file or a folder ('sweep help rows'), builtin:menus, or hf:datasets/OWNER/NAME."`
	Hours   float64 `default:"2" placeholder:"H" help:"Time that the sweep may take (default: ${default})."`
	Workers int     `default:"${cores}" help:"Runs to train at once (default: the number of cores)."`
	Out     string  `predictor:"file" placeholder:"GRID.toml" help:"File to write, which must not be there yet (default: named for the data and the model)."`
	memoryFlag
}

// Help shows examples.
func (initCommand) Help() string {
	return `Opens both, tries a run for a moment, and writes a grid that asks for the best lr
at two alphas, with comments that say what each setting is for. Longest row,
batch, steps and seeds are chosen so that it fits the rows, the memory and the
time.

Examples:
  sweep init builtin:tiny builtin:menus
  sweep init builtin:tiny builtin:menus --hours 0.5 --out first.toml`
}

// design is a grid that init may write.
type design struct {
	model, data       string
	name              string
	seq, batch, steps int
	seeds, alphas     int
	row               float64 // tokens of a row, on average, at that seq
	whole             bool    // seq cuts next to nothing
}

// Run writes a first grid for a model and rows.
func (c *initCommand) Run(ctx context.Context, out streams) error {
	if !(c.Hours > 0) || c.Workers < 1 {
		return fmt.Errorf("--hours %g with --workers %d: there is no time to train in", c.Hours, c.Workers)
	}
	name := nameFor(c.Data) + "-" + nameFor(c.Model)
	file := cmp.Or(c.Out, name+".toml")
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already; name another file with --out", file)
	}
	t := newFineTuner()
	d := design{model: beside(file, c.Model), data: beside(file, c.Data), name: name}
	if err := c.fetch(ctx, out, t); err != nil {
		return err
	}
	if err := d.look(ctx, t, c); err != nil {
		return err
	}
	f, err := d.within(ctx, out, t, file, c)
	if err != nil {
		return err
	}
	takes := makespan(f, f.ToTrain(false))
	text := d.text(c, takes)
	if err := atomicfile.Write(ctx, file, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	fmt.Fprintln(out.stdout, wrap(fmt.Sprintf("%s: %s, about %s with %s", file, humanize.Count(len(f.Plan.Runs), "run"), takes, humanize.Count(c.Workers, "worker")), 79, "  "))
	fmt.Fprintln(out.stdout, "to see what it takes: "+program()+" "+commandLine("plan", operand(file)))
	_, err = fmt.Fprintln(out.stdout, "to train it: "+program()+" "+commandLine("run", operand(file)))
	return err
}

// fetch fetches the model and the rows where they lie on the Hugging Face hub, and has
// the command go on with what was found.
func (c *initCommand) fetch(ctx context.Context, out streams, t fineTuner) error {
	for parameter, path := range map[string]*string{"model": &c.Model, "data": &c.Data} {
		if !sweep.IsHubName(*path) {
			continue
		}
		found, err := fetchAll(ctx, out, t, []grid.HubUse{{Parameter: parameter, Name: *path}})
		if err != nil {
			return err
		}
		*path = found[0].name
	}
	return nil
}

// notInNames are characters that the name of a sweep may not have.
var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// nameFor is a path's part of a sweep's name.
func nameFor(path string) string {
	base := filepath.Base(filepath.Clean(path))
	if h, err := sweep.ParseHubName(path); err == nil {
		base = h.Base()
	}
	for _, ending := range []string{".gz", ".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gguf"} {
		base = strings.TrimSuffix(base, ending)
	}
	base = strings.TrimPrefix(base, "builtin:")
	base = strings.Trim(notInNames.ReplaceAllString(base, "-"), "-._")
	return cmp.Or(base[:min(len(base), 40)], "my")
}

// beside is how a grid file names a path.
func beside(file, path string) string {
	if strings.HasPrefix(path, "builtin:") || sweep.IsHubName(path) || filepath.IsAbs(path) {
		return path
	}
	return seenFrom(file, path)
}

// seenFrom is the path from a file to another, both given from the current folder.
func seenFrom(file, path string) string {
	from, err := filepath.Abs(filepath.Dir(file))
	to, err2 := filepath.Abs(path)
	if errors.Join(err, err2) != nil {
		return path
	}
	if relative, err := filepath.Rel(from, to); err == nil {
		return filepath.ToSlash(relative)
	}
	return to
}

// params are the settings of one of the runs, with paths from the current folder.
func (d design) params(c *initCommand) sweep.Params {
	p := sweep.Defaults()
	p.Model, p.Data, p.Seq, p.Batch, p.Steps = c.Model, c.Data, d.seq, d.batch, 100
	p.Holdout = initHoldout
	return p
}

// What init tries and writes.
const (
	initHoldout = 0.1
	shortestSeq = 32
	longestSeq  = 2048
	enough      = 0.99 // of the tokens that the longest seq keeps
)

// look chooses seq and batch by the rows and the memory.
func (d *design) look(ctx context.Context, t fineTuner, c *initCommand) error {
	d.batch = 8
	type length struct {
		seq int
		row float64
	}
	var known []length
	var first error
	for d.seq = shortestSeq; d.seq <= longestSeq && ctx.Err() == nil; d.seq *= 2 {
		p := d.params(c)
		_, err := t.Inspect(p)
		var e sweep.Estimate
		if err == nil {
			e, err = t.Estimate(p)
		}
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		known = append(known, length{d.seq, e.Tokens / float64(p.StepRows()*p.Steps)})
		if n := len(known); n > 1 && known[n-1].row == known[n-2].row {
			break // longer rows are there none
		}
	}
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	if len(known) == 0 {
		return first
	}
	longest := known[len(known)-1].row
	for _, l := range known {
		if d.seq, d.row = l.seq, l.row; l.row >= enough*longest {
			break
		}
	}
	d.whole = d.row == longest
	limit := c.limit(freeMemory())
	for d.batch > 1 && limit > 0 {
		e, err := t.Estimate(d.params(c))
		if err != nil {
			return err
		}
		if e.Shared+e.Memory*int64(c.Workers) <= limit {
			break
		}
		d.batch /= 2
	}
	return nil
}

// within chooses the longest and most repeated design that trains in the time.
func (d *design) within(ctx context.Context, out streams, t fineTuner, file string, c *initCommand) (*forecast.Forecast, error) {
	var speed float64
	var f *forecast.Forecast
	takes := math.NaN()
	for _, size := range []struct{ steps, seeds, alphas int }{
		{800, 3, 2}, {400, 3, 2}, {200, 3, 2}, {200, 2, 2}, {100, 2, 2}, {50, 2, 2}, {50, 2, 1},
	} {
		d.steps, d.seeds, d.alphas = size.steps, size.seeds, size.alphas
		spec, err := grid.DecodeSpec(strings.NewReader(d.text(c, "")), file)
		if err != nil {
			return nil, err
		}
		if spec, err = fetchSpec(ctx, out, t, spec); err != nil {
			return nil, err
		}
		plan, err := newPlan(ctx, spec, t)
		if err != nil {
			return nil, err
		}
		f, err = forecast.Of(ctx, plan, forecast.Past{}, t, forecast.Options{Workers: c.Workers, Memory: c.limit(freeMemory()), Speed: speed})
		if err != nil {
			return nil, err
		}
		speed = f.Speed
		if takes = f.Makespan(f.ToTrain(false)); takes <= c.Hours*3600 {
			return f, nil
		}
	}
	if math.IsNaN(takes) {
		return nil, fmt.Errorf("init: a trial run could not be timed, as the loss before training is not finite")
	}
	return nil, fmt.Errorf("--hours %g: even %s of %d steps take %s; give them that, a smaller model or shorter rows",
		c.Hours, humanize.Count(len(f.Plan.Runs), "run"), d.steps, humanize.Duration(takes))
}

// text is the grid.
func (d design) text(c *initCommand, takes string) string {
	alphas, seeds := "[16, 64]", "[0, 1, 2]"
	question := "Which lr is best for alpha = 16 and for alpha = 64, and which of the two is better then?"
	if d.alphas == 1 {
		alphas, question = "[16]", "Which lr is best for alpha = 16?"
	}
	if d.seeds == 2 {
		seeds = "[0, 1]"
	}
	cut := "cuts about 1 % of the tokens"
	if d.whole {
		cut = "cuts none"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# A first sweep: %s on %s. About %s with %s.\n", d.data, d.model, takes, humanize.Count(c.Workers, "worker"))
	b.WriteString("# 'sweep plan' tells what it takes, 'sweep help grid' what else may stand here, and\n" +
		"# 'sweep help params' has every parameter with its default.\n\n")
	fmt.Fprintf(&b, "name     = %s\nquestion = %s\n\n", inTOML(d.name), inTOML(question))
	b.WriteString("[fixed] # what every run shares; paths are relative to this file\n")
	fmt.Fprintf(&b, "model   = %s\ndata    = %s\n", inTOML(d.model), inTOML(d.data))
	line := func(name string, value any, why string) {
		fmt.Fprintf(&b, "%-7s = %-20v # %s\n", name, value, why)
	}
	line("holdout", initHoldout, "share of the rows that is not trained on; runs are compared by the loss there")
	line("targets", `["q_proj", "v_proj"]`, "matrices that get an adapter")
	line("r", 8, "rank; the best lr hardly moves with it")
	line("seq", d.seq, fmt.Sprintf("longest row in tokens: %s; rows have %.0f on average", cut, d.row))
	line("batch", d.batch, "rows in a step")
	line("steps", d.steps, "updates; with more of them each run takes longer, and the best lr falls")
	line("warmup", d.steps/20, "steps over which lr rises")
	b.WriteString("\n[grid] # the product of these axes\n")
	line("alpha", alphas, "none can be judged without its best lr")
	line("lr", "{ log = [1e-4, 1e-2], points = 5 }", "'sweep next' adds more where the best lies at an edge")
	line("seed", seeds, "repetitions, which tell a difference from chance")
	return b.String()
}
