package analysis_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// rescaled is runs that start from adapters of alpha 16, in arms of which each has one
// adapter for each seed.
type rescaled struct {
	alphas []float64
	seeds  int
	arms   map[string]rescaledArm
	noise  float64
}

// rescaledArm is adapters whose loss before training is a parabola in the logarithms.
type rescaledArm struct {
	best  float64 // times alpha 16
	floor float64
}

func usualRescaling() rescaled {
	r := rescaled{seeds: 3, arms: map[string]rescaledArm{"tuned": {1, 0.5}, "slow": {2.5, 0.9}}, noise: 0.001}
	for alpha := 4.0; alpha < 65; alpha *= math.Sqrt2 {
		r.alphas = append(r.alphas, math.Round(alpha*1e4)/1e4)
	}
	return r
}

func (s rescaled) results() []sweep.Result {
	random := rand.New(rand.NewPCG(11, 12))
	var all []sweep.Result
	for _, name := range slices.Sorted(maps.Keys(s.arms)) {
		arm := s.arms[name]
		for _, alpha := range s.alphas {
			for seed := range s.seeds {
				away := math.Log(alpha / 16 / arm.best)
				loss := arm.floor * math.Exp(0.2*away*away+0.1*float64(seed)+s.noise*random.NormFloat64())
				p := sweep.Params{Model: "m", R: 8, Alpha: alpha, Scaling: "alpha/r", LR: 1e-9, Seed: seed, Method: "lora", Optimizer: "adamw", Adapter: fmt.Sprintf("%s-s%d", name, seed)}
				run := sweep.Run{Key: fmt.Sprintf("%s-a%g-s%d", name, alpha, seed), Arm: name, Params: p}
				all = append(all, sweep.Result{Run: run, Outcome: sweep.Outcome{State: sweep.StateDone, FirstLoss: loss, EvalLoss: 9 - loss, Evaluated: true, Loss: loss}})
			}
		}
	}
	slices.SortFunc(all, func(a, b sweep.Result) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// trainedWith says that all adapters were trained with alpha 16.
func trainedWith(results []sweep.Result) map[string]sweep.AdapterSettings {
	trained := map[string]sweep.AdapterSettings{}
	for _, r := range results {
		trained[r.Params.Adapter] = sweep.AdapterSettings{R: 8, Alpha: 16, Scaling: "alpha/r"}
	}
	return trained
}

func judgedRescaling(t *testing.T, results []sweep.Result, trained map[string]sweep.AdapterSettings) []analysis.Finding {
	t.Helper()
	all, err := analysis.NewStudy(results).StartingFrom(trained).Verdicts(analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(f analysis.Finding) bool { return f.Claim.Letter != "e" })
}

func TestAdaptersThatDoBestAtTheirOwnAlphaSupportIt(t *testing.T) {
	results := usualRescaling().results()
	found := judgedRescaling(t, results, trainedWith(results))
	wantVerdict(t, found, analysis.Supported)
	if len(found) != 1 || fmt.Sprint(found[0].Part) != "[arm = tuned]" || found[0].Seeds != 3 {
		t.Fatalf("%+v", found)
	}
	// The others do best at 2.5 times their alpha, where the loss is lower by a known share.
	c := found[0].Control
	if gain := math.Expm1(0.2 * math.Pow(math.Log(2.5), 2)); !c.Differs || math.Abs(c.Number.Value-gain) > 0.02 || !strings.Contains(c.Name, "arm = slow") {
		t.Errorf("control %+v, want a gain of %v", c, gain)
	}
	if !mentions(found[0], "trained with alpha = 16, the loss is lowest at alpha = 16, 1 (0.813 to 1.24) times that") || !mentions(found[0], "adapters that ended 113 % higher (arm = slow)") {
		t.Errorf("%v", found[0].Reasons)
	}
}

// TestLossesAtTheEndAreNoFigureOfWhatWasRescaled has runs that went on and runs that
// stood still.
func TestLossesAtTheEndAreNoFigureOfWhatWasRescaled(t *testing.T) {
	results := usualRescaling().results()
	f := judgedRescaling(t, results, trainedWith(results))[0]
	if figures := f.Figures(results); len(figures) > 0 {
		t.Errorf("runs that went on are drawn as %v", figures)
	}
	still := alter(results, everyRun, func(r *sweep.Result) { r.EvalLoss = r.FirstLoss })
	if figures := f.Figures(still); !slices.Equal(figures, []string{"lr"}) {
		t.Errorf("runs that stood still are drawn as %v", figures)
	}
}

func TestAdaptersThatGainFromAnotherAlphaRefuteIt(t *testing.T) {
	for name, best := range map[string]float64{"a larger one": 2, "a smaller one": 0.5, "one beyond those tried": 8} {
		t.Run(name, func(t *testing.T) {
			s := usualRescaling()
			s.arms = map[string]rescaledArm{"tuned": {best, 0.5}}
			results := s.results()
			found := judgedRescaling(t, results, trainedWith(results))
			wantVerdict(t, found, analysis.Refuted)
			away := math.Log(min(best, 4))
			if want := math.Expm1(0.2 * (math.Pow(math.Log(best), 2) - math.Pow(math.Log(best)-away, 2))); math.Abs(found[0].Key.Value-want) > 0.02 {
				t.Errorf("the loss exceeds the best by %v, want %v", found[0].Key, want)
			}
		})
	}
}

// TestTheBestAlphaAfterTrainingIsFound has adapters that do best between two alphas.
func TestTheBestAlphaAfterTrainingIsFound(t *testing.T) {
	s := usualRescaling()
	s.arms = map[string]rescaledArm{"tuned": {1.6, 0.5}}
	results := s.results()
	all := analysis.NewStudy(results).StartingFrom(trainedWith(results)).Rescalings()
	if len(all) != 1 {
		t.Fatalf("%d rescalings", len(all))
	}
	if best := all[0].Best; math.Abs(math.Log(best.At/1.6)) > 0.2 || best.Low > 1.6 || best.High < 1.6 || best.High > 2.9*best.Low {
		t.Errorf("best at %v (%v to %v), want 1.6", best.At, best.Low, best.High)
	}
}

func TestRescalingIsUndecidedWhereItsRunsCannotTell(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *rescaled)
		alter  func(*sweep.Result)
		forget bool
		want   string
		add    string
	}{
		"one adapter":         {change: func(s *rescaled) { s.seeds = 1 }, want: "one adapter gives no interval"},
		"never at its own":    {change: func(s *rescaled) { s.alphas = []float64{4, 8, 32} }, want: "no run starts at the alpha", add: "[alpha = [16]]"},
		"two alphas":          {change: func(s *rescaled) { s.alphas = []float64{8, 16} }, want: "2 values of alpha", add: "[alpha = [8, 32, 64]]"},
		"unknown training":    {forget: true, want: "does not have what the adapters were trained with"},
		"nothing held out":    {alter: func(r *sweep.Result) { r.Evaluated = false }, want: "no rows are held out"},
		"runs to come":        {alter: func(r *sweep.Result) { r.State = sweep.StatePending }, want: "1 one"},
		"its own is the last": {change: func(s *rescaled) { s.alphas = []float64{4, 8, 16} }, want: "is the highest tried, or lies beyond", add: "[alpha = [32, 64]]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := usualRescaling()
			s.arms = map[string]rescaledArm{"tuned": {1, 0.5}}
			if c.change != nil {
				c.change(&s)
			}
			results := s.results()
			trained := trainedWith(results)
			if c.forget {
				trained = nil
			}
			if c.alter != nil {
				c.alter(&results[len(results)-1])
			}
			found := judgedRescaling(t, results, trained)
			wantVerdict(t, found, analysis.Undecided)
			if !mentions(found[0], c.want) || c.add != "" && fmt.Sprint(found[0].Add) != c.add {
				t.Errorf("%v, add %v", found[0].Reasons, found[0].Add)
			}
		})
	}
}

