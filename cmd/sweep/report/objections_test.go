package report_test

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// Every objection is met by runs that give no cause for it.
func TestObjectionsAreThoseThatTheRunsGiveCauseFor(t *testing.T) {
	var lrs []float64
	for lr := 1e-3; lr < 0.02; lr *= 1.3 {
		lrs = append(lrs, lr)
	}
	loss := func(p sweep.Params) float64 { return 1 + math.Pow(math.Log(p.LR*p.Alpha/0.032), 2) }
	sound := func() []sweep.Result { return runs(loss, product([]float64{4, 8, 16}, lrs, 0)...) }
	each := func(change func(*sweep.Result)) []sweep.Result {
		all := sound()
		for i := range all {
			change(&all[i])
		}
		return all
	}
	began := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	falls := sweep.Prediction{Says: "it falls", Quantity: "slope of the best lr", Along: "alpha", Below: 0, Above: math.Inf(-1)}
	for _, tt := range []struct {
		name, want string
		sweep      report.Sweep
		first      bool // it is the strongest
	}{
		{"one seed", "rests on one seed", report.Sweep{Results: slices.DeleteFunc(sound(), func(r sweep.Result) bool { return r.Params.Seed > 0 })}, true},
		{"few seeds", "no more than 3 seeds", report.Sweep{Results: sound()}, false},
		{"one model, one task", "one model (tiny) on one task (menus)", report.Sweep{Results: each(func(r *sweep.Result) { r.Params.Model, r.Params.Data = "a/tiny", "b/menus" })}, false},
		{"nothing held out", "rows trained on", report.Sweep{Results: each(func(r *sweep.Result) { r.Evaluated, r.EvalLoss, r.Params.Holdout = false, math.NaN(), 0 })}, true},
		{"the rows that chose", "chosen by the very rows", report.Sweep{Results: sound()}, false},
		{"one length", "All runs are 200 steps long", report.Sweep{Results: sound()}, false},
		{"on the edge", "3 of 3 settings is the lowest or the highest tried", report.Sweep{Results: runs(func(p sweep.Params) float64 { return p.LR }, product([]float64{4, 8, 16}, lrs, 0)...)}, true},
		{"lr far apart", "too far apart", report.Sweep{Results: runs(loss, product([]float64{4, 8, 16}, []float64{4e-5, 4e-4, 4e-3, 4e-2, 0.4}, 0)...)}, true},
		{"runs missing", "have no outcome", report.Sweep{Results: each(func(r *sweep.Result) {
			if r.Params.Alpha == 4 {
				r.Outcome = sweep.Outcome{State: sweep.StatePending}
			}
		})}, false},
		{"nothing predicted", "Nobody stated beforehand", report.Sweep{Results: sound()}, false},
		{
			"predicted after a look", "they were stated when runs had ended", report.Sweep{
				Results: sound(), Predicted: []sweep.Predicted{{Prediction: falls, Cells: sound()}},
				History: sweep.History{FirstEnded: began, Predictions: []sweep.Stated{{Prediction: falls.String(), At: began.Add(time.Hour)}}},
			}, true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.sweep.Name, tt.sweep.Next, tt.sweep.Train = "menus", "sweep next it", "sweep run it"
			r, err := report.New(report.Input{Sweeps: []report.Sweep{tt.sweep}, Margins: analysis.DefaultMargins()})
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(r.Objections, func(o report.Objection) bool { return strings.Contains(o.Text, tt.want) })
			if at < 0 || tt.first && at > 0 {
				t.Fatalf("at %d of %+v: %s", at, r.Objections, tt.want)
			}
			if len(r.Objections) > 5 {
				t.Errorf("%d objections", len(r.Objections))
			}
			for _, o := range r.Objections {
				if o.Answer == "" || strings.HasSuffix(o.Answer, ":") != (o.Try != "") {
					t.Errorf("nothing answers %+v", o)
				}
			}
		})
	}
}

func TestThereIsNothingToObjectToBeforeARunHasFinished(t *testing.T) {
	pending := runs(func(sweep.Params) float64 { return 1 }, product([]float64{16}, []float64{1e-3, 1e-2}, 0)...)
	for i := range pending {
		pending[i].Outcome = sweep.Outcome{State: sweep.StatePending}
	}
	r, err := report.New(report.Input{Sweeps: []report.Sweep{{Name: "menus", Results: pending}}, Margins: analysis.DefaultMargins()})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Objections) > 0 {
		t.Errorf("%+v", r.Objections)
	}
}

// The published table of coverage goes as far as the objection says that it does.
func TestCoverageWasSimulatedForAsManySeedsAsIsSaid(t *testing.T) {
	table, err := os.ReadFile("../../../sweep/statistics/coverage/README.md")
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for _, row := range regexp.MustCompile(`(?m)^\| \w[^|]* \| [\d.]+[^|]* \| (\d+) \|`).FindAllStringSubmatch(string(table), -1) {
		n, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, n)
	}
	if most != statistics.MostSeedsSimulated {
		t.Errorf("the table goes up to %d seeds, not %d", most, statistics.MostSeedsSimulated)
	}
}
