package analysis_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// settingsTable is runs of each of the settings, for some seeds; each run took two
// seconds.
func settingsTable(seeds int, loss func(sweep.Params) float64, settings ...sweep.Params) []sweep.Result {
	var all []sweep.Result
	for _, p := range settings {
		for seed := range seeds {
			p.Seed = seed
			p.Inherit()
			r := sweep.Result{
				Run:     sweep.Run{Key: fmt.Sprintf("%d-%g-%g-%d-%d", p.R, p.Alpha, p.LR, p.Steps, seed), Params: p},
				Outcome: sweep.Outcome{State: sweep.StateDone, EvalLoss: loss(p), Evaluated: true, Seconds: 2, FirstLoss: 5},
			}
			all = append(all, r)
		}
	}
	return all
}

// vary is the default settings with a parameter at each of some values.
func vary(set func(p *sweep.Params, x float64), values ...float64) []sweep.Params {
	var all []sweep.Params
	for _, x := range values {
		p := sweep.Defaults()
		set(&p, x)
		all = append(all, p)
	}
	return all
}

func byLR(values ...float64) []sweep.Params {
	return vary(func(p *sweep.Params, x float64) { p.LR = x }, values...)
}

// byAlphaAndLR is the product of both.
func byAlphaAndLR(alphas, lrs []float64) []sweep.Params {
	var all []sweep.Params
	for _, alpha := range alphas {
		for _, p := range byLR(lrs...) {
			p.Alpha = alpha
			all = append(all, p)
		}
	}
	return all
}

// rising is a valley at lr = best, a little different for each seed.
func rising(best func(sweep.Params) float64) func(sweep.Params) float64 {
	return func(p sweep.Params) float64 {
		random := rand.New(rand.NewPCG(uint64(p.Seed), math.Float64bits(p.LR*p.Alpha)))
		return valley(best(p), p.LR) * (1 + 0.01*random.NormFloat64())
	}
}

func at(best float64) func(sweep.Params) float64 {
	return rising(func(sweep.Params) float64 { return best })
}

func answers(t *testing.T, results []sweep.Result) []analysis.Answer {
	t.Helper()
	all, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnAnswerSaysWhatToUseAndWhatIsNotKnown(t *testing.T) {
	never := func(sweep.Params) bool { return false }
	lrs := []float64{1e-3, 2e-3, 4e-3, 8e-3}
	ranks := vary(func(p *sweep.Params, x float64) { p.R, p.LR = int(x), 1e-3 }, 4, 8, 16)
	byRank := func(p sweep.Params) float64 { return 1/float64(p.R) + 0.001*float64(p.Seed) }
	for _, tt := range []struct {
		name    string
		results []sweep.Result
		match   func(sweep.Params) bool // runs to change
		change  func(*sweep.Result)
		use     string
		kind    analysis.Kind // "" if nothing is unknown
		try     string
		seconds float64
	}{
		{"a valley", settingsTable(5, at(2.1e-3), byLR(lrs...)...), never, nil, "[lr = 0.002]", "", "", 0},
		{
			"the highest lr", settingsTable(5, at(1), byLR(lrs...)...), never, nil, "[lr = 0.008]",
			analysis.OnEdge, "grid = { lr = [0.016, 0.032], seed = [0, 1, 2, 3, 4] }", 20,
		},
		{
			"the lowest lr", settingsTable(3, at(1e-5), byLR(lrs...)...), never, nil, "[lr = 0.001]",
			analysis.OnEdge, "grid = { lr = [5e-4, 2.5e-4], seed = [0, 1, 2] }", 12,
		},
		{
			"one seed", settingsTable(1, at(1.9e-3), byLR(lrs...)...), never, nil, "[lr = 0.002]",
			analysis.OneSeed, "grid = { lr = [1e-3, 2e-3, 4e-3], seed = [1, 2] }", 12,
		},
		{
			"lr far apart", settingsTable(5, at(1e-2), byLR(1e-3, 1e-2, 1e-1)...), never, nil, "[lr = 0.01]",
			analysis.Coarse, "grid = { lr = [3.2e-3, 0.032], seed = [0, 1, 2, 3, 4] }", 20,
		},
		{
			"a diverging neighbour", settingsTable(5, at(3.9e-3), byLR(lrs...)...), func(p sweep.Params) bool { return p.LR > 4e-3 && p.Seed == 1 }, diverge,
			"[lr = 0.004]", analysis.Diverging, "grid = { lr = [5.7e-3], seed = [0, 1, 2, 3, 4] }", 10,
		},
		{
			"one run", settingsTable(1, at(1e-3), byLR(1e-3)...), never, nil, "[]",
			analysis.NotVaried, "grid = { lr = [3.3e-4, 3e-3], seed = [0] }", 4,
		},
		{
			"ranks at one lr", settingsTable(3, byRank, ranks...), never, nil, "[r = 16]",
			analysis.NotVaried, "grid = { r = [16], lr = [3.3e-4, 3e-3], seed = [0, 1, 2] }", 12,
		},
		{
			"all diverged", settingsTable(2, at(1e-3), byLR(lrs...)...), everyRun, diverge, "none",
			analysis.Diverging, "grid = { lr = [1e-4, 1e-5], seed = [0, 1] }", math.NaN(),
		},
		{
			"a lower setting with a seed missing", settingsTable(3, at(3.7e-3), byLR(lrs...)...), func(p sweep.Params) bool { return p.LR == 4e-3 && p.Seed == 2 },
			func(r *sweep.Result) { r.State = sweep.StateFailed }, "[lr = 0.002]", analysis.Unfinished, "", 2,
		},
		{
			"nothing trained", settingsTable(2, at(1e-3), byLR(lrs...)...), everyRun,
			func(r *sweep.Result) { r.State = sweep.StatePending }, "none", analysis.Unfinished, "", math.NaN(),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all := answers(t, alter(tt.results, tt.match, tt.change))
			if len(all) != 1 {
				t.Fatalf("%d answers", len(all))
			}
			a := all[0]
			use := "none"
			if a.Use != nil {
				use = fmt.Sprint(a.Use.Setting)
			}
			if use != tt.use {
				t.Errorf("use %s, want %s", use, tt.use)
			}
			if tt.kind == "" {
				if len(a.Unknown) > 0 {
					t.Errorf("unknown: %v", a.Unknown)
				}
				return
			}
			if len(a.Unknown) == 0 {
				t.Fatal("all is known")
			}
			if proposals, err := analysis.Propose(tt.results, all, analysis.DefaultMargins()); err == nil {
				for _, u := range a.Unknown {
					proposed(t, u, proposals)
				}
			}
			u := a.Unknown[0]
			if u.Kind != tt.kind || u.Trial.String() != tt.try {
				t.Errorf("unknown: %s, %s: %s; want %s, %s", u.Kind, u.Detail, u.Trial, tt.kind, tt.try)
			}
			if got := u.Trial.Seconds; got != tt.seconds && !(math.IsNaN(got) && math.IsNaN(tt.seconds)) {
				t.Errorf("that takes %g seconds, want %g", got, tt.seconds)
			}
		})
	}
}

