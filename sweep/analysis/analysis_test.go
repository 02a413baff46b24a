package analysis_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// grid is a sweep with an invented loss at every cell.
type grid struct {
	alphas, lrs []float64
	ranks       []int
	seeds       int
	loss        func(p sweep.Params) float64
}

// valley is a loss that is a parabola in log-log, lowest (0.2) at lr = best.
func valley(best, lr float64) float64 {
	d := math.Log(lr / best)
	return 0.2 * math.Exp(0.15*d*d)
}

// bestLR moves as alpha^(-1/2).
func bestLR(alpha float64) float64 { return 0.02 / math.Sqrt(alpha) }

func halfPower(p sweep.Params) float64 { return valley(bestLR(p.Alpha), p.LR) }

func usual() grid {
	return grid{
		alphas: []float64{1, 4, 16, 64},
		lrs:    []float64{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1},
		ranks:  []int{8},
		seeds:  3,
		loss:   halfPower,
	}
}

func (g grid) results() []sweep.Result {
	var all []sweep.Result
	for _, r := range g.ranks {
		for _, alpha := range g.alphas {
			for _, lr := range g.lrs {
				for seed := range g.seeds {
					p := sweep.Params{R: r, Alpha: alpha, LR: lr, Seed: seed, Optimizer: "adamw", Targets: []string{"q_proj", "v_proj"}}
					loss := g.loss(p)
					run := sweep.Run{Key: fmt.Sprintf("r%d-a%g-lr%g-s%d", r, alpha, lr, seed), Params: p}
					all = append(all, sweep.Result{Run: run, Outcome: sweep.Outcome{State: sweep.StateDone, EvalLoss: loss, Evaluated: true, Loss: loss}})
				}
			}
		}
	}
	return all
}

// alter returns results with change applied to those that match.
func alter(results []sweep.Result, match func(sweep.Params) bool, change func(*sweep.Result)) []sweep.Result {
	for i := range results {
		if match(results[i].Params) {
			change(&results[i])
		}
	}
	return results
}

func diverge(r *sweep.Result) {
	r.State, r.EvalLoss, r.Loss = sweep.StateDiverged, math.NaN(), math.Inf(1)
}

