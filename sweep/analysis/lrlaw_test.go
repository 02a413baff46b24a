package analysis_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// lawful is tuned settings on a law with powers -0.55, 0.05 and -0.35, each off by
// an error that its interval knows of and a scatter that it does not.
func lawful(random *rand.Rand, noise, scatter float64) analysis.Recipe {
	recipe := analysis.Recipe{Shared: map[string]string{"optimizer": "adamw"}}
	for _, alpha := range []float64{4, 16, 64, 256} {
		for _, r := range []float64{2, 4, 16, 64} {
			for _, steps := range []float64{50, 200, 800} {
				lr := math.Exp(lawAt(alpha, r, steps) + noise*random.NormFloat64() + scatter*random.NormFloat64())
				if r < analysis.MinRank {
					lr *= 10 // of which the law is to know nothing
				}
				recipe.Tuned = append(recipe.Tuned, analysis.TunedSetting{
					Alpha: alpha, R: r, Steps: steps, Seeds: 3, LR: lr, Low: lr * math.Exp(-1.96*noise), High: lr * math.Exp(1.96*noise),
				})
			}
		}
	}
	return recipe
}

func lawAt(alpha, r, steps float64) float64 {
	return -0.55*math.Log(alpha) + 0.05*math.Log(r) - 0.35*math.Log(steps)
}

func TestALawGivesTheFactorOfTheLR(t *testing.T) {
	law := analysis.NewLRLaw(lawful(rand.New(rand.NewPCG(1, 1)), 0.001, 0))
	for _, c := range []struct {
		from, to analysis.LRPlace
		want     float64
	}{
		{analysis.LRPlace{Alpha: 16}, analysis.LRPlace{Alpha: 64}, math.Pow(4, -0.55)},
		{analysis.LRPlace{Alpha: 16, R: 8, Steps: 100}, analysis.LRPlace{Alpha: 128, R: 64, Steps: 600}, math.Exp(lawAt(8, 8, 6))},
		{analysis.LRPlace{R: 8}, analysis.LRPlace{R: 32}, math.Pow(4, 0.05)},
		// alpha/sqrt(r) is alpha/r at sqrt(r) times the alpha, and alpha at r times.
		{analysis.LRPlace{R: 4, Scaling: "alpha/sqrt(r)"}, analysis.LRPlace{R: 64, Scaling: "alpha/sqrt(r)"}, math.Exp(lawAt(4, 16, 1))},
		{analysis.LRPlace{Alpha: 16, R: 16}, analysis.LRPlace{Alpha: 16, R: 16, Scaling: "alpha/sqrt(r)"}, math.Exp(lawAt(4, 1, 1))},
		{analysis.LRPlace{R: 4, Scaling: "alpha"}, analysis.LRPlace{R: 16, Scaling: "alpha"}, math.Exp(lawAt(4, 4, 1))},
	} {
		m, err := law.Move(c.from, c.to)
		if err != nil || math.Abs(m.Factor.Value/c.want-1) > 0.01 || !(m.Factor.Low < c.want && c.want < m.Factor.High) {
			t.Errorf("%+v to %+v: %v, %v; want %.4g", c.from, c.to, m.Factor, err, c.want)
		}
	}
}

func TestTheFactorsIntervalHoldsTheBestLROfASettingThatIsNotOnTheLaw(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 5))
	const trials, scatter = 500, 0.15
	held := 0
	for range trials {
		law := analysis.NewLRLaw(lawful(random, 0.1, scatter))
		m, err := law.Move(analysis.LRPlace{Alpha: 8, R: 8, Steps: 100}, analysis.LRPlace{Alpha: 128, R: 32, Steps: 400})
		if err != nil {
			t.Fatal(err)
		}
		truth := math.Exp(lawAt(16, 4, 4) + scatter*(random.NormFloat64()-random.NormFloat64()))
		if m.Factor.Low <= truth && truth <= m.Factor.High {
			held++
		}
	}
	if share := float64(held) / trials; share < 0.94 {
		t.Errorf("%g of the 95 %% intervals hold the truth", share)
	}
}

