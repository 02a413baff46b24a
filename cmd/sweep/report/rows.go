package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

// RowsText says what the rows of runs are that read the same, in one line without an
// end, such as
//
//	3,795 rows to train on (0.42 epochs), 205 to evaluate on; 119 tokens a row at the median, 158 at most
//
// with what was cut and skipped, and what else is odd about them.
func RowsText(s sweep.RowSummary, runs []sweep.Params) string {
	text := humanize.Count(s.Train, "row") + " to train on"
	if s.Sequences > 0 {
		text += fmt.Sprintf(", packed to %s that are %s full", humanize.Count(s.Sequences, "sequence"), percent(s.Filled))
	}
	text += epochsText(s, runs)
	if s.Eval > 0 {
		text += ", " + humanize.Thousands(float64(s.Eval)) + " to evaluate on"
	} else {
		text += ", none to evaluate on"
	}
	parts := []string{text, fmt.Sprintf("%s tokens a row at the median, %s at most", humanize.Thousands(float64(s.Median)), humanize.Thousands(float64(s.Longest)))}
	say := func(n int, what string) {
		if n > 0 {
			parts = append(parts, humanize.Thousands(float64(n))+" "+what)
		}
	}
	say(s.Cut, "cut to seq")
	say(s.Long, "skipped for being longer than seq")
	say(s.Silent, "skipped, as no token that counts is left")
	if s.Lost > 0 {
		parts = append(parts, percent(s.Lost)+" of the tokens lost")
	}
	if s.Duplicates > 0 {
		parts = append(parts, humanize.Count(s.Duplicates, "duplicate")+" among those to train on")
	}
	say(s.Empty, "with an empty completion")
	say(s.Overlap, "to evaluate on that are trained on, too")
	return strings.Join(parts, "; ")
}

// epochsText is " (0.42 epochs)", or a range of them.
func epochsText(s sweep.RowSummary, runs []sweep.Params) string {
	if len(runs) == 0 || s.Train == 0 {
		return ""
	}
	var epochs []float64
	for _, p := range runs {
		epochs = append(epochs, s.Epochs(p))
	}
	least, most := fmt.Sprintf("%.2g", slices.Min(epochs)), fmt.Sprintf("%.2g", slices.Max(epochs))
	switch {
	case least != most:
		return fmt.Sprintf(" (%s to %s epochs)", least, most)
	case least == "1":
		return " (1 epoch)"
	default:
		return fmt.Sprintf(" (%s epochs)", least)
	}
}

// percent is a share with two digits, or all three of 100, "under 0.1 %" where it is
// small.
func percent(share float64) string {
	switch {
	case share < 0.001:
		return "under 0.1 %"
	case share >= 0.995:
		return fmt.Sprintf("%.3g %%", 100*share)
	}
	return fmt.Sprintf("%.2g %%", 100*share)
}

// rowsListed is how many settings of the rows have a line of their own.
const rowsListed = 8

// RowsLines says what the rows of runs are, in a line for all that read the same.
func RowsLines(runs []sweep.Run) []string {
	groups := GroupRows(runs)
	var lines []string
	for _, g := range groups[:min(len(groups), rowsListed)] {
		lines = append(lines, g.Text())
	}
	if n := len(groups) - rowsListed; n > 0 {
		lines = append(lines, "and "+humanize.Count(n, "more setting")+" of the rows")
	}
	return lines
}

// RowGroup is runs that read the same rows.
type RowGroup struct {
	Rows     sweep.RowSummary
	Runs     []sweep.Run
	settings []string // that tell these rows from those of other groups
}

// Text says what the rows are, after the settings that tell them from others.
func (g RowGroup) Text() string {
	var params []sweep.Params
	for _, r := range g.Runs {
		params = append(params, r.Params)
	}
	text := RowsText(g.Rows, params)
	if len(g.settings) > 0 {
		text = strings.Join(g.settings, ", ") + ": " + text
	}
	return text
}

// GroupRows groups runs by the rows that they read, in the order in which the runs
// come. It leaves out those of which it is not known.
func GroupRows(runs []sweep.Run) []RowGroup {
	var groups []RowGroup
	place := map[string]int{}
	encoder := sweep.NewEncoder(sweep.ParametersWith(sweep.RoleRows))
	for _, r := range runs {
		if r.Rows == nil {
			continue
		}
		id := string(encoder.Literal(&r.Params)) + fmt.Sprint(*r.Rows)
		i, known := place[id]
		if !known {
			i = len(groups)
			place[id] = i
			groups = append(groups, RowGroup{Rows: *r.Rows})
		}
		groups[i].Runs = append(groups[i].Runs, r)
	}
	for _, q := range sweep.ParametersWith(sweep.RoleRows) {
		value := func(g RowGroup) string { return settingOf(q, g.Runs[0].Params) }
		if slices.ContainsFunc(groups, func(g RowGroup) bool { return value(g) != value(groups[0]) }) {
			for i := range groups {
				groups[i].settings = append(groups[i].settings, value(groups[i]))
			}
		}
	}
	return groups
}

// settingOf is a setting in words, such as "seq 64".
func settingOf(q sweep.Parameter, p sweep.Params) string {
	if q.Name == "rows" && p.Rows == 0 {
		return allRows
	}
	return q.Name + " " + cmp.Or(sweep.FormatValue(q.Value(p)), "none")
}
