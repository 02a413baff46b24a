package report_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// runs are those of some settings, for three seeds that hardly differ.
func runs(loss func(sweep.Params) float64, settings ...sweep.Params) []sweep.Result {
	var all []sweep.Result
	for i, p := range settings {
		for seed := range 3 {
			p.Seed = seed
			p.Inherit()
			name := fmt.Sprintf("%d-s%d", i, seed)
			off := 0.001 * float64((seed*7+i*5)%3)
			all = append(all, sweep.Result{
				Run:     sweep.Run{Key: name, Name: name, Params: p},
				Outcome: sweep.Outcome{State: sweep.StateDone, Loss: loss(p) + off, Evaluated: true, EvalLoss: loss(p) + off, FirstLoss: 5, Seconds: 40},
			})
		}
	}
	return all
}

// product is every combination of the values.
func product(alphas, lrs []float64, dropouts ...float64) []sweep.Params {
	var all []sweep.Params
	for _, alpha := range alphas {
		for _, lr := range lrs {
			for _, dropout := range dropouts {
				p := sweep.Defaults()
				p.Alpha, p.LR, p.Dropout = alpha, lr, dropout
				all = append(all, p)
			}
		}
	}
	return all
}

func TestAReportOpensWithWhatToUse(t *testing.T) {
	lrs := []float64{1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2}
	at := func(best func(sweep.Params) float64) func(sweep.Params) float64 {
		return func(p sweep.Params) float64 { return 1 + math.Pow(math.Log(p.LR/best(p)), 2) }
	}
	fixed := at(func(sweep.Params) float64 { return 4e-3 })
	pending := runs(fixed, product([]float64{16}, lrs, 0)...)
	for i := range pending {
		pending[i].Outcome = sweep.Outcome{State: sweep.StatePending}
	}
	for _, tt := range []struct {
		name    string
		results []sweep.Result
		want    string // of the first answer
	}{
		{
			"lr alone", runs(fixed, product([]float64{16}, lrs, 0)...),
			"Use lr 4e-3, with r 8, alpha 16, 200 steps: trained, evaluation loss 1.001 (0.999 to 1.003, over 3 seeds alone); each of the 4 other settings is clearly worse.",
		},
		{"alpha and lr", runs(at(func(p sweep.Params) float64 { return 0.032 / p.Alpha }), product([]float64{4, 8, 16}, lrs, 0)...), "within noise of it: alpha 4 to 16 at their own lr."},
		{"alpha where two of three do", runs(func(p sweep.Params) float64 { return fixed(p) + math.Abs(p.Alpha-8)*math.Abs(p.Alpha-16) }, product([]float64{4, 8, 16}, lrs, 0)...), "within noise of it: alpha "},
		{"two axes", runs(fixed, product([]float64{4, 8, 16}, lrs, 0, 0.1)...), "within noise of it: alpha 4 to 16 and dropout 0, 0.1 at their own lr."},
		{"all alike", runs(func(sweep.Params) float64 { return 1 }, product([]float64{16}, lrs, 0)...), "none of the 4 other settings is clearly worse."},
		{"nothing trained", pending, "Nothing to recommend yet: none of 15 runs has finished."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := report.New(report.Input{Sweeps: []report.Sweep{{Name: "menus", Results: tt.results, Train: "train it"}}, Margins: analysis.DefaultMargins()})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Answers) != 1 || !strings.Contains(r.Answers[0].Use, tt.want) {
				t.Fatalf("%+v, want %s", r.Answers, tt.want)
			}
			var page strings.Builder
			if err := r.Markdown(&page); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(page.String(), "# menus\n\n**"+r.Answers[0].Use+"**\n") {
				t.Errorf("the page opens otherwise:\n%s", page.String())
			}
		})
	}
}

func TestABriefAnswerHasThreeLinesAtMost(t *testing.T) {
	for name, results := range map[string][]sweep.Result{
		"none":     nil,
		"on edge":  runs(func(p sweep.Params) float64 { return p.LR }, product([]float64{16}, []float64{1e-3, 1e-2}, 0)...),
		"one run":  runs(func(p sweep.Params) float64 { return p.LR }, product([]float64{16}, []float64{1e-3}, 0)...)[:1],
		"in doubt": runs(func(sweep.Params) float64 { return 1 }, product([]float64{16, 32}, []float64{1e-3}, 0)...),
	} {
		answers, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins())
		if err != nil {
			t.Fatal(err)
		}
		lines := report.Brief(answers, "train it", "say more")
		if len(lines) > 3 || (len(lines) == 0) != (len(results) == 0) {
			t.Errorf("%s: %q", name, lines)
		}
		if len(results) == 0 {
			continue
		}
		r, err := report.New(report.Input{Sweeps: []report.Sweep{{Name: "menus", Results: results}}, Margins: analysis.DefaultMargins()})
		if err != nil {
			t.Fatal(err)
		}
		if lines[0] != r.Answers[0].Use || len(lines) > 1 && !strings.Contains(strings.ToLower(r.Answers[0].Unknown[0].Text), strings.ToLower(answers[0].Unknown[0].Detail)) {
			t.Errorf("%s: the terminal says %q, the report %+v", name, lines, r.Answers[0])
		}
	}
}

func TestSweepsThatVaryTheSameAxisAreSetSideBySide(t *testing.T) {
	var in report.Input
	for name, power := range map[string]float64{"first": -1, "second": 0} {
		best := func(p sweep.Params) float64 { return 4e-3 * math.Pow(p.Alpha, power) }
		loss := func(p sweep.Params) float64 { return 1 + math.Pow(math.Log(p.LR/best(p)), 2) }
		var lrs []float64
		for lr := 1e-5; lr < 0.1; lr *= 2 {
			lrs = append(lrs, lr)
		}
		in.Sweeps = append(in.Sweeps, report.Sweep{Name: name, Results: runs(loss, product([]float64{1, 4, 16, 64}, lrs, 0)...)})
	}
	r, err := report.New(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Laws) != 3 || !strings.Contains(r.Laws[2], "differ on alpha: no one power") {
		t.Errorf("%q", r.Laws)
	}
}

func TestArmsThatDoAsWellAreNamedOneByOne(t *testing.T) {
	lrs := []float64{1e-3, 2e-3, 4e-3}
	results := runs(func(sweep.Params) float64 { return 1 }, product([]float64{4, 8, 16}, lrs, 0, 0.1)...)
	for i := range results {
		results[i].Arm = "dry"
		if results[i].Params.Dropout > 0 {
			results[i].Arm = "wet"
		}
		if results[i].Params.Alpha == 16 && results[i].Arm == "wet" {
			results[i].Loss, results[i].EvalLoss = 2, 2
		}
	}
	r, err := report.New(report.Input{Sweeps: []report.Sweep{{Name: "arms", Results: results}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"arm dry with alpha 4 to 16 at their own lr", "; arm wet with alpha "} {
		if !strings.Contains(r.Answers[0].Use, want) {
			t.Errorf("%s does not say: %s", r.Answers[0].Use, want)
		}
	}
}

func TestALawThatIsNotKnownIsSaidToBeSo(t *testing.T) {
	r, err := report.New(report.Input{Sweeps: []report.Sweep{{
		Name: "falling", Results: runs(func(p sweep.Params) float64 { return 1 / p.LR }, product([]float64{4, 8}, []float64{1e-3, 2e-3}, 0)...),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Laws) != 1 || !strings.Contains(r.Laws[0], "is not known: at 0 of its 2 values") {
		t.Errorf("%q", r.Laws)
	}
}