func TestRescalingIsNotAskedWithoutStartingAdapters(t *testing.T) {
	found := judgedRescaling(t, fullStudy().results(), nil)
	wantVerdict(t, found, analysis.NotAsked)
	s := usualRescaling()
	s.alphas = []float64{16}
	results := s.results()
	wantVerdict(t, judgedRescaling(t, results, trainedWith(results)), analysis.NotAsked)
}

// TestOtherSeedsOfOneAdapterAreNoAdapters has one adapter that runs start from with
// several seeds: its loss before training is one number, however often it is there.
func TestOtherSeedsOfOneAdapterAreNoAdapters(t *testing.T) {
	s := usualRescaling()
	s.arms, s.noise = map[string]rescaledArm{"tuned": {1, 0.5}}, 0
	results := alter(s.results(), everyRun, func(r *sweep.Result) { r.Params.Adapter = "tuned" })
	found := judgedRescaling(t, results, trainedWith(results))
	wantVerdict(t, found, analysis.Undecided)
	if found[0].Seeds != 1 || !mentions(found[0], "one adapter gives no interval") {
		t.Errorf("%+v", found[0])
	}
}

// TestATrueGainAtTheMarginIsSeldomJudged has adapters whose loss at their own alpha
// exceeds the best by the margin.
func TestATrueGainAtTheMarginIsSeldomJudged(t *testing.T) {
	const trials = 100
	s := usualRescaling()
	s.alphas, s.noise = []float64{4, 8, 16, 32, 64}, 0.02
	s.arms = map[string]rescaledArm{"tuned": {2, 0.5}}
	random := rand.New(rand.NewPCG(3, 9))
	judged := 0
	for range trials {
		results := alter(s.results(), everyRun, func(r *sweep.Result) {
			away := math.Log(r.Params.Alpha / 32)
			r.FirstLoss = math.Exp(math.Log(1.05)/(math.Ln2*math.Ln2)*away*away + 0.02*random.NormFloat64())
		})
		if found := judgedRescaling(t, results, trainedWith(results)); found[0].Verdict != analysis.Undecided {
			judged++
		}
	}
	t.Logf("judged in %d of %d trials", judged, trials)
	if judged > 10 { // 5 of 100 are expected at most
		t.Errorf("judged in %d of %d trials", judged, trials)
	}
}
