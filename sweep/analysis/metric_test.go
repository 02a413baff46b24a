package analysis

import (
	"math"
	"strings"
	"testing"

	"sweep/sweep"
)

// withMeasure is a run of a command that is done, at an lr, with the last value of a
// measure; more of those named in higher is better.
func withMeasure(lr float64, name string, x float64, higher ...string) sweep.Result {
	p := sweep.Defaults()
	p.LR = lr
	p.Command = &sweep.Command{Metrics: sweep.CommandMetrics{Higher: higher}, Stated: []string{"lr"}}
	return sweep.Result{
		Run:     sweep.Run{Key: sweep.FormatValue(lr), Name: "lr" + sweep.FormatValue(lr), Params: p},
		Outcome: sweep.Outcome{State: sweep.StateDone, Loss: 1, Measures: sweep.Measures{{Name: name, Value: x}}},
	}
}

func TestRunsAreComparedByTheLastValueOfAMeasure(t *testing.T) {
	for _, c := range []struct {
		higher   []string
		metric   sweep.Metric
		best     string
		quantity Quantity
		value    float64
	}{
		{nil, "perplexity", "lr1e-3", "perplexity", 0.25},
		{[]string{"accuracy"}, "accuracy", "lr0.01", "1 - accuracy", 0.25},
		{[]string{"accuracy"}, sweep.MetricLoss, "lr1e-3", TrainLoss, 1},
	} {
		results, err := By([]sweep.Result{withMeasure(1e-3, string(c.metric), 0.25, c.higher...), withMeasure(1e-2, string(c.metric), 0.75, c.higher...)}, c.metric)
		if err != nil {
			t.Fatal(err)
		}
		best, q, err := Best(results, 1)
		if err != nil || best[0].Name != c.best || q != c.quantity || q.Of(best[0]) != c.value {
			t.Errorf("by %q the best is %s with %v = %v, %v; want %s with %v = %v", c.metric, best[0].Name, q, q.Of(best[0]), err, c.best, c.quantity, c.value)
		}
	}
}

func TestMeasuresThatHaveNoRatioAreRefused(t *testing.T) {
	for want, run := range map[string]sweep.Result{
		"has no accuracy; there are recall":                     withMeasure(1e-3, "recall", 0.5),
		"has no accuracy; did you mean accuracy2":               withMeasure(1e-3, "accuracy2", 0.5),
		"has accuracy = 57.5, and the grid says":                withMeasure(1e-3, "accuracy", 57.5, "accuracy"),
		"has accuracy = 1, so that 1 - accuracy is 0":           withMeasure(1e-3, "accuracy", 1, "accuracy"),
		"has accuracy = -2, which has no ratio to others; what": withMeasure(1e-3, "accuracy", -2),
	} {
		if _, err := By([]sweep.Result{run}, "accuracy"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	failed := withMeasure(1e-3, "recall", 0.5)
	failed.State = sweep.StateFailed
	if _, err := By([]sweep.Result{failed}, "accuracy"); err != nil {
		t.Errorf("a run that failed: %v", err)
	}
}

func TestAMeasureThatIsNotFiniteCountsAsDiverged(t *testing.T) {
	results, err := By([]sweep.Result{withMeasure(1e-3, "accuracy", math.NaN(), "accuracy"), withMeasure(1e-2, "accuracy", 0.5, "accuracy")}, "accuracy")
	if err != nil {
		t.Fatal(err)
	}
	if tally := Count(results, Judge(results)); tally.Diverged != 1 || tally.Done != 1 {
		t.Errorf("the runs count as %+v", tally)
	}
}

func TestTextsOnLossesNameTheMeasure(t *testing.T) {
	for text, want := range map[string]string{
		"the lowest loss, trained": "the lowest 1 - accuracy, trained",
		"Losses differ by a loss":  "Values of 1 - accuracy differ by a value of 1 - accuracy",
		"loss_a is no loss.":       "loss_a is no 1 - accuracy.",
	} {
		if got := quantityOf("accuracy", true).Worded(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestAMeasureIsTracedAsItWasLogged(t *testing.T) {
	run := withMeasure(1e-3, "accuracy", 0.5, "accuracy")
	curves := map[string][]sweep.Point{run.Key: {
		{EvalLoss: 9, Evaluated: true, Measures: sweep.Measures{{Name: "accuracy", Value: 0.25}}},
		{Step: 1, Loss: 2, EvalLoss: 9, Evaluated: true},
		{Step: 2, Loss: 1, Measures: sweep.Measures{{Name: "accuracy", Value: 0.5}}},
	}}
	h, err := TraceMetric([]sweep.Result{run}, curves, "lr", "accuracy")
	if err != nil {
		t.Fatal(err)
	}
	line := h.Panels[0].Lines[0]
	if len(line.Train) != 2 || line.Train[0] != (Sample{0, 0.25}) || line.Train[1] != (Sample{2, 0.5}) || line.Eval != nil {
		t.Errorf("the line is %+v", line)
	}
	if _, err := TraceMetric([]sweep.Result{run}, curves, "lr", "recall"); err == nil || !strings.Contains(err.Error(), "there are accuracy") {
		t.Errorf("a measure that nobody logged: %v", err)
	}
}
