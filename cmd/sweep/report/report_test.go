package report_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"sweep/cmd/sweep/report"
	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// valley is runs whose best lr falls as alpha rises.
func valley() []sweep.Result {
	var results []sweep.Result
	for _, alpha := range []float64{1, 4, 16} {
		for _, lr := range []float64{1e-3, 3e-3, 1e-2, 3e-2, 1e-1} {
			for seed := range 2 {
				p := sweep.Defaults()
				p.Alpha, p.LR, p.Seed, p.Holdout = alpha, lr, seed, 0
				p.Inherit()
				off := math.Log10(lr) + 1.5 + 0.5*math.Log10(alpha)
				name := fmt.Sprintf("a%g-lr%g-s%d", alpha, lr, seed)
				results = append(results, sweep.Result{
					Run:     sweep.Run{Key: name, Name: name, Params: p},
					Outcome: sweep.Outcome{State: sweep.StateDone, Loss: 1 + off*off + 0.01*float64(seed), FirstLoss: 3, EvalLoss: math.NaN()},
				})
			}
		}
	}
	return results
}

func newReport(t *testing.T, style plots.Style) *report.Report {
	t.Helper()
	r, err := report.New(report.Input{
		Sweeps:  []report.Sweep{{Name: "menus <b>\x1b", TOML: "name = 'menus'", Results: valley(), Train: "train it", ListHashes: "list them"}},
		Margins: analysis.DefaultMargins(), Names: report.MarginNames{Same: "--same", Regret: "--regret"},
		Style: style, Command: "make it again",
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAPageHoldsItsFiguresAndTheCommandsItWasGiven(t *testing.T) {
	r := newReport(t, plots.Dark)
	if err := r.DrawInside(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := r.HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`class="dark"`, `<img src="data:image/svg`, "train it", "list them", "make it again", "menus &lt;b&gt;", "(--same)"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
	if strings.ContainsRune(page.String(), '\x1b') {
		t.Error("the page could steer a terminal")
	}
}

func TestMarkdownShowsFiguresWhereTheyWerePlaced(t *testing.T) {
	r := newReport(t, plots.Paper)
	names := map[string]bool{}
	err := r.DrawBeside(t.Context(), nil, func(name string, _ plots.Figure) (report.Figure, error) {
		if names[name] {
			t.Errorf("two figures are named %s", name)
		}
		names[name] = true
		return report.Figure{Path: "at/" + name}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := r.Markdown(&page); err != nil {
		t.Fatal(err)
	}
	for name := range names {
		if !strings.Contains(page.String(), "](at/"+strings.NewReplacer("<", "%3C", ">", "%3E", "\x1b", "%1B").Replace(name)) {
			t.Errorf("%s is not shown", name)
		}
	}
	if len(names) == 0 {
		t.Error("no figure was drawn")
	}
}

func TestAReportOnNothingIsRefused(t *testing.T) {
	if _, err := report.New(report.Input{}); err == nil {
		t.Error("it is not")
	}
}
