package analysis_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// study is a sweep over r, alpha and lr that bears on every claim: what alpha
// does is gone at tuned lr, the best lr falls as (alpha/r)^(-1/2) or as
// another power, and all runs start at one loss.
type study struct {
	ranks  []int
	alphas []float64
	lrs    []float64
	seeds  int
	best   func(p sweep.Params) float64
	floor  func(p sweep.Params) float64
}

func fullStudy() study {
	s := study{
		ranks: []int{4, 8, 16}, alphas: []float64{1, 4, 8, 16, 32, 256}, seeds: 3,
		best:  func(p sweep.Params) float64 { return 0.02 / math.Sqrt(p.Alpha) },
		floor: func(p sweep.Params) float64 { return 0.2 * math.Pow(float64(p.R)/8, -0.2) },
	}
	for lr := 1.0 / (1 << 13); lr < 0.3; lr *= 2 {
		s.lrs = append(s.lrs, lr)
	}
	return s
}

func (s study) results() []sweep.Result {
	random := rand.New(rand.NewPCG(2, 3))
	g := grid{alphas: s.alphas, lrs: s.lrs, ranks: s.ranks, seeds: s.seeds, loss: func(p sweep.Params) float64 {
		return s.floor(p) * valley(s.best(p), p.LR) / 0.2 * math.Exp(0.003*random.NormFloat64())
	}}
	return alter(g.results(), everyRun, func(r *sweep.Result) {
		r.Params.Scaling, r.Params.Init, r.FirstLoss = "alpha/r", "kaiming", 6.5
	})
}

func everyRun(sweep.Params) bool { return true }

func verdicts(t *testing.T, results []sweep.Result) map[string][]analysis.Finding {
	t.Helper()
	all, err := analysis.NewStudy(results).Verdicts(analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]analysis.Finding{}
	for _, f := range all {
		by[f.Claim.Letter] = append(by[f.Claim.Letter], f)
	}
	return by
}

func wantVerdict(t *testing.T, findings []analysis.Finding, want analysis.Verdict) {
	t.Helper()
	if len(findings) == 0 {
		t.Error("no finding")
	}
	for _, f := range findings {
		if f.Verdict != want {
			t.Errorf("(%s) %v is %s, want %s: %v = %v, %v", f.Claim.Letter, f.Part, f.Verdict, want, f.Measure, f.Key, f.Reasons)
		}
	}
}

func TestClaimsThatHoldAreSupported(t *testing.T) {
	by := verdicts(t, fullStudy().results())
	for _, letter := range []string{"a", "b", "d"} {
		wantVerdict(t, by[letter], analysis.Supported)
	}
	if len(by["b"]) != 3 || len(by["d"]) != 3 {
		t.Errorf("three ranks give %d and %d findings", len(by["b"]), len(by["d"]))
	}
	for _, f := range by["d"] {
		if f.Control.Name == "" || !f.Control.Differs {
			t.Errorf("r's effect should stay when lr is tuned: %+v", f.Control)
		}
	}
	// With alpha fixed the best lr does not move with r; with alpha = 2r it does.
	wantVerdict(t, by["c"], analysis.Supported)
	if c := by["c"][0].Control; !c.Differs || !strings.Contains(c.Name, "alpha = 2r") {
		t.Errorf("control %+v", c)
	}
}

// The best lr may move so far with r, even at a fixed alpha, that it must be
// tuned again, and yet less far than at alpha = 2r.
// A verdict on equality says how likely these seeds would have shown it.
// TestAlphasTriedAboutTheirOwnLRAloneAreJudged leaves no lr that every alpha has.
func TestAlphasTriedAboutTheirOwnLRAloneAreJudged(t *testing.T) {
	results := slices.DeleteFunc(fullStudy().results(), func(r sweep.Result) bool {
		off := math.Abs(math.Log2(r.Params.LR * math.Sqrt(r.Params.Alpha) / 0.02))
		return off > 2.1
	})
	by := verdicts(t, results)
	wantVerdict(t, by["d"], analysis.Supported)
	if text := fmt.Sprint(by["d"][0].Reasons); !strings.Contains(text, "at one shared lr was not asked") {
		t.Errorf("reasons are %s", text)
	}
}