func compare(t *testing.T, results []sweep.Result, by string) analysis.Comparison {
	t.Helper()
	c, err := analysis.Compare(results, by)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// The interval reaches no further than the cells beside the best, and the best is
// no further off than half a step.
func TestBestLROfAParabola(t *testing.T) {
	c := compare(t, usual().results(), "alpha")
	if c.Over != "lr" || len(c.Slices) != 1 || c.Quantity != analysis.EvalLoss {
		t.Fatalf("compared along %s in %d slices by %s", c.Over, len(c.Slices), c.Quantity)
	}
	for _, v := range c.Slices[0].ByLR {
		truth := bestLR(v.By.Number)
		if math.Abs(math.Log(v.Best.At/truth)) > math.Log(3.4)/2 || v.Best.Low > truth || v.Best.High < truth || v.Best.High > 11.2*v.Best.Low {
			t.Errorf("alpha %v: best lr %v (%v to %v), want %v", v.By, v.Best.At, v.Best.Low, v.Best.High, truth)
		}
		if v.Best.Loss < 0.2 || v.Best.Loss > 0.21 {
			t.Errorf("alpha %v: loss %v at the best lr, want 0.2", v.By, v.Best.Loss)
		}
		if v.Best.Place != statistics.Inside {
			t.Errorf("alpha %v: best lr is %s", v.By, v.Best.Place)
		}
	}
}

// A parabola over the cliff of a cliff would have its vertex far below what any
// run reached; the best lr is no further than the cliff, and what lies between
// it and the abyss is on the line between the two.
func TestACliffDoesNotPullTheBestLRDown(t *testing.T) {
	gentle := []float64{0.70, 0.62, 0.57, 0.55, 3, 3.2}
	lrs := []float64{1e-3, 2e-3, 4e-3, 8e-3, 16e-3, 32e-3}
	g := grid{alphas: []float64{1, 2}, lrs: lrs, ranks: []int{8}, seeds: 1, loss: func(p sweep.Params) float64 {
		return gentle[slices.Index(lrs, p.LR)]
	}}
	valley := compare(t, g.results(), "alpha").Slices[0].ByLR[0]
	best := valley.Best
	if best.Place != statistics.Inside || best.At < 4e-3 || best.At > 8.1e-3 || best.Loss < 0.54 || best.Loss > 0.57 {
		t.Errorf("best %v with loss %v, %s", best.At, best.Loss, best.Place)
	}
}

// A closer grid must not make the best lr noisier: three cells near one another
// are bent by their noise.
func TestACloserGridIsNoNoisier(t *testing.T) {
	square, n := 0.0, 0.0
	for trial := range 20 {
		g := noisy(3, uint64(trial))
		g.lrs = nil
		for lr := 1e-4; lr < 0.2; lr *= 1.3 {
			g.lrs = append(g.lrs, lr)
		}
		for _, v := range compare(t, g.results(), "alpha").Slices[0].ByLR {
			miss := math.Log(v.Best.At / bestLR(v.By.Number))
			square += miss * miss
			n++
		}
	}
	if rms := math.Sqrt(square / n); rms > 0.15 {
		t.Errorf("the best lr is off by %.2f in log lr, root mean square", rms)
	}
}

// Where the loss falls up to the cliff, the best may lie anywhere up to it.
func TestUpToACliffTheSpacingIsTheUncertainty(t *testing.T) {
	falling := []float64{0.9, 0.7, 0.5, 0.35, 3, 3.2}
	lrs := []float64{1e-3, 2e-3, 4e-3, 8e-3, 16e-3, 32e-3}
	g := grid{alphas: []float64{1, 2}, lrs: lrs, ranks: []int{8}, seeds: 3, loss: func(p sweep.Params) float64 {
		return falling[slices.Index(lrs, p.LR)]
	}}
	best := compare(t, g.results(), "alpha").Slices[0].ByLR[0].Best
	near(t, "the best lr", best.At, 8e-3, 1e-3)
	if best.Low < 4e-3 || best.Low > 8e-3 {
		t.Errorf("the low end is %v; want it between the lowest cell and the one below", best.Low)
	}
	near(t, "the high end", best.High, 16e-3, 1e-9)
}

func TestSlopeRecoversThePower(t *testing.T) {
	s := compare(t, usual().results(), "alpha").Slices[0]
	overall, ok := s.Slope()
	if !ok || overall.N != 4 {
		t.Fatalf("slope rests on %d optima, ok %v", overall.N, ok)
	}
	near(t, "overall slope", overall.Value, -0.5, 0.2)
	if overall.Low > -0.5 || overall.High < -0.5 {
		t.Errorf("slope %v", overall)
	}
	if local := s.LocalSlopes(); len(local) != 2 || local[0].N != 3 {
		t.Errorf("local slopes %v of 4 optima a factor of 4 apart", local)
	}
}

func TestLocalSlopesShowABend(t *testing.T) {
	g := usual()
	g.alphas = []float64{1, 2, 4, 8, 16, 32, 64, 128}
	random := rand.New(rand.NewPCG(1, 2))
	g.loss = func(p sweep.Params) float64 { // -1 up to alpha 8, flat beyond
		return valley(0.03/math.Min(p.Alpha, 8), p.LR) * math.Exp(0.03*random.NormFloat64())
	}
	g.lrs = nil
	for lr := 1e-4; lr < 1; lr *= 1.15 {
		g.lrs = append(g.lrs, lr)
	}
	local := compare(t, g.results(), "alpha").Slices[0].LocalSlopes()
	if len(local) != 5 {
		t.Fatalf("%d local slopes", len(local))
	}
	for i, want := range []float64{-1, -0.7, -0.3, 0, 0} { // least squares through four points
		if slope := local[i]; math.Abs(slope.Value-want) > 0.12 {
			t.Errorf("from alpha %v to %v the slope is %v, want %v", slope.From, slope.To, slope, want)
		}
	}
}

func TestWhatSeedsShareCancels(t *testing.T) {
	g := usual()
	alone := compare(t, g.results(), "alpha").Slices[0]
	g.loss = func(p sweep.Params) float64 { return halfPower(p) * (1 + float64(p.Seed)) }
	for i, v := range compare(t, g.results(), "alpha").Slices[0].ByLR {
		near(t, "the low end", v.Best.Low, alone.ByLR[i].Best.Low, 1e-9)
		near(t, "the high end", v.Best.High, alone.ByLR[i].Best.High, 1e-9)
	}
}

func TestIntervalsCoverTheTruthUnderNoise(t *testing.T) {
	for _, seeds := range []int{3, 6} {
		covered, total, slopes := 0, 0, 0
		const trials = 100
		for trial := range trials {
			random := rand.New(rand.NewPCG(uint64(trial), 7))
			g := usual()
			g.seeds = seeds
			g.loss = func(p sweep.Params) float64 { return halfPower(p) * math.Exp(0.05*random.NormFloat64()) }
			s := compare(t, g.results(), "alpha").Slices[0]
			for _, v := range s.ByLR {
				total++
				if v.Best.Low <= bestLR(v.By.Number) && bestLR(v.By.Number) <= v.Best.High {
					covered++
				}
			}
			if slope, _ := s.Slope(); slope.Low <= -0.5 && -0.5 <= slope.High {
				slopes++
			}
		}
		if share := float64(covered) / float64(total); share < 0.93 {
			t.Errorf("of %d seeds, %.3f of the intervals cover the true best lr, want 0.95", seeds, share)
		}
		if slopes < trials*93/100 {
			t.Errorf("of %d seeds, %d of %d intervals cover the true slope, want 95", seeds, slopes, trials)
		}
	}
}

func TestOneSeedHasNoInterval(t *testing.T) {
	g := usual()
	g.seeds = 1
	for _, v := range compare(t, g.results(), "alpha").Slices[0].ByLR {
		near(t, "best lr", v.Best.At, bestLR(v.By.Number), 0.7)
		if !math.IsNaN(v.Best.Low) || !math.IsNaN(v.Best.High) {
			t.Errorf("one seed gives the interval (%v, %v)", v.Best.Low, v.Best.High)
		}
	}
}

func TestPlaceOfTheBestLR(t *testing.T) {
	one := func(best float64) grid {
		g := usual()
		g.alphas = []float64{16}
		g.loss = func(p sweep.Params) float64 { return valley(best, p.LR) }
		return g
	}
	above := func(lr float64) func(sweep.Params) bool {
		return func(p sweep.Params) bool { return p.LR > lr }
	}
	pend := func(r *sweep.Result) { r.State = sweep.StatePending }
	for _, tt := range []struct {
		name    string
		results []sweep.Result
		want    statistics.Place
		at, off float64
	}{
		{"inside", one(2e-3).results(), statistics.Inside, 2e-3, 0.7},
		{"falling to the last", one(1).results(), statistics.AtHigh, 1e-1, 0},
		{"rising from the first", one(1e-6).results(), statistics.AtLow, 1e-4, 0},
		{"falling into divergence", alter(one(1).results(), above(1e-2), diverge), statistics.AtDivergence, 1e-2, 0},
		{"next lr not trained yet", alter(one(1).results(), above(1e-2), pend), statistics.AtHigh, 1e-2, 0},
		{"everything diverged", alter(one(1).results(), above(0), diverge), statistics.NoOptimum, math.NaN(), 0},
		{"lowest where one seed diverged", alter(one(1e-2).results(),
			func(p sweep.Params) bool { return p.LR == 1e-2 && p.Seed == 2 }, diverge), statistics.AtDivergence, 3e-2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			best := compare(t, tt.results, "alpha").Slices[0].ByLR[0].Best
			if best.Place != tt.want {
				t.Errorf("the best lr is %s, want %s", best.Place, tt.want)
			}
			if tt.want != statistics.NoOptimum {
				near(t, "best lr", best.At, tt.at, tt.off)
			}
			if bound := tt.want == statistics.AtHigh || tt.want == statistics.AtLow; best.Bound() != bound {
				t.Errorf("Bound() = %v, want %v", best.Bound(), bound)
			}
		})
	}
}

