package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"sweep/store/export"
	"sweep/sweep"
	"sweep/sweep/atomicfile"
)

type exportCommand struct {
	What    string `arg:"" optional:"" enum:"curves,runs,rows" default:"curves" help:"curves: a line for each step of each run; runs: a line for each run; rows: a line for each held-out row of each run, numbered in their order in the data, with its loss at the end (default: ${default})."`
	Sweep   string `predictor:"sweep" placeholder:"NAME" help:"Sweep to export, or that the run of --adapter belongs to (default: the latest)."`
	Where   string `predictor:"column" placeholder:"CONDITION" help:"Export runs for which this holds, as in 'sweep ls'."`
	Format  string `enum:"csv,jsonl,parquet,tensorboard,auto" default:"auto" help:"csv, jsonl or parquet, or tensorboard for the curves as folders of event files (default: by the ending of --out, else csv)."`
	Out     string `predictor:"file" placeholder:"FILE" help:"File to write, or the folder of --adapter and of TensorBoard (default: the terminal)."`
	Adapter string `predictor:"run" placeholder:"RUN" help:"Write the adapter of this run instead, as a folder that PEFT loads, with a model card; of a run that a command trained, what that left in the run's folder."`
	Base    string `placeholder:"NAME" help:"What the adapter's configuration and its card call the base model: a name on a hub, or a folder (default: the model's name on the Hugging Face hub, or its path here)."`
	Merge   bool   `help:"With --adapter: write the model with the adapter merged into its weights, as a Hugging Face folder."`
	DType   string `name:"dtype" enum:"float32,bfloat16,float16,auto" default:"auto" help:"Format of the merged weights: float32, bfloat16 or float16 (default: the model's own; float32 for what a GGUF has quantised)."`

	ShardSize byteSize `name:"shard-size" placeholder:"SIZE" help:"Size above which merged weights are split into several files, such as 2GB (default: 5GB)."`
	storeFlag
}

// Help shows examples.
func (exportCommand) Help() string {
	return `Values that are not there are empty in CSV and null in JSON and Parquet. JSON
has no NaN and no infinities; they are the texts "NaN", "Infinity" and
"-Infinity" there. In CSV a text that starts with = + - @ or a tab, which
spreadsheets would take for a formula, or with a ', has a ' before it, which they
do not show; numbers are never changed. Control characters in texts are written
as \x1b there. JSON and Parquet hold every text as it is. TensorBoard gets a
folder for each run, with its parameters as hyperparameters.

Examples:
  sweep export
  sweep export --sweep menus --out curves.parquet
  sweep export runs --sweep menus --where 'r = 8' --out runs.csv
  sweep export curves --format jsonl
  sweep export --sweep menus --format tensorboard --out logs
  sweep export rows --out rows.parquet
  sweep export --adapter r8-a16-lr1e-3-s0 --sweep menus --out adapter
  sweep export --adapter r8-a16-lr1e-3-s0 --base owner/name --out for-the-hub
  sweep export --adapter r8-a16-lr1e-3-s0 --merge --dtype bfloat16 --out model`
}

// Run exports curves, runs, the losses of held-out rows, or an adapter.
func (c *exportCommand) Run(ctx context.Context, out streams) error {
	if c.Adapter != "" {
		return c.adapter(ctx, out)
	}
	if c.Base != "" || c.Merge || c.DType != "auto" || c.ShardSize > 0 {
		return errors.New("--base, --merge, --dtype and --shard-size are of the adapter of a run; name the run with --adapter RUN")
	}
	err := c.table(ctx, out)
	if err != nil && ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	return err
}

// table exports what is asked for of the runs, and refuses damaged ones.
func (c *exportCommand) table(ctx context.Context, out streams) error {
	return readSweep(ctx, out, c.DB, c.Sweep, func(st sweep.Store, _ sweep.SavedSweep, results []sweep.Result) error {
		results, err := selectRuns(c.Where, results)
		if err != nil {
			return err
		}
		if err := checkRuns(ctx, st, keysOfResults(results)...); err != nil {
			return err
		}
		if c.Format == "tensorboard" {
			return c.events(ctx, out, st, results)
		}
		if c.Out == "" {
			return c.write(ctx, direct(out.stdout), st, results)
		}
		return atomicfile.Write(ctx, c.Out, func(w io.Writer) error { return c.write(ctx, w, st, results) })
	})
}

func (c *exportCommand) write(ctx context.Context, w io.Writer, st sweep.Store, results []sweep.Result) error {
	switch c.What {
	case "runs":
		return export.Runs(w, c.format(), results)
	case "rows":
		return c.rows(ctx, w, st, results)
	default:
		return export.Curves(w, c.format(), results, curveOf(ctx, st))
	}
}

// curveOf reads the curve of a run.
func curveOf(ctx context.Context, st sweep.Store) func(key string) ([]sweep.Point, error) {
	return func(key string) ([]sweep.Point, error) {
		curves, err := st.Curves(ctx, []string{key})
		return curves[key], err
	}
}

// events exports curves for TensorBoard.
func (c *exportCommand) events(ctx context.Context, out streams, st sweep.Store, results []sweep.Result) error {
	if c.Out == "" || c.What != "curves" {
		return errors.New("--format tensorboard writes curves, and needs --out DIR, the folder to write them to")
	}
	if err := export.TensorBoard(ctx, c.Out, results, curveOf(ctx, st)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out.stdout, "%s: to look at it: %s\n", c.Out, commandLine("tensorboard", "--logdir", operand(c.Out)))
	return err
}

