package plots

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// axisLabel names a parameter on an axis.
func axisLabel(name string) string {
	if name == "lr" {
		return "learning rate (lr)"
	}
	return name
}

func lossLabel(q analysis.Quantity) string {
	if q != analysis.EvalLoss && q != analysis.TrainLoss {
		return string(q)
	}
	return string(q) + " (nats per token)"
}

// fixedTitle says which part of a sweep a panel shows.
func fixedTitle(fixed []analysis.Setting) string {
	parts := make([]string, len(fixed))
	for i, s := range fixed {
		parts[i] = s.Axis + " = " + valueName(s.Axis, s.Value)
	}
	return strings.Join(parts, ", ")
}

// signed writes a slope with a true minus sign.
func signed(x float64, digits int) string {
	s := fmt.Sprintf("%.*f", digits, x)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.ReplaceAll(s, "-", minus)
}

// valleyCaption says what a ByAxis figure shows, with or without its panel of
// best values.
func valleyCaption(c analysis.Comparison, compared bool, results []sweep.Result) []string {
	return nonempty([]string{
		quantityNote(c),
		seedNote(seedsOf(c.Slices)),
		markNote(c, compared),
		tiedNotes(c),
		setupNote(results),
		tallyNote(c.Tally),
	}...)
}

// caption says what a Curves figure shows.
func (s curveSheet) caption(h analysis.History, results []sweep.Result, curves map[string][]sweep.Point) []string {
	lines := "Lines: training loss" + smoothingNote(s.reach) + "; filled markers: which line it is; hollow markers: evaluation loss, where rows are held out"
	if s.metric != sweep.MetricLoss {
		lines = "Lines: " + string(s.metric) + " as it was logged" + smoothingNote(s.reach) + "; filled markers: which line it is"
	}
	return nonempty([]string{
		lines,
		seedNote(seedsOfLines(h)),
		divergedNote(h.Tally, "Thin lines that end in a cross: single runs that diverged"),
		partialNote(h),
		missingNote(results, "a loss curve", func(r sweep.Result) bool { return len(curves[r.Key]) > 0 }),
		tiedNote(h.By, h.Tied),
		setupNote(results),
		tallyNote(h.Tally),
	}...)
}