func TestBoundsAreLeftOutOfTheSlope(t *testing.T) {
	g := usual()
	g.alphas = []float64{1, 4, 16, 1 << 20} // the last has its best lr below the grid
	slope, ok := compare(t, g.results(), "alpha").Slices[0].Slope()
	if !ok || slope.N != 3 || slope.To.Number != 16 {
		t.Errorf("slope rests on %d optima up to alpha %v", slope.N, slope.To)
	}
}

func TestOnlySeedsAreAveragedOver(t *testing.T) {
	g := usual()
	g.ranks = []int{2, 8, 32}
	c := compare(t, g.results(), "alpha")
	if len(c.Slices) != 3 {
		t.Fatalf("three ranks give %d slices", len(c.Slices))
	}
	if fixed := c.Slices[2].Fixed; len(fixed) != 1 || fixed[0].String() != "r = 32" {
		t.Errorf("the last slice fixes %v", fixed)
	}
	for _, cell := range c.Slices[0].ByLR[0].Cells {
		if len(cell.Losses) != 3 {
			t.Errorf("a cell averages %d runs of 3 seeds", len(cell.Losses))
		}
	}
}

func TestTiedAxesDoNotSplit(t *testing.T) {
	var results []sweep.Result
	for _, r := range []int{4, 8, 16} { // alpha = 2 r
		g := usual()
		g.ranks, g.alphas = []int{r}, []float64{2 * float64(r)}
		results = append(results, g.results()...)
	}
	c := compare(t, results, "r")
	if len(c.Slices) != 1 || len(c.Slices[0].ByLR) != 3 || !reflect.DeepEqual(c.Tied, []string{"alpha"}) {
		t.Errorf("%d slices, tied %v", len(c.Slices), c.Tied)
	}
}

