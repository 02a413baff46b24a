package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/atomicfile"
	"sweep/sweep/grid"
)

type nextCommand struct {
	Grid string `predictor:"grid" arg:"" name:"GRID.toml" help:"Grid file of a sweep that was run."`
	setFlag
	Hours float64 `default:"1" placeholder:"H" help:"Time that the new runs may take (default: ${default})."`
	slotFlags
	Out string `predictor:"file" placeholder:"NEXT.toml" help:"File to write the grid to (default: stdout)."`
	metricFlag
	storeFlag
}

// Help shows examples.
func (nextCommand) Help() string {
	return `Prints a grid that has the old one and the runs that would decide most in the
time: it has the same name, so that 'sweep run' trains only what is new, and
'sweep report' has both. First come lr beyond an edge, since nothing is known of
what lies there; then seeds for a best lr without interval; then what shrinks an
interval most for its time. An interval falls as 1/sqrt(seeds) as far as it is
wider than the spacing of the lr, which lr between halve. Best lr known to
within a factor of 2 get nothing. What 'sweep best' and 'sweep report' would try
of lr and seeds is always there. Times are those of the runs that are there. What
--set replaces of the old grid, the new one replaces when it includes that.

Examples:
  sweep next menus.toml
  sweep next menus.toml --hours 0.5 --out next.toml
  sweep next menus.toml --metric match
  sweep run next.toml
  sweep next next.toml --out after.toml`
}

// Run writes the grid of the runs that would decide most.
func (c *nextCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(); err != nil {
		return err
	}
	if !(c.Hours > 0) {
		return fmt.Errorf("--hours %g: there is no time to train in", c.Hours)
	}
	if c.Out != "" && filepath.Clean(c.Out) == filepath.Clean(c.Grid) {
		return fmt.Errorf("--out %s: the new grid includes the old one and cannot replace it", c.Out)
	}
	t := newFineTuner()
	plan, err := readPlan(ctx, out, c.Grid, t, c.Set...)
	if err != nil {
		return err
	}
	slots, err := c.find(ctx, t, plan.Runs)
	if err != nil {
		return err
	}
	var results []sweep.Result
	err = c.read(ctx, out, func(st sweep.Store) error {
		results, err = heldResults(ctx, st, plan)
		return err
	})
	if err != nil {
		return err
	}
	if results, err = c.compared(results); err != nil {
		return fmt.Errorf("look for what would tell more of sweep %s: %w", plan.Spec.Name, err)
	}
	margins := analysis.DefaultMargins()
	answers, err := analysis.NewStudy(results).Answers(margins)
	var proposals []analysis.Proposal
	if err == nil {
		proposals, err = analysis.Propose(results, answers, margins)
	}
	if err != nil {
		return fmt.Errorf("look for what would tell more of sweep %s: %w", plan.Spec.Name, err)
	}
	next := choice{plan: plan, budget: c.Hours * 3600 * float64(slots.workers), workers: float64(slots.workers), by: c.by()}
	next.reserve(results)
	for _, p := range proposals {
		next.consider(p)
	}
	next.note(answers)
	text, err := next.write(seenFrom(c.Out, c.Grid), c.Set)
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err := io.WriteString(direct(out.stdout), text)
		return err
	}
	err = atomicfile.Write(ctx, c.Out, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("next: %w", err)
	}
	fmt.Fprintln(out.stdout, wrap(c.Out+": "+next.summary(), 79, "  "))
	_, err = fmt.Fprintln(out.stdout, "to train: "+c.command("run", operand(c.Out)))
	return err
}

// heldResults are the cells of a plan with what a store holds of their runs.
func heldResults(ctx context.Context, st sweep.Store, plan *grid.Plan) ([]sweep.Result, error) {
	saved, err := st.Results(ctx, plan.Spec.Name)
	if err != nil {
		return nil, err
	}
	runs, held := map[string]sweep.Run{}, map[string]sweep.Result{}
	for _, run := range plan.Runs {
		runs[run.Key] = run
	}
	for _, r := range saved {
		held[r.Key] = r
	}
	var results []sweep.Result
	for _, cell := range plan.Cells {
		r := held[cell.Key]
		r.Run = runs[cell.Key]
		r.Arm, r.Name = cell.Arm, cell.Name
		results = append(results, r)
	}
	return results, nil
}

// choice is the proposals that fit into the time.
type choice struct {
	plan    *grid.Plan
	budget  float64 // seconds of one worker, of which missing runs have had theirs
	workers float64
	by      string // the metric, as in " by match"

	missing int     // runs of the old grid that are still to be trained
	takes   float64 // seconds of these
	chosen  []grid.Extension
	runs    int
	seconds float64
	left    []string // what was not chosen, and why
	open    string   // what no runs would tell, "" if there is nothing
	late    int      // proposals for which there is no time
}

// reserve keeps time for the runs of the grid itself that are missing.
func (c *choice) reserve(results []sweep.Result) {
	pace := analysis.Pace(results)
	for _, r := range analysis.Runs(results) {
		if !r.State.Final() {
			c.missing++
			c.takes += pace(r.Params)
		}
	}
	c.budget -= c.takes
}

