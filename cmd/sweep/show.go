package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/cmd/sweep/report"
	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

type showCommand struct {
	runFlag
	Name string `predictor:"run" arg:"" name:"RUN" help:"Name of the run, such as r8-a16-lr1e-3-s0, or the start of its key."`
	Log  bool   `help:"Show what the command of the run printed in its last attempt, from its end, and where all of it is."`
	output
	storeFlag
}

// Help shows examples.
func (showCommand) Help() string {
	return `Of a run that a command trained there is also how the command was called, its
folder and its attempts, and with --log what it printed.

Examples:
  sweep show r8-a16-lr1e-3-s0
  sweep show r8-a16-lr1e-3-s0 --sweep menus
  sweep show 2aa877 -o json`
}

// Run shows all there is to know of a run.
func (c *showCommand) Run(ctx context.Context, out streams) error {
	return c.read(ctx, out, func(st sweep.Store) error {
		run, err := c.find(ctx, st, c.Name)
		if err != nil {
			return err
		}
		if c.Log {
			return c.showLog(out, run)
		}
		if c.Output != "table" {
			return c.write(out.stdout, listRuns([]sweep.Result{run.Result}, sweep.Columns(sweep.OwnColumns([]sweep.Result{run.Result})...)))
		}
		curves, err := st.Curves(ctx, []string{run.Key})
		if err != nil {
			return err
		}
		run.describe(out.stdout)
		err = describeCommand(out.stdout, c.DB, run.Result)
		drawCurves(out.stdout, curves[run.Key])
		return err
	})
}

// runFlag narrows down which run a name means.
type runFlag struct {
	Sweep string `predictor:"sweep" placeholder:"NAME" help:"Sweep that the run belongs to (default: any)."`
}

// foundRun is a run and where it stands in the store.
type foundRun struct {
	sweep.Result
	found sweep.Found
}

// find returns the run that a text means.
func (f runFlag) find(ctx context.Context, st sweep.Store, text string) (foundRun, error) {
	found, err := st.Find(ctx, text, f.Sweep)
	if err != nil {
		return foundRun{}, err
	}
	r, err := st.Result(ctx, found.Key)
	if err != nil {
		return foundRun{}, err
	}
	newLiving().see(&r)
	place := found.Places[0]
	r.Name = place.Name
	if r.Attempt == 0 { // never begun: the grid alone knows its settings
		_, spec, err := savedGrid(ctx, st, place.Sweep)
		if err != nil {
			return foundRun{}, err
		}
		if err := spec.Completion(st.Begun(ctx, place.Sweep)).Complete(&r); err != nil {
			return foundRun{}, err
		}
	}
	return foundRun{r, found}, nil
}

// describe writes the run for people: what it came to, its settings with those
// that are no defaults first, what it read, where it was trained.
func (r foundRun) describe(w io.Writer) {
	r.describeOutcome(w)
	r.describeMeasures(w)
	if r.Params.Command != nil {
		r.describeStated(w)
	} else {
		r.describeSettings(w)
	}
	if r.Attempt > 0 {
		r.describeOrigin(w)
	}
}

// drawCurves draws what there is of a curve.
func drawCurves(w io.Writer, curve []sweep.Point) {
	drawCurve(w, "training loss", curve, func(p sweep.Point) (float64, bool) { return p.Loss, p.HasLoss() })
	drawCurve(w, "evaluation loss", curve, func(p sweep.Point) (float64, bool) { return p.EvalLoss, p.Evaluated })
	drawCurve(w, "match", curve, func(p sweep.Point) (float64, bool) { return p.Match.Share(), p.Match.Known() })
}

// describeSettings writes the parameters, those first that differ from their defaults.
func (r foundRun) describeSettings(w io.Writer) {
	changed, kept := r.settings()
	unknown := r.Unknown()
	fmt.Fprintln(w, "\nsettings that differ from the defaults")
	for _, q := range changed {
		if slices.Contains(unknown, q.Name) {
			continue // it is listed below
		}
		line := fmt.Sprintf("  %-14s %s", q.Name, inTOML(q.Value(r.Params)))
		if q.Decides != "" {
			line += ", from which " + q.Decides + " was worked out"
		} else if why := q.Unused(r.Params); why != "" && !r.inherited(q) {
			line = wrap(line+", which changes nothing: "+why, 79, "    ")
		}
		fmt.Fprintln(w, line)
	}
	r.describeDefaults(w, kept)
}

