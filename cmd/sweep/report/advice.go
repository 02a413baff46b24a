package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// AdviceSection is what a person may do by one part of a sweep.
type AdviceSection struct {
	Heading string // which part
	Lines   []string
	Table   Table
}

// Table is rows of words under a header.
type Table struct {
	Header []string
	Rows   [][]string
}

// advise turns every analysis' advice into words.
func advise(analyses []sweepAnalysis, m analysis.Margins) []AdviceSection {
	var sections []AdviceSection
	for _, s := range analyses {
		for _, a := range s.advice.Alpha {
			sections = append(sections, alphaSection(s, a))
		}
		for _, part := range rankParts(s.advice.Rank) {
			sections = append(sections, rankSection(s, part, m))
		}
	}
	return sections
}

func heading(about string, s sweepAnalysis, part []analysis.Setting) string {
	where := s.label()
	if len(part) > 0 {
		where += ", " + partName(part)
	}
	return about + " (" + where + ")"
}

// alphaSection says what alpha to choose and what its change does to lr.
func alphaSection(s sweepAnalysis, a analysis.AlphaAdvice) AdviceSection {
	q := analysis.Judge(s.results)
	section := AdviceSection{Heading: heading("Alpha", s, a.Part), Lines: []string{q.Worded(choice(a)), move(a)}}
	section.Table.Header = []string{"alpha", "best lr, fitted (95 % interval)", q.Worded("lowest loss, trained")}
	for _, t := range a.Tuned {
		section.Table.Rows = append(section.Table.Rows, []string{t.Alpha.Text, bestText(t.Best), significant(t.Loss, 3)})
	}
	return section
}

// choice says how much alpha matters once lr is tuned.
func choice(a analysis.AlphaAdvice) string {
	from, to := a.Tuned[0].Alpha, a.Tuned[len(a.Tuned)-1].Alpha
	if !a.Tested {
		return fmt.Sprintf("Of alpha = %s to %s, each at its own best lr, one seed cannot tell which is better.", from, to)
	}
	furthest := fmt.Sprintf("each at its own best lr, the furthest apart are alpha = %s and %s, by %s of the loss", a.High, a.Low, a.Furthest.Percent())
	switch {
	case a.Same:
		return fmt.Sprintf("Any alpha from %s to %s will do: %s. Take one, leave it, and tune lr.", from, to, furthest)
	case a.Apart:
		return fmt.Sprintf("Alpha = %s does better than alpha = %s even where lr is tuned: %s.", a.Low, a.High, furthest)
	case a.Coarse:
		return fmt.Sprintf("Tune lr for whatever alpha you have; whether alpha matters beyond that hangs on lr between those tried: %s.", furthest)
	default:
		return fmt.Sprintf("Tune lr for whatever alpha you have; whether alpha matters beyond that is not settled by these seeds: %s.", furthest)
	}
}

// move says what to multiply lr by.
func move(a analysis.AlphaAdvice) string {
	tied := ""
	if len(a.Tied) > 0 {
		tied = ", with " + strings.Join(a.Tied, ", ") + " moved along as in the grid"
	}
	return fmt.Sprintf("From alpha to 2 alpha multiply lr by %s, to 4 alpha by %s, to k alpha by k^%s%s (from alpha = %s to %s, %d best values).",
		a.Factor(2), a.Factor(4), a.Slope.Estimate, tied, a.Slope.From, a.Slope.To, a.Slope.N)
}

func bestText(o statistics.Optimum) string {
	switch at := significant(o.At, 2); o.Place {
	case statistics.AtLow:
		return at + " or less: the lowest tried"
	case statistics.AtHigh:
		return at + " or more: the highest tried"
	case statistics.AtDivergence:
		return at + ", beside one that diverges"
	default:
		if math.IsNaN(o.Low) {
			return at
		}
		return fmt.Sprintf("%s (%s to %s)", at, significant(o.Low, 2), significant(o.High, 2))
	}
}

// rankParts groups advice on r by the part it holds for, in order.
func rankParts(all []analysis.RankAdvice) [][]analysis.RankAdvice {
	var parts [][]analysis.RankAdvice
	for _, a := range all {
		at := slices.IndexFunc(parts, func(part []analysis.RankAdvice) bool { return slices.Equal(part[0].Part, a.Part) })
		if at < 0 {
			parts = append(parts, []analysis.RankAdvice{a})
		} else {
			parts[at] = append(parts[at], a)
		}
	}
	return parts
}

// rankSection says whether to keep lr when r changes, rule by rule.
func rankSection(s sweepAnalysis, part []analysis.RankAdvice, m analysis.Margins) AdviceSection {
	section := AdviceSection{Heading: heading("r", s, part[0].Part)}
	section.Table.Header = []string{"rule for alpha", "from r", "to r", "regret of keeping lr, by trained runs (95 % interval)", "its own best lr, fitted, is"}
	for _, a := range part {
		section.Lines = append(section.Lines, rankLine(a, m))
		for _, move := range a.Moves {
			section.Table.Rows = append(section.Table.Rows, []string{
				a.Rule, a.From.Text, move.To.Text, regretText(move.Regret), significant(move.Factor, 2) + " times the old",
			})
		}
	}
	return section
}

func rankLine(a analysis.RankAdvice, m analysis.Margins) string {
	worst := a.Worst()
	start := fmt.Sprintf("With %s, moving from r = %s to %s: ", a.Rule, a.From, a.Moves[len(a.Moves)-1].To)
	if len(a.Moves) > 1 {
		start = fmt.Sprintf("With %s, moving from r = %s to any other up to %s: ", a.Rule, a.From, a.Moves[len(a.Moves)-1].To)
	}
	power := ""
	if a.Exponent.N > 1 {
		e := a.Exponent.Estimate
		power = fmt.Sprintf(" (best lr ~ r^%s)", e)
	}
	at := fmt.Sprintf("%s at r = %s", regretText(worst.Regret), worst.To)
	switch {
	case worst.Regret.Diverges:
		return start + "lower lr; at r = " + worst.To.Text + " the old one diverges or lies beside one that does" + power + "."
	case worst.Regret.Relative.Value > m.Regret:
		return start + "tune lr again, at r = " + worst.To.Text + " by a factor of " + significant(worst.Factor, 2) + "; keeping it costs up to " + at + power + "."
	case worst.Regret.Relative.High > m.Regret:
		return start + "keep lr; regret at most " + at + ", of which more seeds would tell more" + power + "."
	default:
		return start + "keep lr; regret at most " + at + power + "."
	}
}

func regretText(g analysis.Regret) string {
	switch {
	case g.Diverges:
		return "diverges"
	case g.AtLeast:
		return "at least " + g.Relative.Percent()
	default:
		return g.Relative.Percent()
	}
}

func significant(x float64, digits int) string { return strconv.FormatFloat(x, 'g', digits, 64) }