// rows exports the losses of held-out rows, and refuses where there are none.
func (c *exportCommand) rows(ctx context.Context, w io.Writer, st sweep.Store, results []sweep.Result) error {
	none := true
	err := export.RowLosses(w, c.format(), results, func(key string) ([]sweep.RowLoss, error) {
		losses, err := st.RowLosses(ctx, []string{key})
		none = none && len(losses) == 0
		return losses[key], err
	})
	if err == nil && none {
		err = fmt.Errorf("none of the %d runs has losses of held-out rows: they are there once a run has ended that evaluates on rows (holdout > 0, or data_eval)", len(results))
	}
	return err
}

// format is the one asked for, or that of the file.
func (c *exportCommand) format() export.Format {
	ending := export.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Out)), "."))
	switch {
	case c.Format != "auto":
		return export.Format(c.Format)
	case slices.Contains([]export.Format{export.JSONL, export.Parquet}, ending):
		return ending
	default:
		return export.CSV
	}
}

func (c *exportCommand) adapter(ctx context.Context, out streams) error {
	if c.Out == "" {
		return errors.New("--adapter needs --out DIR, the folder to write")
	}
	if !c.Merge && (c.DType != "auto" || c.ShardSize > 0) {
		return errors.New("--dtype and --shard-size are of merged weights; add --merge")
	}
	return c.read(ctx, out, func(st sweep.Store) error {
		found, err := st.Find(ctx, c.Adapter, c.Sweep)
		if err != nil {
			return err
		}
		if err := checkRuns(ctx, st, found.Key); err != nil {
			return err
		}
		run, err := runFlag{c.Sweep}.find(ctx, st, c.Adapter)
		if err != nil {
			return err
		}
		if run.ByCommand() {
			return c.leftAdapter(out, run)
		}
		to := exported{dir: c.Out, result: run.Result, dtype: strings.TrimPrefix(c.DType, "auto"), shard: int64(c.ShardSize)}
		if to.base, err = c.baseOf(run); err != nil {
			return err
		}
		if to.card, err = modelCard(ctx, st, run, to.base, c.Merge); err != nil {
			return err
		}
		if c.Merge {
			return merge(ctx, out, run, to)
		}
		if err := newFineTuner().writeAdapter(to); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out.stdout, "%s: the adapter of run %s on %s\n", c.Out, run.Name, to.base)
		return err
	})
}

// leftAdapter copies the adapter that the command of a run left in its folder.
func (c *exportCommand) leftAdapter(out streams, run foundRun) error {
	program := cmp.Or(sweep.ProgramOf(run.Params.Command), "a command")
	if c.Merge {
		return fmt.Errorf("--merge: %s trained run %s, on a model that is not read here; export the adapter, and merge it by merge_and_unload() of PEFT", program, run.Name)
	}
	t := newFineTunerIn(runFolders(c.DB), 0)
	kept, err := t.kept(run.Key)
	if err != nil {
		return err
	}
	if run.State != sweep.StateDone {
		return fmt.Errorf("run %s is %s, and only the adapter of one that is done is exported; what there is of it is in %s", run.Name, run.State, kept.Dir)
	}
	folders, err := t.leftAdapters(run.Key)
	if err != nil {
		return err
	}
	switch len(folders) {
	case 0:
		return fmt.Errorf("%s trained run %s and left no adapter_model.safetensors in %s or below it: look where its arguments say, or on the machine that trained it", program, run.Name, kept.Dir)
	case 1:
	default:
		return fmt.Errorf("%s left several adapters of run %s; copy the one that you mean: %s", program, run.Name, strings.Join(folders, ", "))
	}
	base, err := t.copyAdapter(c.Out, folders[0], c.Base)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.stdout, "%s: the adapter of run %s on %s, as %s left it in %s\n", c.Out, run.Name, cmp.Or(base, "a model that it does not name"), program, folders[0])
	return err
}

// merge writes the merged model of a run.
func merge(ctx context.Context, out streams, run foundRun, to exported) error {
	tokenizer, err := newFineTuner().writeMerged(ctx, to)
	switch {
	case err != nil && ctx.Err() != nil:
		return &exitError{code: exitInterrupted}
	case err != nil:
		return err
	}
	text := fmt.Sprintf("%s: %s with the adapter of run %s merged into it", to.dir, to.base, run.Name)
	if !tokenizer {
		text += "; without a tokenizer, which has to be put beside it: the model has no tokenizer.json, tokenizer.model or tekken.json to copy"
	}
	_, err = fmt.Fprintln(out.stdout, text)
	return err
}

// baseOf is what other programs are to call the model of a run: the name given or, if
// there is none, its path.
func (c *exportCommand) baseOf(run foundRun) (string, error) {
	switch {
	case c.Base != "":
		return c.Base, nil
	case strings.HasPrefix(run.Params.Model, "builtin:"):
		return run.Params.Model, nil
	case sweep.IsHubName(run.Params.Model):
		h, err := sweep.ParseHubName(run.Params.Model)
		return h.Repository(), err
	}
	path, err := filepath.Abs(run.Params.Model)
	if err != nil {
		return "", fmt.Errorf("locate the model of run %s: %w", run.Name, err)
	}
	return path, nil
}

// checkRuns refuses runs that are not as they were written.
func checkRuns(ctx context.Context, st sweep.Store, keys ...string) error {
	if err := st.CheckRuns(ctx, keys); err != nil {
		return &exitError{exitFailed, err}
	}
	return nil
}
