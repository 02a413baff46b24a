package analysis_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// scaledRun is a run of which A and B are a and b times those of a first one,
// with something changed, and an invented loss.
func scaledRun(a, b, loss float64, change func(*sweep.Params)) sweep.Result {
	p := sweep.Defaults()
	p.InitStd, p.WeightDecay, p.Clip = 0.05, 0.01, 1
	p.Inherit()
	p = p.Rescale(a, b)
	if change != nil {
		change(&p)
	}
	key := p.Key(sweep.Inputs{})
	run := sweep.Run{Key: key, Name: fmt.Sprintf("run-%.6s", key), Params: p}
	return sweep.Result{Run: run, Outcome: sweep.Outcome{State: sweep.StateDone, Loss: loss, EvalLoss: loss, Evaluated: true, FirstLoss: 6.5, CurveHash: key}}
}

func asCopy(r sweep.Result) sweep.Result {
	r.CopyOf = "another"
	return r
}

// exactFinding is the finding on the exact form, if there is one.
func exactFinding(t *testing.T, results []sweep.Result) (f analysis.Finding, ok bool) {
	t.Helper()
	findings := verdicts(t, results)["b"]
	i := slices.IndexFunc(findings, func(f analysis.Finding) bool { return len(f.Part) == 1 && f.Part[0].String() == "form = exact" })
	if i < 0 {
		return f, false
	}
	return findings[i], true
}

func TestTheExactFormRestsOnTrainedPairs(t *testing.T) {
	sgd := func(p *sweep.Params) { p.Optimizer = "sgd" }
	one, two, three := scaledRun(1, 1, 0.5, nil), scaledRun(2, 2, 0.5, nil), scaledRun(4, 4, 0.5, nil)
	other := scaledRun(2, 2, math.Nextafter(0.5, 1), nil)
	diverged := scaledRun(8, 8, 7, nil)
	diverged.State = sweep.StateDiverged
	for name, c := range map[string]struct {
		results []sweep.Result
		want    analysis.Verdict
		key     float64
	}{
		"equal to the bit":        {[]sweep.Result{one, two, three}, analysis.Supported, 0},
		"one bit differs":         {[]sweep.Result{one, three, other}, analysis.Refuted, 1},
		"one is a copy":           {[]sweep.Result{one, asCopy(two)}, analysis.Undecided, math.NaN()},
		"a copy besides":          {[]sweep.Result{one, two, asCopy(three)}, analysis.Supported, 0},
		"a diverged run":          {[]sweep.Result{one, two, diverged}, analysis.Supported, 0},
		"another optimizer aside": {[]sweep.Result{one, two, scaledRun(1, 1, 0.7, sgd)}, analysis.Supported, 0},
	} {
		f, ok := exactFinding(t, c.results)
		if !ok || f.Verdict != c.want || f.Key.Value != c.key && !math.IsNaN(c.key) {
			t.Errorf("%s: %s with %v, want %s with %v: %v", name, f.Verdict, f.Key, c.want, c.key, f.Reasons)
		}
	}
}

func TestSweepsWithoutOrbitsSayNothingOfTheExactForm(t *testing.T) {
	one := scaledRun(1, 1, 0.5, nil)
	renamed := scaledRun(1, 1, 0.5, func(p *sweep.Params) { p.Scaling, p.Alpha = "alpha", p.Scale() })
	for name, other := range map[string]sweep.Result{"a factor of 3": scaledRun(3, 3, 0.5, nil), "the same scale": renamed} {
		if f, ok := exactFinding(t, []sweep.Result{one, other}); ok {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestWhatIsLeftUnscaledMustDiffer(t *testing.T) {
	results := func(loss float64) []sweep.Result {
		return []sweep.Result{
			scaledRun(1, 1, 0.5, nil), scaledRun(2, 2, 0.5, nil), scaledRun(3, 3, loss, nil),
			scaledRun(2, 2, 0.51, func(p *sweep.Params) { p.Clip = 1 }),
			scaledRun(4, 4, 0.52, func(p *sweep.Params) { p.EpsA, p.EpsB = 1e-8, 1e-8 }),
		}
	}
	f, _ := exactFinding(t, results(math.Nextafter(0.5, 1)))
	for _, want := range []string{"clip left unscaled: 1 of 1", "eps left unscaled: 1 of 1", "no power of two: 2 of 2"} {
		if !strings.Contains(f.Control.Name, want) {
			t.Errorf("got %q, want %q", f.Control.Name, want)
		}
	}
	if !f.Control.Differs || f.Control.Number.Value != 1 {
		t.Errorf("%+v, want all to differ", f.Control)
	}
	if f, _ = exactFinding(t, results(0.5)); f.Control.Differs || f.Control.Number.Value != 0.5 {
		t.Errorf("%+v, want half to differ", f.Control)
	}
}

func TestACopyIsNoEvidenceOfTheZeroStart(t *testing.T) {
	one, two := scaledRun(1, 1, 0.5, nil), asCopy(scaledRun(2, 2, 0.5, nil))
	if f := verdicts(t, []sweep.Result{one, two})["a"][0]; f.Verdict != analysis.NotAsked {
		t.Errorf("%s: %v", f.Verdict, f.Reasons)
	}
}