func TestAxisToCompareAlong(t *testing.T) {
	wide, noLR, lone := usual(), usual(), usual()
	wide.ranks = []int{4, 8}
	noLR.lrs, noLR.ranks = []float64{1e-3}, []int{4, 8}
	lone.lrs = []float64{1e-3}
	for _, tt := range []struct {
		name     string
		g        grid
		by, want string
	}{
		{"lr where it varies", wide, "alpha", "lr"},
		{"alpha for lr itself", wide, "lr", "alpha"},
		{"r where alpha is compared and lr is fixed", noLR, "alpha", "r"},
		{"the axis itself where nothing else varies", lone, "alpha", "alpha"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := compare(t, tt.g.results(), tt.by).Over; got != tt.want {
				t.Errorf("by %s the comparison runs along %s, want %s", tt.by, got, tt.want)
			}
		})
	}
}

func TestAFactorsRateIsAnAxisOnlyWhereItLeavesTheRate(t *testing.T) {
	inherit := func(r *sweep.Result) { r.Params.Inherit() }
	results := alter(usual().results(), func(sweep.Params) bool { return true }, inherit)
	for _, axis := range analysis.Axes(results) {
		if axis.Name == "lr_a" || axis.Name == "lr_b" {
			t.Errorf("%s follows lr and is told as an axis", axis.Name)
		}
	}
	for _, s := range analysis.Shared(results) {
		if s.Axis == "eps_a" {
			t.Errorf("%s follows eps and is told as a setting", s)
		}
	}
	results[0].Params.LRA = 0
	if axes := analysis.Axes(results); !slices.ContainsFunc(axes, func(a analysis.Axis) bool { return a.Name == "lr_a" }) {
		t.Errorf("lr_a was set and is no axis: %v", axes)
	}
}

