package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// PredictedSection is what grids predicted and what came of it, by their own rules.
type PredictedSection struct {
	Measured     []PredictionRow
	Certificates []PredictionRow // of what holds to the bit or not at all
	Notes        []string        // on the looks together, and on what came later
}

// PredictionRow is a prediction judged by one part of a sweep.
type PredictionRow struct {
	Sweep, Says, Part                                 string
	Predicted, Measured, Verdict, Class, Runs, Stated string
	Reasons, Add                                      []string

	late bool // stated when runs of the sweep had ended
}

// newPredictedSection judges what the grids predict, all looks held together.
func newPredictedSection(sweeps []Sweep) PredictedSection {
	var section PredictedSection
	var looks []analysis.Look
	var of []Sweep // of each look
	var about []sweep.Predicted
	for _, sw := range sweeps {
		for _, p := range sw.Predicted {
			for _, l := range analysis.LookAt(p) {
				looks, of, about = append(looks, l), append(of, sw), append(about, p)
			}
		}
	}
	n := analysis.HeldTogether(looks)
	for i, l := range looks {
		row := newPredictionRow(of[i], about[i], l)
		if l.Identity {
			section.Certificates = append(section.Certificates, row)
		} else {
			section.Measured = append(section.Measured, row)
		}
	}
	if n > 1 {
		section.Notes = append(section.Notes, fmt.Sprintf("%d looks at these runs could decide something. Verdicts are held together by Holm's correction: "+
			"the chance of a false one among all of them is at most 5 %%.", n))
	}
	for _, sw := range sweeps {
		section.Notes = append(section.Notes, laterNotes(sw)...)
	}
	return section
}

func newPredictionRow(sw Sweep, p sweep.Predicted, l analysis.Look) PredictionRow {
	r := PredictionRow{
		Sweep: sw.Name, Says: p.Says, Part: partName(l.Part),
		Predicted: l.Measure + ": " + p.Interval(), Measured: keyText(l.Key, l.Share),
		Verdict: string(l.Verdict), Class: className(string(l.Verdict)), Runs: runsText(l.Finding),
	}
	r.Stated, r.late = statedText(sw.History, p)
	if l.Identity {
		r.Verdict = map[analysis.Verdict]string{analysis.Supported: "holds", analysis.Refuted: "broken", analysis.Undecided: "not tested", analysis.NotAsked: "not tested"}[l.Verdict]
	}
	for _, reason := range l.Reasons {
		r.Reasons = append(r.Reasons, reason.Detail)
	}
	for _, a := range l.Add {
		r.Add = append(r.Add, a.String())
	}
	return r
}

// moment writes when something was.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// statedText says when a prediction was first saved with the sweep, and what of its
// runs could be seen then; late reports whether runs of the sweep had ended.
func statedText(h sweep.History, p sweep.Predicted) (text string, late bool) {
	i := slices.IndexFunc(h.Predictions, func(s sweep.Stated) bool { return s.Prediction == p.String() })
	if i < 0 {
		return "not known", false
	}
	at := h.Predictions[i].At
	if h.FirstEnded.IsZero() || at.Before(h.FirstEnded) {
		return "before the first run ended, " + moment(at), false
	}
	seen, all := 0, slices.Concat(p.Cells, p.Against)
	for _, r := range all {
		if ended, has := h.Ended[r.Name]; has && !ended.After(at) {
			seen++
		}
	}
	if seen == 0 {
		return fmt.Sprintf("stated after the runs began, %s, though none of its own had ended", moment(at)), true
	}
	return fmt.Sprintf("stated after the runs began, %s: %d of its %s had ended", moment(at), seen, humanize.Count(len(all), "run")), true
}

// isLater reports whether a run was planned after the first of the sweep had ended.
func (sw Sweep) isLater(r sweep.Result) bool {
	planned, known := sw.History.Planned[r.Name]
	return known && !sw.History.FirstEnded.IsZero() && planned.After(sw.History.FirstEnded)
}

// laterNotes say what was planned or taken back after a first look at the sweep.
func laterNotes(sw Sweep) []string {
	var notes []string
	h := sw.History
	added, others := analysis.AddedLater(sw.Results, sw.isLater)
	var what []string
	for _, a := range added {
		what = append(what, a.String())
	}
	if others > 0 {
		what = append(what, humanize.Count(others, "other cell"))
	}
	if len(what) > 0 {
		notes = append(notes, fmt.Sprintf("%s: added after the first run had ended, %s: %s.", sw.Name, moment(h.FirstEnded), strings.Join(what, "; ")))
	}
	for _, s := range h.Predictions {
		if !slices.ContainsFunc(sw.Predicted, func(p sweep.Predicted) bool { return p.String() == s.Prediction }) {
			notes = append(notes, fmt.Sprintf("%s: predicted from %s on, and no longer: %s.", sw.Name, moment(s.At), s.Prediction))
		}
	}
	return notes
}