// proposed checks that what an answer would try is among what next proposes, so that
// the two never send a person different ways.
func proposed(t *testing.T, u analysis.Unknown, all []analysis.Proposal) {
	t.Helper()
	want, ok := u.Proposal()
	if !ok {
		return
	}
	if !slices.ContainsFunc(all, func(p analysis.Proposal) bool {
		return p.Like.R == want.Like.R && slices.Equal(p.LR, want.LR) && slices.Equal(p.Seeds, want.Seeds)
	}) {
		t.Errorf("to tell whether %s the answer would train lr %v, seeds %v, which is not among %d proposals", u.Detail, want.LR, want.Seeds, len(all))
	}
}

func TestLongerTrainingIsNoAnswerButAnotherBudget(t *testing.T) {
	var settings []sweep.Params
	for _, steps := range []int{10, 100} {
		for _, p := range byLR(1e-3, 2e-3, 4e-3) {
			p.Steps = steps
			settings = append(settings, p)
		}
	}
	all := answers(t, settingsTable(3, func(p sweep.Params) float64 { return at(2e-3)(p) / float64(p.Steps) }, settings...))
	if len(all) != 2 || fmt.Sprint(all[0].Budget, all[1].Budget) != "[steps = 10] [steps = 100]" {
		t.Fatalf("%+v", all)
	}
}

// The line replaces all axes of a grid, so that it names the budget, too.
func TestATrialNamesAllThatVaries(t *testing.T) {
	var settings []sweep.Params
	for _, targets := range [][]string{{"q_proj"}, {"q_proj", "v_proj"}} {
		for _, p := range byLR(1e-3, 2e-3) {
			p.Targets, p.Schedule = targets, "cosine"
			settings = append(settings, p)
		}
	}
	results := settingsTable(2, at(1), settings...)
	for i := range results {
		results[i].Key += results[i].Params.Targets[len(results[i].Params.Targets)-1]
	}
	all := answers(t, results)
	if len(all) != 2 {
		t.Fatalf("%d answers", len(all))
	}
	want := `grid = { targets = [["q_proj", "v_proj"]], lr = [4e-3, 8e-3], seed = [0, 1] }`
	if got := all[1].Unknown[0].Trial.String(); got != want {
		t.Errorf("try %s, want %s", got, want)
	}
}

func TestAllAlphasThatDoAsWellAreNamed(t *testing.T) {
	best := func(p sweep.Params) float64 { return 0.016 / p.Alpha }
	a := answers(t, settingsTable(5, rising(best), byAlphaAndLR([]float64{4, 8, 16}, []float64{5e-4, 1e-3, 2e-3, 4e-3, 8e-3})...))[0]
	alphas := []string{}
	for _, s := range append(a.Use.Same, a.Use.Setting) {
		if alpha := s[0].String(); !slices.Contains(alphas, alpha) {
			alphas = append(alphas, alpha)
		}
		if s[0].Value.Number*s[1].Value.Number != 0.016 {
			t.Errorf("%v is not clearly worse", s)
		}
	}
	if len(alphas) != 3 {
		t.Errorf("as good are %v", alphas)
	}
}