// describeStated writes the parameters of a run that a command trains: those that its grid
// sets, and the command's own.
func (r foundRun) describeStated(w io.Writer) {
	fmt.Fprintln(w, "\nsettings")
	for _, q := range sweep.Parameters() {
		if r.Params.States(q.Name) {
			fmt.Fprintf(w, "  %-14s %s\n", q.Name, inTOML(q.Value(r.Params)))
		}
	}
	for _, name := range r.Params.Custom.Names() {
		fmt.Fprintf(w, "  %-14s %s\n", name, inTOML(r.Params.Custom[name]))
	}
	fmt.Fprintln(w, "  what else the command sets is not known here")
}

// describeDefaults writes the parameters at their defaults, and those of which nothing
// is known.
func (r foundRun) describeDefaults(w io.Writer, kept []sweep.Parameter) {
	unstated := r.Unknown()
	var defaults []string
	for _, q := range kept {
		if !slices.Contains(unstated, q.Name) && !slices.Contains(unstated, q.Inherits) {
			defaults = append(defaults, q.Name+" = "+defaultOf(q))
		}
	}
	fmt.Fprintf(w, "\ndefaults\n%s\n", wrap("  "+strings.Join(defaults, ", "), 79, "  "))
	if len(unstated) > 0 {
		fmt.Fprintf(w, "\nunknown, as nothing told it\n%s\n", wrap("  "+strings.Join(unstated, ", "), 79, "  "))
	}
}

// describeMeasures writes what a command logged beside losses and gradient norms.
func (r foundRun) describeMeasures(w io.Writer) {
	if len(r.Measures) == 0 {
		return
	}
	var last []string
	for _, m := range r.Measures {
		last = append(last, m.Name+" = "+readable(m.Value))
	}
	fmt.Fprintf(w, "\nlast values of what else was logged\n%s\n", wrap("  "+strings.Join(last, ", "), 79, "  "))
}

func (r foundRun) describeOutcome(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n", r.Name, r.state())
	fmt.Fprintf(w, "  %-12s %s\n", "key", r.Key)
	for _, place := range r.found.Places {
		if place.Sweep != "" {
			fmt.Fprintf(w, "  %-12s %s in sweep %s\n", "cell", place.Name, place.Sweep)
		}
	}
	if !r.Note.Empty() {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s %s", "note", describeNote(r.Note)), 79, "               "))
	}
	if r.State.Final() {
		loss, evalLoss := "the mean over the last tenth of the steps", ""
		evaluates := r.Params.Holdout > 0 || r.Params.DataEval != ""
		if r.Params.Command != nil {
			evaluates = r.Evaluated
		}
		if before := r.figure("first_loss"); evaluates {
			evalLoss = fmt.Sprintf(" (before training: %s)", before)
		} else {
			loss += "; at the first: " + before
		}
		fmt.Fprintf(w, "  %-12s %s (%s)\n", "loss", r.figure("loss"), loss)
		fmt.Fprintf(w, "  %-12s %s%s\n", "eval_loss", r.figure("eval_loss"), evalLoss)
		if r.Match.Known() {
			fmt.Fprintf(w, "  %-12s %s: %d of %s completed as they are (before training: %d)\n", "match",
				r.figure("match"), r.Match.Right, humanize.Count(r.Match.Of, "held-out row"), r.FirstMatch.Right)
		}
		trained := fmt.Sprintf("%s of %d", humanize.Count(r.Steps, "step"), r.Params.Steps)
		if !math.IsNaN(r.Seconds) {
			trained += fmt.Sprintf(" in %.3g s", r.Seconds)
			if speed := r.figure("tokens_per_second"); speed != readable(nil) {
				trained += ", " + speed + " tokens/s"
			}
		}
		fmt.Fprintf(w, "  %-12s %s\n", "trained", trained)
	}
	if r.State == sweep.StateRunning {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s %s", "in training", trainingAt(r.Result, time.Now())), 79, "               "))
	} else if r.Progress.Begun() {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s 'sweep run' %s", "to go on", goesOn(r.Progress)), 79, "               "))
	}
	if r.Progress.Begun() {
		fmt.Fprintf(w, "  %-12s %s (at step %d)\n", "loss", r.figure("last_loss"), r.Progress.Step)
	}
	if r.State == sweep.StateDiverged {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s %s", "diverged", sweep.WhenDiverged), 79, "               "))
	}
	if r.State == sweep.StatePruned {
		fmt.Fprintf(w, "  %-12s at step %d of %d, as others were clearly better; 'sweep run' goes on\n", "stopped", r.Steps, r.Params.Steps)
	}
	if r.CopyOf != "" {
		fmt.Fprintf(w, "  %-12s %s, trained in its place and equal to the bit\n", "copy of", r.CopyOf[:12])
	}
	if !r.found.Ended.IsZero() {
		fmt.Fprintf(w, "  %-12s %s\n", "ended", r.found.Ended.Format(time.RFC3339))
	}
	if cause, tail, _ := strings.Cut(r.Error, "\n"); r.Params.Command != nil && cause != "" {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s %s", "error", shorten(cause)), 79, "    "))
		sayTail(w, tail)
	} else if r.Error != "" {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s %s", "error", shorten(r.Error)), 79, "    "))
	}
}

