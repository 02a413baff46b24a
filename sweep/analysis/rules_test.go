package analysis_test

import (
	"fmt"
	"math"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// ranked is a sweep over r, alpha and lr whose best lr is 0.02 / (s sqrt(r)),
// so that its exponent in r is 0.5 for s ~ 1/r, 0 for s ~ 1/sqrt(r) and -0.5 for
// constant s.
func ranked(ranks []int, alphas ...float64) []sweep.Result {
	g := usual()
	g.ranks, g.alphas, g.lrs = ranks, alphas, nil
	for lr := 1e-5; lr < 10; lr *= 2 {
		g.lrs = append(g.lrs, lr)
	}
	g.loss = func(p sweep.Params) float64 {
		p.Scaling = "alpha/r"
		return valley(0.02/p.Scale()/math.Sqrt(float64(p.R)), p.LR) * (1 + math.Log2(p.Alpha)*0.01)
	}
	return alter(g.results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) { r.Params.Scaling = "alpha/r" })
}

func rules(t *testing.T, results []sweep.Result) []analysis.RuleSet {
	t.Helper()
	sets, err := analysis.Rules(results)
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

func TestRulesAreFoundInAGrid(t *testing.T) {
	sets := rules(t, ranked([]int{1, 4, 16}, 1, 2, 4, 8, 16, 32))
	if len(sets) != 1 {
		t.Fatalf("%d sets of rules", len(sets))
	}
	var names []string
	for _, rule := range sets[0].Rules {
		names = append(names, rule.Name)
		if len(rule.Slice.ByLR) != 3 {
			t.Errorf("%s has %d values of r", rule.Name, len(rule.Slice.ByLR))
		}
	}
	if got, want := fmt.Sprint(names), "[alpha = 1 alpha = 1, alpha/sqrt(r) alpha = r alpha = 2r]"; got != want {
		t.Errorf("rules %v, want %v", got, want)
	}
}

func TestRulesAcrossScalingsAndArms(t *testing.T) {
	results := ranked([]int{1, 4, 16}, 16)
	for _, other := range []string{"alpha/sqrt(r)", "alpha"} {
		results = append(results, alter(ranked([]int{1, 4, 16}, 16), func(sweep.Params) bool { return true }, func(r *sweep.Result) {
			r.Params.Scaling = other
			r.Key, r.Arm = r.Key+other, other[:5]
		})...)
	}
	sets := rules(t, results)
	for _, law := range analysis.Laws() {
		found := sets[0].Law(law)
		if len(found) != 1 || found[0].Factor != 16 {
			t.Errorf("%s: %d rules", law, len(found))
		}
	}
}

func TestExponentAndRegretOfEachRule(t *testing.T) {
	sets := rules(t, ranked([]int{4, 16, 64}, 4, 16, 64))
	for _, rule := range sets[0].Rules {
		want := map[analysis.ScalingLaw]float64{analysis.ByRank: 0.5, analysis.Constant: -0.5}[rule.Law]
		exponent, ok := rule.Slice.Exponent()
		if !ok || math.Abs(exponent.Value-want) > 1e-6 {
			t.Errorf("%s: exponent %v, want %v", rule.Name, exponent.Value, want)
		}
		for _, g := range rule.Regrets {
			d := math.Log(g.By.Number/4) / 2
			near(t, rule.Name+": regret", g.Relative.Value, math.Exp(0.15*d*d)-1, 0.1) // by the cells nearest
		}
	}
}

func TestExponentLeavesOutSmallRanks(t *testing.T) {
	set := rules(t, ranked([]int{1, 2, 4, 8}, 16))[0]
	exponent, ok := set.Rules[0].Slice.Exponent()
	if !ok || exponent.N != 2 || exponent.From.Number != analysis.MinRank {
		t.Errorf("the exponent rests on %d ranks from %v", exponent.N, exponent.From)
	}
}

func TestTwinRunsCountOnce(t *testing.T) {
	results := ranked([]int{4, 16}, 8, 32) // alpha = 2r at its corners
	twins := alter(ranked([]int{4, 16}, 2), func(sweep.Params) bool { return true }, func(r *sweep.Result) {
		r.Params.Scaling = "alpha" // s = 2, as above
		r.Key += "-constant"
	})
	for _, rule := range rules(t, append(results, twins...))[0].Law(analysis.Constant) {
		for _, v := range rule.Slice.ByLR {
			for _, cell := range v.Cells {
				if len(cell.Losses) != 3 {
					t.Fatalf("%s holds %d runs of 3 seeds in a cell", rule.Name, len(cell.Losses))
				}
			}
		}
	}
}

func TestRulesNeedRanksAndRates(t *testing.T) {
	if _, err := analysis.Rules(usual().results()); err == nil {
		t.Error("rules for alpha over one r")
	}
}

// Arms whose lr_b is another multiple of lr are sets of rules of their own, not
// one for each value of lr_b.
func TestAFactorsRateMovesWithTheRate(t *testing.T) {
	g := usual()
	g.ranks = []int{4, 8, 16}
	results := g.results()
	for _, r := range g.results() {
		r.Params.LRA, r.Params.LRB = r.Params.LR, 16*r.Params.LR
		r.Key += "-b16"
		results = append(results, r)
	}
	for i := range results {
		if p := &results[i].Params; p.LRB == 0 {
			p.LRA, p.LRB = p.LR, p.LR
		}
	}
	sets, err := analysis.Rules(results)
	if err != nil || len(sets) != 2 {
		t.Fatalf("%d sets of rules, %v; want one for each multiple", len(sets), err)
	}
	if text := sets[1].Fixed[0].String(); text != "lr_b/lr = 16" {
		t.Errorf("the second set is at %s", text)
	}
	if n := len(sets[0].Rules[0].Slice.ByLR[0].Cells); n != len(g.lrs) {
		t.Errorf("a valley of %d lr, want %d", n, len(g.lrs))
	}
}