func TestIntervalsAreWiderBeyondWhatWasTrained(t *testing.T) {
	law := analysis.NewLRLaw(lawful(rand.New(rand.NewPCG(1, 1)), 0.01, 0.01))
	width := func(from, to float64) float64 {
		m, err := law.Move(analysis.LRPlace{R: from}, analysis.LRPlace{R: to})
		if err != nil {
			t.Fatal(err)
		}
		return math.Log(m.Factor.High / m.Factor.Low)
	}
	if within, beyond := width(16, 64), width(64, 256); beyond < 5*within || beyond < 0.69 {
		t.Errorf("width %g within, %g beyond; half a regime for a factor of 4 is 0.69", within, beyond)
	}
}

func TestALawIsNotBelievedFarFromWhatWasTrained(t *testing.T) {
	law := analysis.NewLRLaw(lawful(rand.New(rand.NewPCG(1, 1)), 0.01, 0.01))
	place := func(alpha, r, steps float64) analysis.LRPlace {
		return analysis.LRPlace{Alpha: alpha, R: r, Steps: steps}
	}
	for name, c := range map[string]struct {
		from, to analysis.LRPlace
		want     string
	}{
		"a value":                     {place(64, 8, 0), place(2048, 8, 0), "alpha = 2048 is too far from what was trained, alpha 4 to 256: a law is believed from 1 to 1024"},
		"one that stays":              {place(16, 1024, 0), place(64, 1024, 0), "r = 1024 is too far"},
		"a ratio of values not known": {analysis.LRPlace{R: 1}, analysis.LRPlace{R: 128}, "r changes by a factor of 128; it was trained over one of 16 (r 4 to 64), and a law is believed for 4 times that, 64"},
		"a length":                    {place(16, 8, 200), place(16, 8, 4000), "steps = 4000 is too far"},
	} {
		if _, err := law.Move(c.from, c.to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := law.Move(place(16, 8, 5000), place(64, 8, 5000)); err != nil {
		t.Errorf("a length that stays is no reason to refuse: %v", err)
	}
	m, err := law.Move(place(16, 2, 0), place(16, 8, 0))
	if err != nil || !m.Capacity || len(m.Beyond) != 1 {
		t.Errorf("r = 2: %+v, %v; want capacity to be told", m, err)
	}
}

func TestRunsGiveTheLawOfTheirBestLRs(t *testing.T) {
	g := usual()
	g.ranks = []int{4, 16}
	results := alter(g.results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) { r.Params.Steps = 56 })
	recipes, err := analysis.Recipes(analysis.Source{Sweep: "x", Results: results})
	if err != nil || len(recipes) != 1 || len(recipes[0].Tuned) != 8 || recipes[0].Runs != 168 {
		t.Fatalf("%+v, %v", recipes, err)
	}
	law := analysis.NewLRLaw(recipes[0])
	m, err := law.Move(analysis.LRPlace{Alpha: 4}, analysis.LRPlace{Alpha: 16})
	if err != nil || math.Abs(m.Factor.Value-0.5) > 0.1 || !(m.Factor.Low < 0.5 && 0.5 < m.Factor.High) {
		t.Errorf("%v, %v; want about 0.5", m.Factor, err)
	}
	_, err = law.Move(analysis.LRPlace{Steps: 100}, analysis.LRPlace{Steps: 200})
	if one, ok := errors.AsType[*analysis.OneValueError](err); !ok || one.Axis != "steps" {
		t.Errorf("steps were not varied: %v", err)
	}
}

func TestRunsOfAnotherScalingArePartOfTheSameLaw(t *testing.T) {
	results := usual().results()
	alter(results, func(p sweep.Params) bool { return p.Alpha == 64 }, func(r *sweep.Result) {
		r.Params.Alpha, r.Params.Scaling = 8, "alpha" // s = 8, as 64/8
	})
	alter(results, func(p sweep.Params) bool { return p.Scaling == "" }, func(r *sweep.Result) { r.Params.Scaling = "alpha/r" })
	recipes, err := analysis.Recipes(analysis.Source{Sweep: "x", Results: results})
	if err != nil || len(recipes) != 1 || len(recipes[0].Tuned) != 4 || recipes[0].Tuned[3].Alpha != 64 {
		t.Errorf("%+v, %v; want alpha 1, 4, 16 and 64", recipes, err)
	}
}