// partialNote explains the curves of runs that have not ended, and counts them.
func partialNote(h analysis.History) string {
	n := 0
	for _, p := range h.Panels {
		for _, l := range p.Lines {
			n += len(l.Partial)
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Thin lines that end in a dot: %d single runs that are in training or were stopped, up to their last step", n)
}

func quantityNote(c analysis.Comparison) string {
	note := "Evaluation loss on held-out rows at the end"
	switch c.Quantity {
	case analysis.TrainLoss:
		note = "Training loss, averaged over the last tenth of the steps (not every run has an evaluation loss)"
	case analysis.ErrorRate:
		note = capital(string(c.Quantity)) + ": " + c.Quantity.Doc() + ","
	case analysis.EvalLoss:
	default:
		note = string(c.Quantity) + ": " + c.Quantity.Doc() + ","
	}
	note += " against " + c.Over
	if c.By != c.Over {
		note += " for each " + c.By
	}
	return note
}

// seedNote says over how many seeds the means are, from the least to the most
// of any; nothing where there is no mean.
func seedNote(seeds extent) string {
	low, high := seeds.or(0, 0)
	switch {
	case high == 0:
		return ""
	case high == 1:
		return "One seed, so no bands and no intervals"
	case low == high:
		return fmt.Sprintf("Means over %g seeds", high)
	default:
		return fmt.Sprintf("Means over %g to %g seeds", low, high)
	}
}

// seedsOf are the seeds of a cell that has a mean: those that ended. Those that
// diverged are shown as crosses.
func seedsOf(all []analysis.Slice) extent {
	e := noExtent()
	for _, s := range all {
		for _, v := range s.ByLR {
			for _, c := range withLoss(v.Cells) {
				e.include(float64(c.Tally.Done + c.Tally.Diverged))
			}
		}
	}
	return e
}

// seedsOfLines are the seeds of a line, as in seedsOf.
func seedsOfLines(h analysis.History) extent {
	e := noExtent()
	for _, p := range h.Panels {
		for _, l := range p.Lines {
			if len(l.Train)+len(l.Eval) > 0 {
				e.include(float64(l.Tally.Done + l.Tally.Diverged))
			}
		}
	}
	return e
}

// markNote explains the marks of the valleys and of their minima, those that
// the figure has.
func markNote(c analysis.Comparison, compared bool) string {
	var notes []string
	_, most := seedsOf(c.Slices).or(0, 0)
	bands := most > 1 && c.By != analysis.Seed
	if bands {
		notes = append(notes, "bands: smallest to largest")
	}
	found := places(c)
	switch {
	case found[statistics.Inside]:
		notes = append(notes, "hollow markers: the best, by curves with two sides, in log-log"+belowNote(c))
	case len(found) > 0:
		notes = append(notes, "hollow markers: lowest cell")
	}
	if compared {
		notes = append(notes, bestNotes(c, found, bands)...)
	}
	notes = nonempty(append(notes, divergedNote(c.Tally, "crosses at the top edge: diverged (small: some of the seeds, the mean being that of the others)"))...)
	if len(notes) == 0 {
		return ""
	}
	return capital(strings.Join(notes, "; "))
}

// divergedNote is a note where runs diverged.
func divergedNote(t analysis.StateCounts, note string) string {
	if t.Diverged == 0 {
		return ""
	}
	return note
}

// belowNote says that a best value is lower than any loss that was measured, where
// one is.
func belowNote(c analysis.Comparison) string {
	below, all := 0, 0
	for _, s := range c.Slices {
		for _, v := range s.ByLR {
			if v.Best.Place != statistics.Inside {
				continue
			}
			all++
			if lowest, _ := measured(v).or(0, 0); v.Best.Loss < lowest {
				below++
			}
		}
	}
	if below == 0 {
		return ""
	}
	return c.Quantity.Worded(fmt.Sprintf(" (%d of %d lie below every loss measured there: estimates between the values tried)", below, all))
}

// measured is the range of the mean losses of a valley.
func measured(v analysis.LossByLR) extent {
	e := noExtent()
	for _, cell := range v.Cells {
		e.include(cell.Mean())
	}
	return e
}

// bestNotes explain the marks of the panel of best values.
func bestNotes(c analysis.Comparison, found map[statistics.Place]bool, intervals bool) []string {
	var notes []string
	if intervals {
		notes = append(notes, "bars and brackets: 95 % intervals")
	}
	if found[statistics.AtLow] || found[statistics.AtHigh] {
		notes = append(notes, "arrows: the best lies beyond the grid")
	}
	if found[statistics.AtDivergence] {
		notes = append(notes, "hollow without an arrow: the next value diverges")
	}
	if found[statistics.Inside] && len(c.Theory(c.Slices[0])) > 0 {
		notes = append(notes, "dashed: the powers that theory knows, through the mean of the estimates")
	}
	return notes
}

// places are the kinds of optima that a comparison has, NoOptimum aside.
func places(c analysis.Comparison) map[statistics.Place]bool {
	found := map[statistics.Place]bool{}
	for _, s := range c.Slices {
		for _, v := range s.ByLR {
			found[v.Best.Place] = true
		}
	}
	delete(found, statistics.NoOptimum)
	return found
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// tiedNotes says what moves with the axis compared, and in which parts if not
// in all.
func tiedNotes(c analysis.Comparison) string {
	var tied []string // of each part, without repetitions
	parts := map[string][]string{}
	for _, s := range c.Slices {
		note := tiedNote(c.By, s.Tied())
		if parts[note] == nil {
			tied = append(tied, note)
		}
		parts[note] = append(parts[note], fixedTitle(s.Fixed))
	}
	if len(tied) < 2 {
		return strings.Join(tied, "")
	}
	var notes []string
	for _, note := range tied {
		if note != "" {
			notes = append(notes, note+" at "+strings.Join(parts[note], " and "))
		}
	}
	return strings.Join(notes, "; ")
}

func tiedNote(by string, tied []string) string {
	if len(tied) == 0 {
		return ""
	}
	verb := " moves with "
	if len(tied) > 1 {
		verb = " move with "
	}
	return strings.Join(tied, " and ") + verb + by
}

// setupNote lists the settings that all runs share and a reader needs.
func setupNote(results []sweep.Result) string {
	shared := map[string]string{}
	for _, s := range analysis.Shared(results) {
		shared[s.Axis] = valueName(s.Axis, s.Value)
	}
	var parts []string
	add := func(format string, names ...string) {
		args := make([]any, len(names))
		for i, name := range names {
			value, known := shared[name]
			if !known {
				return
			}
			args[i] = value
		}
		parts = append(parts, fmt.Sprintf(format, args...))
	}
	shorten(shared, "model")
	shorten(shared, "data")
	add("model %s", "model")
	add("data %s", "data")
	if shared["method"] != "full" {
		add("r = %s", "r")
		add("alpha = %s", "alpha")
		add("scale %s", "scaling")
		add("targets %s", "targets")
	}
	add("lr = %s", "lr")
	add("%s", "optimizer")
	add("%s schedule", "schedule")
	add("steps %s", "steps")
	add("batch %s", "batch")
	add("seq %s", "seq")
	if by := trainerNote(results); by != "" {
		parts = append(parts, by)
	}
	if len(parts) > 0 && strings.Contains(parts[0], " = ") {
		parts[0] = "all with " + parts[0] // names of parameters have no capitals
	}
	return capital(strings.Join(parts, ", "))
}

// trainerNote says what trained the runs, "" if the built-in trainer did all.
func trainerNote(results []sweep.Result) string {
	var ours, imported bool
	var commands, arms []string
	for _, r := range results {
		switch {
		case r.Params.Command != nil:
			program := sweep.ProgramOf(r.Params.Command)
			if !slices.Contains(commands, program) {
				commands = append(commands, program)
			}
			if r.Arm != "" && !slices.Contains(arms, r.Arm) {
				arms = append(arms, r.Arm)
			}
		case r.Inputs.Imported != "":
			imported = true
		default:
			ours = true
		}
	}
	var parts []string
	if len(commands) > 0 {
		by := "trained by " + strings.Join(commands, " and ")
		if ours && len(arms) > 0 {
			by += " in " + strings.Join(arms, ", ")
		}
		parts = append(parts, by)
	}
	if imported {
		parts = append(parts, "trained elsewhere and imported")
	}
	if ours && len(parts) > 0 {
		parts = append(parts, "else by the built-in trainer")
	}
	return strings.Join(parts, ", ")
}

// shorten keeps the last part of a path.
func shorten(shared map[string]string, name string) {
	if value, known := shared[name]; known {
		shared[name] = path.Base(strings.ReplaceAll(value, "\\", "/"))
	}
}

func tallyNote(t analysis.StateCounts) string {
	runs := "runs"
	if t.Total() == 1 {
		runs = "run"
	}
	note := fmt.Sprintf("%d %s: %d done, %d diverged, %d failed, %d missing",
		t.Total(), runs, t.Done, t.Diverged, t.Failed, t.Missing)
	if t.Pruned > 0 {
		note += fmt.Sprintf(", %d pruned", t.Pruned)
	}
	if t.Diverged > 0 {
		note += ". Diverged: " + sweep.WhenDiverged
	}
	return note
}

// runsNote is tallyNote of all runs, each once.
func runsNote(results []sweep.Result) string {
	return tallyNote(analysis.Count(analysis.Runs(results), analysis.Judge(results)))
}

// mapCaption says what a Heatmap shows.
func mapCaption(c analysis.Comparison, results []sweep.Result) []string {
	return nonempty([]string{
		quantityNote(c),
		seedNote(seedsOf(c.Slices)),
		"Line: the best lr of each " + c.By + " with its 95 % interval; hollow: it lies on the edge of what was tried; blank: not tried, or " + c.Quantity.Worded("without a loss"),
		divergedNote(c.Tally, "Crosses: diverged (small, in a corner: some of the seeds, the colour being that of the others)"),
		tiedNotes(c),
		setupNote(results),
		tallyNote(c.Tally),
	}...)
}

// collapseCaption says what a Collapse figure shows.
func collapseCaption(c analysis.Comparison, left int, results []sweep.Result) []string {
	return nonempty([]string{
		capital(string(c.Quantity)) + " against lr and against combinations of it with the scale s and the size std_A that A starts at",
		c.Quantity.Worded("Spread: typical distance of a curve from the mean of those beside it, in log loss; less than against lr alone says that the combination decides"),
		divergedNote(c.Tally, "Crosses at the top edge: diverged (small: some of the seeds, the mean being that of the others), no part of the spread"),
		partsNote(left),
		seedNote(seedsOf(c.Slices)),
		tiedNotes(c),
		setupNote(results),
		tallyNote(c.Tally),
	}...)
}

// partsNote says how many parts of a sweep are left out.
func partsNote(left int) string {
	if left == 0 {
		return ""
	}
	return fmt.Sprintf("%d parts of the sweep are not drawn: they have fewer than two cells whose seeds are all done", left)
}

// regretCaption says what a Regret figure shows.
func regretCaption(sets []analysis.RuleSet, results []sweep.Result) []string {
	q := analysis.Judge(results)
	over := "over paired seeds"
	if known, of := analysis.WithRowLosses(results); known == of && of > 0 {
		over += " and held-out rows"
	}
	return nonempty([]string{
		fmt.Sprintf("Left: the best lr of each rule; hollow with an arrow: the best lies beyond the grid; dotted: the power of r that theory has for the rule, from r = %d up", analysis.MinRank),
		"Right: by how much the " + string(q) + " at the lr tuned at the first r exceeds that at r's own best lr; " + tickName(least) + " % and less are drawn at one height; brackets: 95 % intervals " + over + ", cut where they leave the panel; arrows: it may be more",
		"Crosses at the top edge: diverged, at the lr kept or beside it",
		"Rules stand side by side at each r",
		rulesNote(sets, results),
		setupNote(results),
		runsNote(results),
	}...)
}

// rulesNote says how many runs belong to no rule that is drawn.
func rulesNote(sets []analysis.RuleSet, results []sweep.Result) string {
	drawn := map[string]bool{}
	for _, set := range sets {
		for _, rule := range set.Rules {
			for _, key := range rule.Slice.Keys() {
				drawn[key] = true
			}
		}
	}
	left := len(analysis.Runs(results)) - len(drawn)
	if left == 0 {
		return ""
	}
	return fmt.Sprintf("%d of the runs are not drawn: they belong to no rule that has runs at every r, belong to one that does worse at the first r, or repeat another", left)
}

// missingNote says how many runs are not drawn as they lack something.
func missingNote(results []sweep.Result, what string, has func(sweep.Result) bool) string {
	left := 0
	for _, r := range analysis.Runs(results) {
		if !has(r) {
			left++
		}
	}
	if left == 0 {
		return ""
	}
	return fmt.Sprintf("%d of the runs are not drawn: they have not %s", left, what)
}