// consider takes a proposal if its cells can be had and the time is enough.
func (c *choice) consider(p analysis.Proposal) {
	runs := float64(len(p.LR) * len(p.Seeds))
	each := p.Seconds / runs
	p.LR = slices.DeleteFunc(slices.Clone(p.LR), func(lr float64) bool {
		return slices.ContainsFunc(p.Seeds, func(seed int) bool {
			cell := p.Like
			cell.LR, cell.Seed = lr, seed
			cell.Inherit()
			return c.plan.Spec.Drops(p.Arm, cell)
		})
	})
	arm := slices.IndexFunc(c.plan.Spec.Arms, func(a grid.Arm) bool { return a.Name == p.Arm })
	barred := c.plan.Spec.Arms[arm].Extensible()
	p.Seconds = each * float64(len(p.LR)*len(p.Seeds))
	switch {
	case barred != nil:
		c.leave(p, barred.Error())
	case len(p.LR) == 0:
		c.leave(p, "an [[exclude]] or a [[require]] of the grid drops it; loosen that")
	case !(p.Seconds <= c.budget):
		c.late++
	default:
		c.budget -= p.Seconds
		c.seconds += p.Seconds
		c.runs += len(p.LR) * len(p.Seeds)
		c.chosen = append(c.chosen, grid.Extension{
			Arm: p.Arm, Like: p.Like, LR: p.LR, Seeds: p.Seeds,
			Why: wrap(strings.TrimSpace(fmt.Sprintf("%s lr %s, seed %s: %s; %s", c.setting(p), list(p.LR), list(p.Seeds), p.Detail, c.time(p.Seconds))), 77, "  "),
		})
	}
}

func (c *choice) leave(p analysis.Proposal, why string) {
	line := strings.TrimSpace(c.setting(p) + " " + p.Detail + ": " + why)
	if !slices.Contains(c.left, line) {
		c.left = append(c.left, line)
	}
}

// note says what answers would try that changes more than lr and seeds, which is a
// sweep of its own, and what they leave open without anything to try.
func (c *choice) note(answers []analysis.Answer) {
	for _, a := range answers {
		for _, u := range a.Unknown {
			if u.Trial.Runs == 0 {
				c.open = u.Detail
			}
			if _, ok := u.Proposal(); !ok && u.Trial.String() != "" {
				c.left = append(c.left, u.Detail+": that is a sweep of its own, "+u.Trial.String())
			}
		}
	}
}

// setting names what a proposal is for, by what varies in the grid.
func (c *choice) setting(p analysis.Proposal) string {
	var parts []string
	for _, arm := range c.plan.Spec.Arms {
		if arm.Name != p.Arm {
			continue
		}
		for _, axis := range arm.Axes {
			for _, q := range axis.Parameters {
				if q.Name != "lr" && q.Name != "seed" && len(axis.Points) > 1 {
					parts = append(parts, q.Name+" = "+sweep.FormatValue(q.Value(p.Like)))
				}
			}
		}
	}
	if p.Arm != "" {
		parts = append([]string{"arm " + p.Arm}, parts...)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + ":"
}

func list[T any](values []T) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, sweep.FormatValue(v))
	}
	return strings.Join(texts, ", ")
}

// time is what some seconds of one worker come to, with all workers.
func (c *choice) time(seconds float64) string {
	return "about " + humanize.Duration(max(math.Ceil(seconds/c.workers), 1))
}

// summary says what the grid adds.
func (c *choice) summary() string {
	text := "nothing to add"
	switch {
	case c.runs > 0:
		text = fmt.Sprintf("%s more, %s with %s", humanize.Count(c.runs, "run"), c.time(c.seconds), humanize.Count(int(c.workers), "worker"))
	case c.open != "":
		text += ": " + c.open
	case c.late == 0 && len(c.left) == 0 && c.missing == 0:
		text += fmt.Sprintf(": every best lr is known to within a factor of %g", analysis.Wide)
	}
	if c.missing > 0 {
		text += fmt.Sprintf("; before them %s of the grid itself that have no outcome yet, %s", humanize.Count(c.missing, "run"), c.time(c.takes))
	}
	if c.late > 0 {
		text += fmt.Sprintf("; %s for which there is no time", humanize.Count(c.late, "more proposal"))
	}
	return text
}

// write is the grid that includes the old one, from the path given and with these
// settings of the command line, and what there is to say of it in comments.
func (c *choice) write(include string, settings []string) (string, error) {
	text, err := c.plan.Spec.Extend(include, settings, c.chosen)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	comment := func(line string) {
		for part := range strings.Lines(wrap(line, 77, "  ")) {
			b.WriteString("# " + strings.TrimRight(part, "\n") + "\n")
		}
	}
	comment("What would tell most of sweep " + c.plan.Spec.Name + c.by + ": " + c.summary() + ".")
	for _, line := range c.left {
		comment("Not here: " + line + ".")
	}
	return b.String() + text, nil
}
