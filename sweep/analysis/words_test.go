package analysis

import (
	"strings"
	"testing"

	"sweep/sweep"
)

func TestATextAboutLossesBecomesOneAboutTheQuantity(t *testing.T) {
	for text, want := range map[string]string{
		"the loss at tuned lr":                       "the error rate at tuned lr",
		"Losses are the same; a loss, (the losses).": "Error rates are the same; an error rate, (the error rates).",
		"by 5 % of the loss":                         "by 5 % of the error rate",
		"arm = loss-all, eval_loss, a glossy loss's": "arm = loss-all, eval_loss, a glossy loss's",
	} {
		if got := ErrorRate.Worded(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		for _, q := range []Quantity{EvalLoss, TrainLoss} {
			if got := q.Worded(text); got != text {
				t.Errorf("by %s %q became %q", q, text, got)
			}
		}
	}
}

// judgedValley is runs whose loss is lowest at one lr, and whose completions are right most
// often at another.
func judgedValley(bestLoss, bestMatch int) []sweep.Result {
	var results []sweep.Result
	for _, alpha := range []float64{4, 16, 64} {
		for i, lr := range []float64{1e-3, 1e-2, 1e-1, 1} {
			for seed := range 4 {
				off := func(best int) int { return (i - best) * (i - best) }
				r := judgedRun("", 390-80*off(bestMatch)-seed, 10+80*off(bestMatch)+seed, 0)
				r.Params.Alpha, r.Params.LR, r.Params.Seed = alpha, lr, seed
				r.Params.Inherit()
				r.Name = sweep.FormatValue(alpha) + "," + sweep.FormatValue(lr) + "," + sweep.FormatValue(seed)
				r.Key, r.FirstLoss = r.Name, 5
				r.EvalLoss = float64(1+off(bestLoss)) + 0.01*float64(seed)
				r.FirstMatch = sweep.Matches{Right: 1, Of: 100}
				results = append(results, r)
			}
		}
	}
	return results
}

func TestVerdictsAnswersAndPredictionsGoByTheMetric(t *testing.T) {
	results := judgedValley(1, 2)
	byMatch, err := By(results, sweep.MetricMatch)
	if err != nil {
		t.Fatal(err)
	}
	for word, of := range map[string][]sweep.Result{"loss": results, "error rate": byMatch} {
		answers, err := NewStudy(of).Answers(DefaultMargins())
		if err != nil || answers[0].Use == nil {
			t.Fatalf("%+v, %v", answers, err)
		}
		if lr := answers[0].Use.best.params.LR; lr != map[string]float64{"loss": 1e-2, "error rate": 1e-1}[word] {
			t.Errorf("by %s the best lr is %v", word, lr)
		}
		findings, err := NewStudy(of).Verdicts(DefaultMargins())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			texts := f.Claim.Statement + f.Measure
			for _, r := range f.Reasons {
				texts += r.Detail
			}
			switch f.Claim.Letter {
			case "a":
				if asked := f.Verdict != NotAsked; asked != (word == "loss") {
					t.Errorf("by %s claim (a) is %s: %s", word, f.Verdict, texts)
				}
			case "b", "d":
				if !strings.Contains(texts, "the "+word+" at tuned lr") || word != "loss" && lossWord.MatchString(texts) {
					t.Errorf("by %s: %s", word, texts)
				}
			}
		}
		p := sweep.Predicted{Prediction: sweep.Prediction{Says: "so", Quantity: "loss", By: "lr", From: "0.01", To: "0.1", Above: 0, Below: 1e9}, Cells: at(of, 1e-1), Against: at(of, 1e-2)}
		if l := LookAt(p)[0]; l.Verdict != map[string]Verdict{"loss": Supported, "error rate": Refuted}[word] {
			t.Errorf("by %s it is %s that it is higher at lr = 0.1: %v", word, l.Verdict, l.Reasons)
		}
	}
}

func TestRunsOfOneErrorRateTellNoSettingFromAnother(t *testing.T) {
	results := judgedValley(1, 2)
	for i := range results {
		results[i].Match.Right = 0
		for j := range results[i].RowLosses {
			results[i].RowLosses[j].Match = sweep.MatchWrong
		}
	}
	results, err := By(results, sweep.MetricMatch)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := NewStudy(results).Answers(DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	if unknown := answers[0].Unknown; len(unknown) != 1 || unknown[0].Detail != "every run has the error rate 0.999, which so tells no setting from another" {
		t.Errorf("not known: %v", unknown)
	}
	if proposals, err := Propose(results, answers, DefaultMargins()); err != nil || len(proposals) > 0 {
		t.Errorf("proposed: %v, %v", proposals, err)
	}
}

// at are the results at an lr.
func at(results []sweep.Result, lr float64) (some []sweep.Result) {
	for _, r := range results {
		if r.Params.LR == lr {
			some = append(some, r)
		}
	}
	return some
}