// figure is the value of a column, as lists show it.
func (r foundRun) figure(name string) string {
	column, _ := sweep.LookupColumn(name) // whose name is known
	if !column.Known(r.Result) {
		return readable(nil)
	}
	return readable(column.Value(r.Result))
}

// state is the run's state and the attempt that it is in or came to it by.
func (r foundRun) state() string {
	if r.State != sweep.StateRunning && r.Progress.Begun() {
		return fmt.Sprintf("stopped at step %d of %d", r.Progress.Step, r.Params.Steps)
	}
	if r.Inputs.Imported != "" {
		return string(r.State) + ", trained elsewhere and imported"
	}
	if r.Attempt > 1 {
		return fmt.Sprintf("%s, at attempt %d", r.State, r.Attempt)
	}
	return string(r.State)
}

// inherited reports whether another parameter takes its value from this one.
func (r foundRun) inherited(q sweep.Parameter) bool {
	return slices.ContainsFunc(sweep.Parameters(), func(child sweep.Parameter) bool {
		return child.Inherits == q.Name && child.Value(r.Params) == q.Value(r.Params)
	})
}

// settings are the parameters that differ from their defaults, and the rest.
func (r foundRun) settings() (changed, kept []sweep.Parameter) {
	defaults := sweep.Defaults()
	for _, q := range sweep.Parameters() {
		usual := q.Value(defaults)
		if q.Inherits != "" {
			parent, _ := sweep.LookupParameter(q.Inherits) // whose name is known
			usual = parent.Value(r.Params)
		}
		if inTOML(q.Value(r.Params)) == inTOML(usual) {
			kept = append(kept, q)
		} else {
			changed = append(changed, q)
		}
	}
	return changed, kept
}

func (r foundRun) describeOrigin(w io.Writer) {
	fmt.Fprintln(w, "\norigin")
	if r.Rows != nil {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s %s", "data", report.RowsText(*r.Rows, []sweep.Params{r.Params})), 79, "               "))
	}
	for _, name := range []string{"model_hash", "data_hash", "data_eval_hash", "adapter_hash", "chat_template_hash", "command_hash", "numerics", "version", "revision", "dirty", "cpu", "kernels", "go", "source", "source_hash", "imported"} {
		column, _ := sweep.LookupColumn(name) // whose name is known
		if column.Known(r.Result) {
			fmt.Fprintf(w, "  %-12s %v\n", name, column.Value(r.Result))
		}
	}
	if foreign := r.Provenance.Foreign; foreign != "" {
		fmt.Fprintln(w, "\nsettings that are no parameters here")
		for line := range strings.Lines(foreign) {
			fmt.Fprintln(w, wrap("  "+strings.TrimSpace(line), 79, "    "))
		}
	}
}

// drawCurve draws the value of each point that has one, if they are enough to make
// a curve.
func drawCurve(w io.Writer, title string, curve []sweep.Point, value func(sweep.Point) (float64, bool)) {
	samples := analysis.Samples(curve, value)
	if len(samples) < 3 {
		return
	}
	size := 80
	if width := terminalWidth(w); width != nil {
		size = min(width(), 120)
	}
	fmt.Fprintf(w, "\n%s\n%s", title, plots.Text{Width: size - 1, Height: 12, ASCII: asciiOnly()}.Curve(samples))
}
