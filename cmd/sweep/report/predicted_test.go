package report

import (
	"strings"
	"testing"
	"time"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// minute is a moment, so many minutes after some start.
func minute(n int) time.Time { return time.Date(2026, 1, 2, 3, n, 0, 0, time.UTC) }

// seen is a sweep of four cells, of which the first two ended at minute 10 and the
// last was planned at minute 20, with a prediction that was stated at some time.
func seen(stated int) Sweep {
	p := sweep.Prediction{Says: "so", Quantity: "unequal starts"}
	sw := Sweep{Name: "a", History: sweep.History{
		FirstEnded:  minute(10),
		Planned:     map[string]time.Time{"c1": minute(0), "c2": minute(0), "c3": minute(0), "c4": minute(20)},
		Ended:       map[string]time.Time{"c1": minute(10), "c2": minute(10)},
		Predictions: []sweep.Stated{{Prediction: "gone: worst regret along r: below 5 %", At: minute(0)}, {Prediction: p.String(), At: minute(stated)}},
	}}
	for i, name := range []string{"c1", "c2", "c3", "c4"} {
		params := sweep.Defaults()
		params.Seed = i
		sw.Results = append(sw.Results, sweep.Result{Run: sweep.Run{Key: name, Name: name, Params: params}})
	}
	sw.Predicted = []sweep.Predicted{{Prediction: p, Cells: sw.Results[:3]}}
	return sw
}

func TestAPredictionIsStatedBeforeOrAfterALook(t *testing.T) {
	for name, c := range map[string]struct {
		sweep Sweep
		want  string
	}{
		"before": {seen(5), "before the first run ended, 2026-01-02 03:05 UTC"},
		"after":  {seen(15), "stated after the runs began, 2026-01-02 03:15 UTC: 2 of its 3 runs had ended"},
		"after others": {
			func() Sweep {
				sw := seen(15)
				sw.Predicted[0].Cells = sw.Results[2:]
				return sw
			}(),
			"stated after the runs began, 2026-01-02 03:15 UTC, though none of its own had ended",
		},
		"nowhere": {
			func() Sweep {
				sw := seen(5)
				sw.History = sweep.History{}
				return sw
			}(),
			"not known",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got, late := statedText(c.sweep.History, c.sweep.Predicted[0]); got != c.want || late != strings.HasPrefix(c.want, "stated after") {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWhatCameAfterALookIsSaid(t *testing.T) {
	notes := strings.Join(newPredictedSection([]Sweep{seen(5)}).Notes, "\n")
	for _, want := range []string{
		"a: added after the first run had ended, 2026-01-02 03:10 UTC: seed = [3].",
		"a: predicted from 2026-01-02 03:00 UTC on, and no longer: gone: worst regret along r: below 5 %.",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in\n%s", want, notes)
		}
	}
}

func TestWhatHoldsToTheBitLiftsNoModel(t *testing.T) {
	first, second := found("tiny", analysis.Supported), found("big", analysis.Undecided)
	second.findings = append(second.findings, second.findings[0])
	second.findings[1].Verdict, second.findings[1].Identity, second.findings[1].Exact = analysis.Supported, true, true
	section := compareModels([]sweepAnalysis{first, second})
	if got := section.Rows[0].Agreement; got != "undecided on big" {
		t.Errorf("%q", got)
	}
	second.findings, first.findings = second.findings[1:], nil
	if section = compareModels([]sweepAnalysis{first, second}); len(section.Rows) != 0 {
		t.Errorf("an identity alone is compared: %+v", section.Rows)
	}
}