// TestAdaptersThatGoWithTheirSeedsAreAveragedOver has the same runs compared with each
// adapter on a seed of its own and then with two on each.
func TestAdaptersThatGoWithTheirSeedsAreAveragedOver(t *testing.T) {
	from := func(adapter string) func(*sweep.Result) {
		return func(r *sweep.Result) {
			r.Params.Adapter = fmt.Sprintf(adapter, r.Params.Seed)
			r.Key += r.Params.Adapter
		}
	}
	paired := alter(usual().results(), everyRun, from("trained-%d"))
	if c := compare(t, paired, "alpha"); len(c.Slices) != 1 || c.Slices[0].ByLR[0].Cells[0].Tally.Done != 3 {
		t.Errorf("%d slices, the first %v", len(c.Slices), c.Slices[0].Fixed)
	}
	if looks := analysis.LookAt(predicted(between("loss", "alpha", "16", "64", -1, 1), paired)); len(looks) != 7 || looks[0].Seeds != 3 {
		t.Errorf("%d looks, the first %+v", len(looks), looks[0])
	}
	crossed := append(paired, alter(usual().results(), everyRun, from("again-%d"))...)
	if c := compare(t, crossed, "alpha"); len(c.Slices) == 1 {
		t.Error("two adapters are averaged over")
	}
}

func TestTallyCountsEveryRun(t *testing.T) {
	results := usual().results() // 84
	results[0].State = sweep.StateFailed
	results[1].State = sweep.StatePending
	results[2].State = sweep.StateRunning
	diverge(&results[3])
	results[4].EvalLoss = math.Inf(1)
	want := analysis.StateCounts{Done: 79, Diverged: 2, Failed: 1, Missing: 2}
	if got := compare(t, results, "alpha").Tally; got != want || got.Total() != 84 {
		t.Errorf("tally %+v, want %+v", got, want)
	}
}

func TestTrainingLossWhereNothingIsHeldOut(t *testing.T) {
	results := alter(usual().results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) { r.EvalLoss, r.Evaluated = math.NaN(), false })
	c := compare(t, results, "alpha")
	if c.Quantity != analysis.TrainLoss || c.Tally.Diverged != 0 {
		t.Errorf("compared by %s with %d diverged", c.Quantity, c.Tally.Diverged)
	}
}

func TestCompareRefuses(t *testing.T) {
	all := func(sweep.Params) bool { return true }
	stale := append(usual().results(), usual().results()[0])
	stale[len(stale)-1].Key = "stale"
	for _, tt := range []struct {
		name    string
		results []sweep.Result
		by      string
		says    string
	}{
		{"an unknown axis", usual().results(), "alhpa", `"alhpa": no parameter has that name; these vary: alpha (4 values), lr (7 values), seed (3 values)`},
		{"runs of before and after", stale, "alpha", "same settings"},
		{"no results", nil, "alpha", "no run has finished yet"},
		{"nothing finished", alter(usual().results(), all, func(r *sweep.Result) { r.State = sweep.StateFailed }), "alpha", "84 failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := analysis.Compare(tt.results, tt.by)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
		})
	}
	if _, err := analysis.Compare(nil, "alpha"); !errors.Is(err, analysis.ErrNothingFinished) {
		t.Errorf("%v is no ErrNothingFinished", err)
	}
}

func TestFindingsDoNotDependOnTheOrderOfResults(t *testing.T) {
	g := usual()
	random := rand.New(rand.NewPCG(3, 4))
	g.loss = func(p sweep.Params) float64 { return halfPower(p) * (1 + 0.1*random.Float64()) }
	results := g.results()
	want := compare(t, results, "alpha")
	random.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
	order := fmt.Sprint(results)
	if got := compare(t, results, "alpha"); !reflect.DeepEqual(got, want) {
		t.Error("shuffled results give other findings")
	}
	if fmt.Sprint(results) != order {
		t.Error("Compare reordered its argument")
	}
}

func TestCategoricalAxis(t *testing.T) {
	results := usual().results()
	sgd := alter(usual().results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) {
		r.Key += "-sgd"
		r.Params.Optimizer, r.Params.Targets = "sgd", []string{"q_proj"}
	})
	results = append(results, sgd...)
	c := compare(t, results, "optimizer")
	if len(c.Slices) != 4 || !reflect.DeepEqual(c.Tied, []string{"targets"}) {
		t.Fatalf("%d slices, tied %v", len(c.Slices), c.Tied)
	}
	if _, ok := c.Slices[0].Slope(); ok {
		t.Error("a slope in log(optimizer)")
	}
	if v, err := analysis.ValueOf(results[0].Params, "targets"); err != nil || v.Text != "q_proj v_proj" {
		t.Errorf("targets read %q, %v", v.Text, err)
	}
}
