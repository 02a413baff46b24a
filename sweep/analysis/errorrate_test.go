package analysis

import (
	"math"
	"strings"
	"testing"

	"sweep/sweep"
)

// judgedRun is a run that is done, with so many rows that are right, wrong and not judged.
func judgedRun(name string, right, wrong, unasked int) sweep.Result {
	r := sweep.Result{Run: sweep.Run{Name: name, Key: name, Params: sweep.Defaults()}}
	r.State, r.EvalLoss, r.Evaluated = sweep.StateDone, 0.5, true
	for match, n := range map[sweep.RowMatch]int{sweep.MatchRight: right, sweep.MatchWrong: wrong, sweep.NotJudged: unasked} {
		for range n {
			r.RowLosses = append(r.RowLosses, sweep.RowLoss{Nats: 1, Tokens: 7, Match: match})
		}
	}
	r.Match = sweep.CountMatches(r.RowLosses)
	return r
}

func TestErrorRatesHaveRatiosEvenWhereNothingIsWrong(t *testing.T) {
	for _, c := range []struct {
		right, wrong int
		want         float64
	}{{9, 0, 0.05}, {0, 9, 0.95}, {99, 0, 0.005}, {4, 4, 0.5}} {
		r := judgedRun("a", c.right, c.wrong, 3)
		if got := ErrorRate.Of(r); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d right and %d wrong: rate %v, want %v", c.right, c.wrong, got, c.want)
		}
		if got := sweep.MeanRowLoss(rowErrors(r.RowLosses)); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d right and %d wrong: the mean over rows is %v, want %v", c.right, c.wrong, got, c.want)
		}
	}
	if got := ErrorRate.Of(sweep.Result{}); !math.IsNaN(got) {
		t.Errorf("a run that was not judged has rate %v", got)
	}
}

func TestOtherRowsMoveAnErrorRateAsABinomialDoes(t *testing.T) {
	r := judgedRun("a", 60, 20, 5)
	draws := redrawn(r, ErrorRate)
	if draws.Groups != 80 {
		t.Fatalf("%d groups of rows are drawn, want the 80 that were judged", draws.Groups)
	}
	mean, squares := 0.0, 0.0
	for _, x := range draws.Losses {
		mean += x / float64(len(draws.Losses))
	}
	for _, x := range draws.Losses {
		squares += (x - mean) * (x - mean) / float64(len(draws.Losses)-1)
	}
	if want := math.Sqrt(0.25 * 0.75 / 80); math.Abs(math.Sqrt(squares)/want-1) > 0.25 || math.Abs(mean-0.25) > 3*want/10 {
		t.Errorf("drawn rates have mean %v and deviation %v, want 0.25 and %v", mean, math.Sqrt(squares), want)
	}
}

func TestRunsAreJudgedByTheMetricThatTheyAreComparedBy(t *testing.T) {
	few, many := judgedRun("few", 1, 9, 0), judgedRun("many", 8, 2, 0)
	few.EvalLoss = 0.1
	many.Params.LR *= 2
	by := func(m sweep.Metric) string {
		t.Helper()
		results, err := By([]sweep.Result{few, many}, m)
		if err != nil {
			t.Fatal(err)
		}
		best, q, err := Best(results, 1)
		if err != nil {
			t.Fatal(err)
		}
		return best[0].Name + " by " + string(q)
	}
	if got := by(sweep.MetricLoss); got != "few by evaluation loss" {
		t.Errorf("the best is %s", got)
	}
	if got := by(sweep.MetricMatch); got != "many by error rate" {
		t.Errorf("the best is %s", got)
	}
	few.Params.LR, few.Params.Seed = many.Params.LR, 1
	one, _ := By([]sweep.Result{few, many}, sweep.MetricMatch)
	if g := AllButSeed(one).Groups[0]; g.Low != 0 || g.High != 1 {
		t.Errorf("two rates far apart have the interval %v to %v, want no more than 0 to 1", g.Low, g.High)
	}
	many.Match = sweep.Matches{}
	if _, err := By([]sweep.Result{few, many}, sweep.MetricMatch); err == nil || !strings.Contains(err.Error(), "run many has no match") {
		t.Errorf("a run that was not judged: %v", err)
	}
}
