package report

import (
	"fmt"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// Row is a finding in the table of verdicts.
type Row struct {
	Letter, Sweep, Part, Verdict, Measure, Key, Power, Control, Runs string
	Reasons, Add                                                     []string

	identity bool // holds to the bit or not at all
}

func newRow(s sweepAnalysis, f analysis.Finding) Row {
	r := Row{
		Letter: f.Claim.Letter, Sweep: s.label(), Part: partName(f.Part), Verdict: string(f.Verdict), Measure: f.Measure,
		Key: keyText(f.Key, f.Share), Power: "–", Control: controlText(f.Control), Runs: runsText(f), identity: f.Identity,
	}
	if f.Identity && r.Measure != "" {
		r.Measure = "certificate of the code: " + r.Measure
	}
	if f.Power > 0 {
		r.Power = fmt.Sprintf("%.2f", f.Power)
	}
	for _, reason := range f.Reasons {
		r.Reasons = append(r.Reasons, reason.Detail)
	}
	for _, a := range f.Add {
		r.Add = append(r.Add, a.String())
	}
	r.explain()
	return r
}

// runsText says how many runs and seeds a finding rests on.
func runsText(f analysis.Finding) string {
	text := fmt.Sprintf("%s; %d done, %d diverged", humanize.Count(f.Seeds, "seed"), f.Tally.Done, f.Tally.Diverged)
	if n := f.Tally.Failed + f.Tally.Missing; n > 0 {
		text += fmt.Sprintf(", %d missing", n)
	}
	if n := f.Tally.Pruned; n > 0 {
		text += fmt.Sprintf(", %d pruned", n)
	}
	return text
}

// explain has a row on what was not asked say why, in place of a number.
func (r *Row) explain() {
	if r.Verdict == string(analysis.NotAsked) {
		r.Measure, r.Key, r.Control = "", strings.Join(r.Reasons, "; "), "–"
	}
}

// Class is the verdict as the name of a style.
func (r Row) Class() string { return className(r.Verdict) }

func className(verdict string) string { return strings.ReplaceAll(verdict, " ", "-") }

func partName(part []analysis.Setting) string {
	if len(part) == 0 {
		return "all"
	}
	names := make([]string, len(part))
	for i, s := range part {
		names[i] = s.String()
	}
	return strings.Join(names, ", ")
}

func keyText(e statistics.Estimate, share bool) string {
	switch {
	case !e.Known():
		return "–"
	case share:
		return e.Percent()
	default:
		return e.String()
	}
}

func controlText(c analysis.Control) string {
	switch {
	case c.Name == "":
		return "none in these runs"
	case c.Differs:
		return c.Name + ": " + keyText(c.Number, c.Share) + "; behaves otherwise"
	default:
		return c.Name + ": " + keyText(c.Number, c.Share) + "; does not clearly behave otherwise"
	}
}
