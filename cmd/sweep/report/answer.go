package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// AnswerSection is what to use, as the report opens with it.
type AnswerSection struct {
	Where   string // its sweep and budget, "" for the only answer
	Use     string
	Unknown []UnknownItem
}

// UnknownItem is something that may change what to use, and the runs that would
// tell.
type UnknownItem struct {
	Text string
	Try  string // a line of a grid file, "" if there is none
}

// HasUnknown reports whether an answer leaves something unknown.
func (r *Report) HasUnknown() bool {
	return slices.ContainsFunc(r.Answers, func(a AnswerSection) bool { return len(a.Unknown) > 0 })
}

// HasGrids reports whether the report has a line of a grid file to try.
func (r *Report) HasGrids() bool {
	return slices.ContainsFunc(r.Answers, func(a AnswerSection) bool {
		return slices.ContainsFunc(a.Unknown, func(u UnknownItem) bool { return strings.HasPrefix(u.Try, "grid = ") })
	})
}

// answerSections are the answers of every analysis, each named where there are
// several analyses.
func answerSections(analyses []sweepAnalysis) []AnswerSection {
	var sections []AnswerSection
	for _, s := range analyses {
		label := ""
		if len(analyses) > 1 {
			label = s.label() + ": "
		}
		for _, a := range s.answers {
			section := AnswerSection{Use: sentence(a)}
			if label != "" {
				section.Use = label + section.Use
			}
			if len(analyses) > 1 || len(s.answers) > 1 {
				section.Where = strings.TrimSuffix(label+settingsText(a.Budget), ": ")
			}
			for _, u := range a.Unknown {
				section.Unknown = append(section.Unknown, unknownItem(u, s.sweep.Train))
			}
			sections = append(sections, section)
		}
	}
	return sections
}

// Brief is what to use in at most three lines, for a terminal: what, what is not
// known, most of all, and the runs that would tell; of several budgets by the
// largest.
// Train is the command that trains the sweep, and more one that says more. There
// is nothing to say without answers.
func Brief(answers []analysis.Answer, train, more string) []string {
	if len(answers) == 0 {
		return nil
	}
	last := answers[len(answers)-1]
	lines := []string{sentence(last)}
	rest := len(answers) - 1
	if rest > 0 {
		lines[0] += " " + humanize.Count(rest, "other budget") + ": " + more
	}
	if len(last.Unknown) == 0 {
		return lines
	}
	unknown := "not known: " + last.Unknown[0].Detail
	if n := len(last.Unknown) - 1; n > 0 && rest == 0 {
		unknown += fmt.Sprintf("; and %d more: %s", n, more)
	}
	lines = append(lines, unknown)
	trial := last.Unknown[0].Trial
	if trial.Runs > 0 {
		lines = append(lines, "to tell: "+cmp.Or(trial.String(), train)+" # "+costText(trial))
	}
	return lines
}

func unknownItem(u analysis.Unknown, train string) UnknownItem {
	item := UnknownItem{Text: capital(u.Detail) + "."}
	switch {
	case u.Trial.Runs == 0:
		return item
	case u.Trial.String() == "":
		item.Text, item.Try = item.Text+" To train them, "+costText(u.Trial)+":", train
	default:
		item.Text, item.Try = item.Text+" To tell, "+costText(u.Trial)+":", u.Trial.String()
	}
	return item
}

func costText(t analysis.Trial) string {
	text := humanize.Count(t.Runs, "run")
	if t.Arm != "" {
		text += " of arm " + t.Arm
	}
	if math.IsNaN(t.Seconds) {
		return text
	}
	return text + ", " + humanize.Duration(max(t.Seconds, 1)) + " on one worker"
}

// capital begins a sentence.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// sentence says what to use under a budget, and what does as well: the first line of
// the report, of the list of the best and of what a sweep ends with.
func sentence(a analysis.Answer) string { return capital(useText(a)) + leftOutText(a) }

func useText(a analysis.Answer) string {
	where := ""
	if len(a.Budget) > 0 {
		where = "At " + settingsText(a.Budget) + ": "
	}
	if a.Use == nil {
		return where + nothingText(a)
	}
	what := settingsText(a.Use.Setting)
	if len(a.Use.Shared) > 0 {
		if what != "" {
			what += ", with "
		}
		what += settingsText(a.Use.Shared)
	}
	loss := string(a.Quantity) + " " + lossText(a)
	if a.Compared < 2 {
		return where + "there is no choice, as only " + what + " was trained for all seeds: " + loss
	}
	return where + "use " + what + ": trained, " + loss + "; " + sameText(a)
}

func nothingText(a analysis.Answer) string {
	switch t := a.Tally; {
	case t.Done+t.Diverged == 0:
		return fmt.Sprintf("nothing to recommend yet: none of %s has finished", humanize.Count(t.Total(), "run"))
	case t.Done == 0:
		return fmt.Sprintf("nothing to recommend: all %s that ended diverged", humanize.Count(t.Diverged, "run"))
	default:
		return "nothing to recommend: of every setting a run diverged or is missing"
	}
}

// lossText is the loss with its interval and what that is over, or why there is none.
func lossText(a analysis.Answer) string {
	loss := a.Use.Loss
	seeds := humanize.Count(len(a.Seeds), "seed")
	if !loss.Bounded() {
		return fmt.Sprintf("%.3g (%s: no interval)", loss.Value, seeds)
	}
	half := (loss.High - loss.Low) / 2
	places := 2 // as many as the interval leaves room for
	if half > 0 {
		places = min(max(places, int(math.Ceil(-math.Log10(half)))), 6)
	}
	over := seeds + " alone"
	if a.Use.Rows > 0 {
		over = seeds + " and " + humanize.Count(a.Use.Rows, "held-out row")
	}
	return fmt.Sprintf("%.*f (%.*f to %.*f, over %s)", places, loss.Value, places, loss.Low, places, loss.High, over)
}

// leftOutText ends the sentence with how many settings were not among those to
// choose from.
func leftOutText(a analysis.Answer) string {
	if n := a.Settings - a.Compared; n > 0 && a.Use != nil {
		return fmt.Sprintf("; left out: %s of which a run diverged or is missing.", humanize.Count(n, "setting"))
	}
	return "."
}

// sameText says which other settings the runs do not tell from the recommended one.
func sameText(a analysis.Answer) string {
	others, same := a.Compared-1, a.Use.Same
	switch {
	case len(a.Seeds) < 2:
		return fmt.Sprintf("lowest of %d settings, which one seed cannot tell from luck", a.Compared)
	case len(same) == 0 && others == 1:
		return "the other setting is clearly worse"
	case len(same) == 0:
		return fmt.Sprintf("each of the %d other settings is clearly worse", others)
	case len(same) == others && others > 1:
		return fmt.Sprintf("none of the %d other settings is clearly worse", others)
	}
	return "within noise of it: " + similarText(a.Use, listed)
}

// settingsText is "r 8, alpha 16, lr 0.015".
func settingsText(all []analysis.Setting) string {
	words := make([]string, len(all))
	for i, s := range all {
		switch {
		case s.Axis == "steps":
			words[i] = humanize.Count(int(s.Value.Number), "step")
		case s.Axis == "rows" && s.Value.Number == 0:
			words[i] = allRows
		default:
			words[i] = s.Axis + " " + valueText(s.Value)
		}
	}
	return strings.Join(words, ", ")
}

// allRows is what rows = 0 stands for.
const allRows = "all rows"

func valueText(v analysis.Value) string {
	if v.Numeric {
		return sweep.FormatValue(v.Number)
	}
	return v.Text
}