// A setting of which one seed diverged, or that lacks seeds, is not recommended,
// however low the others are.
func TestOnlySettingsWithAllTheirSeedsAreRecommended(t *testing.T) {
	lrs := byLR(1e-3, 2e-3, 4e-3, 8e-3)
	diverging := alter(settingsTable(3, at(4e-3), lrs...), func(p sweep.Params) bool { return p.LR == 4e-3 && p.Seed == 0 }, diverge)
	lacking := slices.DeleteFunc(settingsTable(3, at(4e-3), lrs...), func(r sweep.Result) bool { return r.Params.LR == 4e-3 && r.Params.Seed == 0 })
	for _, results := range [][]sweep.Result{diverging, lacking} {
		a := answers(t, results)[0]
		if fmt.Sprint(a.Use.Setting) == "[lr = 0.004]" || a.Settings != 4 || a.Compared != 3 || len(a.Seeds) != 3 {
			t.Errorf("use %v, of %d settings %d compared over seeds %v", a.Use.Setting, a.Settings, a.Compared, a.Seeds)
		}
	}
	if !slices.ContainsFunc(answers(t, lacking)[0].Unknown, func(u analysis.Unknown) bool { return u.Kind == analysis.TooFew || u.Kind == analysis.Unfinished }) {
		t.Error("nobody is told that a lower setting lacks a seed")
	}
}

// The lowest of many settings that are all alike is low by luck.
func TestTheLossOfWhatIsRecommendedIsNotFlattered(t *testing.T) {
	var lrs []float64
	for i := range 30 {
		lrs = append(lrs, math.Exp2(float64(i)/4-12))
	}
	flattered, told := 0.0, 0.0
	for trial := range 40 {
		random := rand.New(rand.NewPCG(uint64(trial), 1))
		results := settingsTable(4, func(sweep.Params) float64 { return 1 + 0.1*random.NormFloat64() }, byLR(lrs...)...)
		a := answers(t, results)[0]
		told += a.Use.Loss.Value / 40
		for _, g := range analysis.AllButSeed(results).Groups {
			if fmt.Sprint(g.Settings) == fmt.Sprint(a.Use.Setting) {
				flattered += g.Mean / 40
			}
		}
	}
	if flattered > 0.93 || math.Abs(told-1) > 0.03 {
		t.Errorf("the mean of the lowest is %.3f, and %.3f is told; it is 1", flattered, told)
	}
}

func TestOfTwoSettingsThatAreEqualToTheBitTheTrainedOneIsRecommended(t *testing.T) {
	results := settingsTable(2, func(sweep.Params) float64 { return 1 }, byAlphaAndLR([]float64{4, 16}, []float64{1e-3})...)
	for i := range results {
		if results[i].Params.Alpha == 4 {
			results[i].CopyOf = "another"
		}
	}
	if a := answers(t, results)[0]; fmt.Sprint(a.Use.Setting) != "[alpha = 16]" {
		t.Errorf("use %v", a.Use.Setting)
	}
}

// TestASettingThatTwoArmsHoldIsOneSetting has one run stand in two arms.
func TestASettingThatTwoArmsHoldIsOneSetting(t *testing.T) {
	lrs := byLR(1e-3, 1e-2, 1e-1)
	results := settingsTable(3, rising(func(sweep.Params) float64 { return 1e-2 }), lrs...)
	for i := range results {
		results[i].Arm = "one"
	}
	again := slices.Clone(results)
	for i := range again {
		again[i].Arm = "other"
	}
	answers, err := analysis.NewStudy(append(results, again...)).Answers(analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	if a := answers[0]; a.Settings != len(lrs) || len(a.Use.Same) != 0 {
		t.Errorf("%d settings, and %v besides the best; want %d and none", a.Settings, a.Use.Same, len(lrs))
	}
}

func TestAnAnswerRefusesRunsWithTheSameSettings(t *testing.T) {
	results := settingsTable(1, at(1e-3), byLR(1e-3, 1e-3)...)
	results[1].Key = "stale"
	if _, err := analysis.NewStudy(results).Answers(analysis.DefaultMargins()); err == nil {
		t.Error("it does not")
	}
}

func TestLawsSayHowTheBestLRMoves(t *testing.T) {
	lrs := []float64{2.5e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2}
	best := func(p sweep.Params) float64 { return 0.016 / p.Alpha }
	laws := analysis.NewStudy(settingsTable(5, rising(best), byAlphaAndLR([]float64{4, 8, 16}, lrs)...)).Laws()
	if len(laws) != 1 || laws[0].Axis != "alpha" {
		t.Fatalf("%+v", laws)
	}
	near(t, "the power of alpha", laws[0].Power().Value, -1, 0.02)
	if laws := analysis.NewStudy(settingsTable(2, at(1e-3), byLR(lrs...)...)).Laws(); len(laws) > 0 {
		t.Errorf("where nothing but lr varies: %+v", laws)
	}
}