func TestTheTrendOfTheTunedLossComesWithItsPower(t *testing.T) {
	s := fullStudy()
	s.floor = func(p sweep.Params) float64 { return 0.2 * math.Pow(p.Alpha, -0.05) }
	for _, letter := range []string{"b", "d"} {
		text := fmt.Sprint(verdicts(t, s.results())[letter][0].Reasons)
		if !strings.Contains(text, "from alpha = 1 to 256 the loss at tuned lr changes by -24 %") || !strings.Contains(text, "with a probability of 1") {
			t.Errorf("(%s): %s", letter, text)
		}
	}
}

func TestDividingByRMayLessenTheRetuningAndNotSpareIt(t *testing.T) {
	moving := fullStudy()
	moving.best = func(p sweep.Params) float64 { return 0.08 / math.Sqrt(p.Alpha) / float64(p.R) }
	c := verdicts(t, moving.results())["c"]
	if len(c) != 2 {
		t.Fatalf("%d findings", len(c))
	}
	wantVerdict(t, c[:1], analysis.Refuted)
	wantVerdict(t, c[1:], analysis.Supported)
	if c[1].Key.Low <= 0 || c[1].Key.Value < 0.1 {
		t.Errorf("the regret at alpha = 2r is more by %v", c[1].Key)
	}
}

func TestClaimsThatDoNotHoldAreRefuted(t *testing.T) {
	fixed := fullStudy()
	fixed.best = func(sweep.Params) float64 { return 0.004 }
	fixed.floor = func(p sweep.Params) float64 { return 0.2 * p.Alpha }
	by := verdicts(t, fixed.results())
	wantVerdict(t, by["b"], analysis.Refuted) // best lr stays
	wantVerdict(t, by["d"], analysis.Refuted) // alpha matters at any lr

	scale := fullStudy() // best lr depends on s alone: dividing by r does harm
	scale.best = func(p sweep.Params) float64 { return 0.01 * float64(p.R) / p.Alpha }
	wantVerdict(t, verdicts(t, scale.results())["c"], analysis.Refuted)

	moved := alter(fullStudy().results(), func(p sweep.Params) bool { return p.Alpha == 8 && p.R == 8 },
		func(r *sweep.Result) { r.FirstLoss = math.Nextafter(6.5, 7) })
	wantVerdict(t, verdicts(t, moved)["a"], analysis.Refuted)
}

