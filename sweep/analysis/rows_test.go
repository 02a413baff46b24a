package analysis_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// withRows gives results the losses of 60 held-out rows, by which each has the loss that
// it comes to; runs differ in what they make of a row.
func withRows(results []sweep.Result) []sweep.Result {
	random := rand.New(rand.NewPCG(1, 1))
	own := make([]float64, 60)
	for j := range own {
		own[j] = 0.2 * random.NormFloat64()
	}
	results = slices.Clone(results)
	for i := range results {
		r := &results[i]
		r.RowLosses = nil
		for _, x := range own {
			r.RowLosses = append(r.RowLosses, sweep.RowLoss{Nats: 10 * r.EvalLoss * (1 + x + 0.1*random.NormFloat64()), Tokens: 10})
		}
		r.EvalLoss = sweep.MeanRowLoss(r.RowLosses)
	}
	return results
}

// seedsAlone are the same results of which nothing is known by rows.
func seedsAlone(results []sweep.Result) []sweep.Result {
	results = slices.Clone(results)
	for i := range results {
		results[i].RowLosses = nil
	}
	return results
}

// noisyRows are runs of five seeds along lr at four alphas.
func noisyRows() []sweep.Result {
	g, random := halving(), rand.New(rand.NewPCG(2, 2))
	g.seeds = 5
	g.loss = func(p sweep.Params) float64 { return halfPower(p) * math.Exp(0.01*random.NormFloat64()) }
	return withRows(g.results())
}

// wantWider compares an estimate over seeds and rows with that over seeds alone.
func wantWider(t *testing.T, what string, rows, alone statistics.Estimate) {
	t.Helper()
	if rows.Value != alone.Value || !rows.Bounded() || rows.High-rows.Low <= 1.01*(alone.High-alone.Low) || rows.Low > alone.Low || rows.High < alone.High {
		t.Errorf("%s is %v over seeds and rows, and %v over seeds alone; want the same with a wider interval", what, rows, alone)
	}
}

func TestHeldOutRowsWidenTheIntervalsOfLossesAndRegrets(t *testing.T) {
	results := noisyRows()
	rows, alone := compare(t, results, "alpha").Slices[0], compare(t, seedsAlone(results), "alpha").Slices[0]
	wantWider(t, "the worst regret", rows.WorstRegret(), alone.WorstRegret())
	wantWider(t, "the mean regret", rows.MeanRegret(), alone.MeanRegret())
	for i, g := range rows.Regrets() {
		wantWider(t, "the regret at alpha "+g.By.Text, g.Relative, alone.Regrets()[i].Relative)
	}
	for _, quantity := range []string{"tuned loss", "loss", "trend of the tuned loss"} {
		look := func(results []sweep.Result) statistics.Estimate {
			at := func(alpha float64) (some []sweep.Result) {
				for _, r := range results {
					if r.Params.Alpha == alpha && (quantity != "loss" || r.Params.LR == 0.02) {
						some = append(some, r)
					}
				}
				return some
			}
			p := sweep.Predicted{Prediction: sweep.Prediction{Quantity: quantity, Along: "alpha", Above: -1, Below: 1}, Cells: results}
			if quantity != "trend of the tuned loss" {
				p.Along, p.By, p.To, p.From, p.Cells, p.Against = "", "alpha", "4", "1", at(4), at(1)
			}
			return analysis.LookAt(p)[0].Key
		}
		wantWider(t, quantity, look(results), look(seedsAlone(results)))
	}
}

func TestHeldOutRowsWidenTheLossToExpect(t *testing.T) {
	answer := func(results []sweep.Result) analysis.Answer {
		answers, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins())
		if err != nil || len(answers) != 1 || answers[0].Use == nil {
			t.Fatalf("%+v, %v", answers, err)
		}
		return answers[0]
	}
	results := noisyRows()
	rows, alone := answer(results), answer(seedsAlone(results))
	if rows.Use.Rows != 60 || alone.Use.Rows != 0 {
		t.Errorf("over %d and %d rows, want 60 and none", rows.Use.Rows, alone.Use.Rows)
	}
	wantWider(t, "the loss", rows.Use.Loss, alone.Use.Loss)
}

// TestRowsAreDrawnTogetherOnlyWhereTheyAreTheSame: runs on other rows, or of which
// rows are not known, leave intervals by seeds.
func TestRowsAreDrawnTogetherOnlyWhereTheyAreTheSame(t *testing.T) {
	for name, change := range map[string]func(*sweep.Result){
		"other data":    func(r *sweep.Result) { r.Inputs.Data = "other" },
		"other rows":    func(r *sweep.Result) { r.RowLosses = r.RowLosses[:59] },
		"rows unknown":  func(r *sweep.Result) { r.RowLosses = nil },
		"one row":       func(r *sweep.Result) { r.RowLosses = r.RowLosses[:1] },
		"other holdout": func(r *sweep.Result) { r.Inputs.DataEval = "other" },
	} {
		results := noisyRows()
		want := compare(t, seedsAlone(results), "alpha").Slices[0].WorstRegret()
		change(&results[7])
		if got := compare(t, results, "alpha").Slices[0].WorstRegret(); got != want {
			t.Errorf("%s in one run: %v, want %v", name, got, want)
		}
		answers, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins())
		if err != nil || answers[0].Use.Rows != 0 {
			t.Errorf("%s in one run: the answer is over %d rows, %v", name, answers[0].Use.Rows, err)
		}
	}
	diverged := noisyRows()
	diverge(&diverged[7])
	diverged[7].RowLosses = nil
	if answers, err := analysis.NewStudy(diverged).Answers(analysis.DefaultMargins()); err != nil || answers[0].Use.Rows != 60 {
		t.Errorf("a run that diverged has no rows, and the answer is over %d rows, %v", answers[0].Use.Rows, err)
	}
}