func TestAVerdictIsRefusedWithTheReasonAndWhatToAdd(t *testing.T) {
	oneSeed, edge, twoAlphas, narrow := fullStudy(), fullStudy(), fullStudy(), fullStudy()
	oneSeed.seeds = 1
	edge.lrs = edge.lrs[len(edge.lrs)-5:]
	twoAlphas.alphas = []float64{8, 16}
	narrow.lrs = []float64{1e-6}
	diverging := alter(fullStudy().results(), func(p sweep.Params) bool { return p.LR > 4e-3 }, diverge)
	unfinished := alter(fullStudy().results(), func(p sweep.Params) bool { return p.LR > 4e-3 },
		func(r *sweep.Result) { r.State = sweep.StatePending })
	undrawn := alter(oneSeed.results(), func(sweep.Params) bool { return true },
		func(r *sweep.Result) { r.Params.Adapter, r.Params.Shuffle = "folder", false })
	for _, tt := range []struct {
		name    string
		results []sweep.Result
		letters string
		kind    analysis.Kind
		add     string // of the first such finding
	}{
		{"one seed", oneSeed.results(), "bcd", analysis.OneSeed, "seed = [1, 2]"},
		{"no seed changes anything", undrawn, "bd", analysis.OneSeed, "shuffle = [true]"},
		{"best lr on the edge", edge.results(), "bd", analysis.OnEdge, "lr = [7.8e-3, 3.9e-3]"},
		{"two alphas", twoAlphas.results(), "bd", analysis.TooFew, "alpha = [2, 64]"},
		{"one lr", narrow.results(), "bcd", analysis.NotVaried, "lr = ["},
		{"best lr beside divergence", diverging, "bd", analysis.Diverging, "lr = [5.5e-3"},
		{"the next lr not trained", unfinished, "bd", analysis.Unfinished, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			by := verdicts(t, tt.results)
			for _, letter := range strings.Split(tt.letters, "") {
				f := firstWith(by[letter], tt.kind)
				want := analysis.Undecided
				if tt.kind == analysis.NotVaried {
					want = analysis.NotAsked
				}
				if f.Verdict != want || !strings.Contains(fmt.Sprint(f.Add), tt.add) {
					t.Errorf("(%s) is %q, and to add is %v; want %s: %v", letter, f.Verdict, f.Add, tt.add, f.Reasons)
				}
			}
		})
	}
}

// firstWith is the first finding that has a reason of a kind.
func firstWith(findings []analysis.Finding, kind analysis.Kind) analysis.Finding {
	for _, f := range findings {
		if slices.ContainsFunc(f.Reasons, func(r analysis.Reason) bool { return r.Kind == kind }) {
			return f
		}
	}
	return analysis.Finding{}
}

func TestNoRivalNoVerdictOnFixedAlpha(t *testing.T) {
	s := fullStudy()
	s.alphas = []float64{16}
	f := verdicts(t, s.results())["c"][0]
	if f.Verdict != analysis.Undecided || fmt.Sprint(f.Add) != "[alpha = [8, 16, 32]]" {
		t.Errorf("%s, %v", f.Verdict, f.Add)
	}
}

func TestWideIntervalsDecideNothing(t *testing.T) {
	s := fullStudy()
	s.ranks, s.seeds = []int{8}, 2
	results := s.results()
	random := rand.New(rand.NewPCG(8, 8))
	alter(results, everyRun, func(r *sweep.Result) { r.EvalLoss *= math.Exp(0.02 * random.NormFloat64()) })
	f := verdicts(t, results)["b"][0]
	if f.Verdict != analysis.Undecided || firstWith([]analysis.Finding{f}, analysis.Inseparable).Verdict == "" {
		t.Errorf("%s: %v", f.Verdict, f.Reasons)
	}
}

func TestSGDIsTheControlOfAlphaTracksLR(t *testing.T) {
	adam, sgd := fullStudy(), fullStudy()
	adam.ranks, sgd.ranks = []int{8}, []int{8}
	sgd.best = func(p sweep.Params) float64 { return 0.05 / p.Alpha }
	results := alter(sgd.results(), everyRun, func(r *sweep.Result) {
		r.Params.Optimizer = "sgd"
		r.Key, r.Arm = "sgd"+r.Key, "sgd"
	})
	results = append(results, alter(adam.results(), everyRun, func(r *sweep.Result) { r.Arm = "adam" })...)
	findings := verdicts(t, results)["b"]
	if len(findings) != 1 || !findings[0].Control.Differs {
		t.Fatalf("%d findings, control %+v", len(findings), findings[0].Control)
	}
	near(t, "SGD's slope", findings[0].Control.Number.Value, -1, 0.02)
	wantVerdict(t, findings, analysis.Supported)
}

func TestRandomProductsAreTheControlOfTheZeroStart(t *testing.T) {
	results := fullStudy().results()
	random := alter(fullStudy().results(), everyRun, func(r *sweep.Result) {
		r.Params.Init, r.FirstLoss = "both", 6.5+r.Params.Alpha
		r.Key += "-both"
	})
	f := verdicts(t, append(results, random...))["a"][0]
	if f.Verdict != analysis.Supported || !f.Control.Differs || f.Control.Number.Value != 1 {
		t.Errorf("%s, control %+v", f.Verdict, f.Control)
	}
}

func TestTheStartIsNotJudgedAcrossOtherRows(t *testing.T) {
	results := alter(fullStudy().results(), func(p sweep.Params) bool { return p.Seed == 1 }, func(r *sweep.Result) { r.FirstLoss = 7 })
	wantVerdict(t, verdicts(t, results)["a"], analysis.Supported) // seeds draw other rows
}

func TestAdviceOnAlphaAndRank(t *testing.T) {
	s := fullStudy()
	advice, err := analysis.NewStudy(s.results()).Advise(analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	if len(advice.Alpha) != 3 {
		t.Fatalf("%d pieces of advice on alpha for three ranks", len(advice.Alpha))
	}
	factor := advice.Alpha[0].Factor(4)
	near(t, "factor for 4 alpha", factor.Value, 0.5, 0.01)
	if !(factor.Low < 0.5 && 0.5 < factor.High) {
		t.Errorf("interval %v", factor)
	}
	if a := advice.Alpha[0]; len(a.Tuned) != 6 || !a.Same {
		t.Errorf("%d alphas at their own best lr: %+v", len(a.Tuned), a.Agreement)
	}
	fixed := advice.Rank[0]
	worst := fixed.Worst()
	if !strings.HasPrefix(fixed.Rule, "alpha = ") || fixed.From.Number != 4 || len(fixed.Moves) != 2 || worst.Regret.Relative.High > 0.02 {
		t.Errorf("%+v", fixed)
	}
	for _, a := range advice.Rank {
		if a.Rule == "alpha = 2r" {
			near(t, "factor at alpha = 2r", a.Worst().Factor, 0.5, 0.2)
			near(t, "exponent at alpha = 2r", a.Exponent.Value, -0.5, 0.03)
		}
	}
}

func TestSharedRunsAreCountedOnce(t *testing.T) {
	s := fullStudy()
	first := alter(s.results(), everyRun, func(r *sweep.Result) { r.Arm = "one" })
	second := alter(s.results(), everyRun, func(r *sweep.Result) { r.Arm = "two" })
	c := compare(t, append(first, second...), "alpha")
	if c.Tally.Done != len(first) || len(c.Slices) != 6 || c.Slices[0].Fixed[0].String() != "arm = one" {
		t.Errorf("%d runs in %d slices, the first %v", c.Tally.Done, len(c.Slices), c.Slices[0].Fixed)
	}
}

// Where losses fall gently and rise like a cliff, the lowest of cells far apart is
// as low as it happens to lie to the cliff.
func TestAGridTooCoarseForItsValleysDecidesNothing(t *testing.T) {
	cliff := func(p sweep.Params) float64 {
		away := math.Log(p.LR * math.Sqrt(p.Alpha) / 0.02)
		return 0.2 * math.Exp(math.Max(-0.1*away, 2*away))
	}
	s := fullStudy()
	s.ranks = []int{8}
	s.lrs = []float64{1.25e-4, 5e-4, 2e-3, 8e-3, 3.2e-2}
	s.best = func(p sweep.Params) float64 { return p.LR }
	s.floor = cliff
	f := verdicts(t, s.results())["b"][0]
	if f.Verdict != analysis.Undecided || firstWith([]analysis.Finding{f}, analysis.Coarse).Verdict == "" || len(f.Add) == 0 || f.Add[0].Axis != "lr" {
		t.Errorf("%s, add %v: %v", f.Verdict, f.Add, f.Reasons)
	}
}

func TestAlphaThatMovesWithRankIsNotJudgedAsAlpha(t *testing.T) {
	s := fullStudy()
	var results []sweep.Result
	for _, r := range []int{4, 8, 16} { // alpha = 2r
		s.ranks, s.alphas = []int{r}, []float64{2 * float64(r)}
		results = append(results, s.results()...)
	}
	by := verdicts(t, results)
	for _, letter := range []string{"b", "d"} {
		wantVerdict(t, by[letter], analysis.NotAsked)
		if f := firstWith(by[letter], analysis.NotVaried); f.Verdict == "" {
			t.Errorf("(%s) %v", letter, by[letter][0].Reasons)
		}
	}
	advice, err := analysis.NewStudy(results).Advise(analysis.DefaultMargins())
	if err != nil || len(advice.Alpha) != 0 || len(advice.Rank) != 1 {
		t.Errorf("%d and %d pieces of advice, %v", len(advice.Alpha), len(advice.Rank), err)
	}
}

func TestAScaledStartIsAnArmOfItsOwn(t *testing.T) {
	s := fullStudy()
	s.ranks = []int{8}
	plain := alter(s.results(), everyRun, func(r *sweep.Result) { r.Arm = "plain" })
	scaled := alter(s.results(), everyRun, func(r *sweep.Result) {
		r.Params.InitStd = 0.1 / math.Sqrt(r.Params.Alpha)
		r.Key, r.Arm = "scaled"+r.Key, "scaled"
	})
	findings := verdicts(t, append(plain, scaled...))["b"]
	wantVerdict(t, findings, analysis.Supported)
	if len(findings) != 2 || findings[1].Part[0].String() != "arm = scaled" || !strings.Contains(fmt.Sprint(findings[1].Reasons), "-1/2 where init_std") {
		t.Errorf("%d findings: %+v", len(findings), findings)
	}
}

func TestAnLRThatIsNotTriedHasNoPrice(t *testing.T) {
	holes := alter(fullStudy().results(), func(p sweep.Params) bool { return p.R == 8 && p.Seed == 1 && p.LR == 1.0/(1<<7) },
		func(r *sweep.Result) { r.State = sweep.StatePending })
	f := firstWith(verdicts(t, holes)["c"], analysis.Unfinished)
	if f.Verdict != analysis.Undecided || f.Key.Known() || !strings.Contains(fmt.Sprint(f.Add), "lr = [7.8125e-3]") {
		t.Errorf("%s, regret %v, add %v: %v", f.Verdict, f.Key, f.Add, f.Reasons)
	}
}

func TestManySeedsToAddAreWrittenAsARange(t *testing.T) {
	for want, values := range map[string][]string{
		"seed = [3, 4, 5]":                      {"3", "4", "5"},
		"seed = { range = [10, 19], step = 1 }": {"10", "11", "12", "13", "14", "15", "16", "17", "18", "19"},
		"seed = [1, 2, 3, 5, 6, 7]":             {"1", "2", "3", "5", "6", "7"},
		"seed = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]": {"0.1", "0.2", "0.3", "0.4", "0.5", "0.6"},
	} {
		if got := (analysis.Addition{Axis: "seed", Values: values}).String(); got != want {
			t.Errorf("%v is written %s, want %s", values, got, want)
		}
	}
}

func TestAClaimOnWhatNothingTellsOfIsNotAsked(t *testing.T) {
	s := fullStudy()
	s.ranks = []int{8}
	results := alter(s.results(), everyRun, func(r *sweep.Result) {
		r.Params.Command = &sweep.Command{Run: []string{"python"}, Stated: []string{"alpha", "lr", "seed", "steps"}}
	})
	by := verdicts(t, results)
	for _, letter := range []string{"a", "c", "f"} { // of bits, of r, and of rows
		wantVerdict(t, by[letter], analysis.NotAsked)
	}
	if text := fmt.Sprint(by["f"][0].Reasons); !strings.Contains(text, "rows is not known of any run") {
		t.Errorf("(f) says %s", text)
	}
}
