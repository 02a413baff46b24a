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

// rowStudy is a study over r, lr and rows in which the logarithm of the tuned loss is a
// parabola in that of r, with its bottom at an r for each number of rows.
type rowStudy struct {
	best  map[int]float64 // r, by rows; 0 is all of them
	ranks []int
	seeds int
	noise float64
}

func usualRows() rowStudy {
	return rowStudy{best: map[int]float64{100: 2, 400: 8, 0: 32}, ranks: []int{1, 4, 16, 64}, seeds: 4, noise: 0.003}
}

func (s rowStudy) results(random *rand.Rand) []sweep.Result {
	var all []sweep.Result
	for rows, best := range s.best {
		g := usual()
		g.ranks, g.alphas, g.seeds = s.ranks, []float64{16}, s.seeds
		g.lrs = []float64{1e-3, 2.15e-3, 4.64e-3, 1e-2, 2.15e-2}
		g.loss = func(p sweep.Params) float64 {
			away := math.Log(float64(p.R) / best)
			return valley(5e-3, p.LR) * math.Exp(0.02*away*away)
		}
		all = append(all, alter(g.results(), everyRun, func(r *sweep.Result) {
			r.Params.Rows = rows
			r.Key += fmt.Sprintf("-rows%d", rows)
		})...)
	}
	slices.SortFunc(all, func(a, b sweep.Result) int { // a map has no order, and the noise is drawn in one
		return slices.Compare([]byte(a.Key), []byte(b.Key))
	})
	return alter(all, everyRun, func(r *sweep.Result) { r.EvalLoss *= math.Exp(s.noise * random.NormFloat64()) })
}

func judgedRows(t *testing.T, results []sweep.Result) []analysis.Finding {
	t.Helper()
	return verdicts(t, results)["f"]
}

func TestABestRankThatGrowsWithTheRowsIsFound(t *testing.T) {
	results := usualRows().results(rand.New(rand.NewPCG(1, 1)))
	found := judgedRows(t, results)
	wantVerdict(t, found, analysis.Supported)
	// The slope of 0.02 (ln r - ln best)^2 differs by -0.04 ln(32/2) for a factor of e.
	if want := math.Expm1(-0.04 * math.Log(16) * math.Ln2); len(found) != 1 || math.Abs(found[0].Key.Value-want) > 0.01 || found[0].Power == 0 {
		t.Errorf("%d findings, %v, want %v", len(found), found[0].Key, want)
	}
	for _, text := range []string{"at 100 rows: best r = ", "at all rows: best r = ", "over a factor of 64 in r the loss changes by -36 %"} {
		if !mentions(found[0], text) {
			t.Errorf("%q is not in %v", text, found[0].Reasons)
		}
	}
}

func TestABestRankThatStaysOrFallsRefutesIt(t *testing.T) {
	for name, best := range map[string]map[int]float64{"stays": {100: 8, 400: 8, 0: 8}, "falls": {100: 32, 0: 2}} {
		t.Run(name, func(t *testing.T) {
			s := usualRows()
			s.best = best
			wantVerdict(t, judgedRows(t, s.results(rand.New(rand.NewPCG(1, 2)))), analysis.Refuted)
		})
	}
}

func TestRanksByRowsAreUndecidedWhereTheRunsCannotTell(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*rowStudy)
		alter  func(*sweep.Result)
		want   string
	}{
		"one seed":   {change: func(s *rowStudy) { s.seeds = 1 }, want: "1 seed gives no interval"},
		"two ranks":  {change: func(s *rowStudy) { s.ranks = []int{1, 64} }, want: "2 values of r at 100 rows"},
		"much noise": {change: func(s *rowStudy) { s.noise = 0.1 }, want: "the intervals hold both answers"},
		"an edge":    {alter: func(r *sweep.Result) { r.EvalLoss *= math.Exp(-2 * math.Log(r.Params.LR)) }, want: "at rows = 100, r = 1 the best lr, 0.021, is the highest tried"},
		"runs to come": {alter: func(r *sweep.Result) {
			if r.Params.Seed == 0 {
				r.State = sweep.StatePending
			}
		}, want: "have no outcome yet"},
	} {
		t.Run(name, func(t *testing.T) {
			s := usualRows()
			if c.change != nil {
				c.change(&s)
			}
			results := s.results(rand.New(rand.NewPCG(1, 3)))
			if c.alter != nil {
				results = alter(results, everyRun, c.alter)
			}
			found := judgedRows(t, results)
			wantVerdict(t, found, analysis.Undecided)
			if !mentions(found[0], c.want) {
				t.Errorf("%v, want %q", found[0].Reasons, c.want)
			}
		})
	}
}

func TestRanksByRowsAreNotAskedWithOneNumberOfRows(t *testing.T) {
	wantVerdict(t, judgedRows(t, fullStudy().results()), analysis.NotAsked)
	s := usualRows()
	s.ranks = []int{8}
	wantVerdict(t, judgedRows(t, s.results(rand.New(rand.NewPCG(1, 4)))), analysis.NotAsked)
}

// TestWhatMovesWithTheRowsIsSaid has steps that grow with the rows, so that each is seen
// as often.
func TestWhatMovesWithTheRowsIsSaid(t *testing.T) {
	results := alter(usualRows().results(rand.New(rand.NewPCG(1, 5))), everyRun, func(r *sweep.Result) { r.Params.Steps = 10 + r.Params.Rows })
	found := judgedRows(t, results)
	wantVerdict(t, found, analysis.Supported)
	if len(found) != 1 || !mentions(found[0], "steps moves along with rows") {
		t.Errorf("%+v", found)
	}
}

// TestARankThatDoesNotMoveIsSeldomSaidTo counts false verdicts where the best r is one
// for all rows and the noise is as large as what would matter.
func TestARankThatDoesNotMoveIsSeldomSaidTo(t *testing.T) {
	const trials = 40
	random := rand.New(rand.NewPCG(5, 6))
	s := usualRows()
	s.best, s.noise = map[int]float64{100: 8, 0: 8}, 0.05
	supported := 0
	for range trials {
		if judgedRows(t, s.results(random))[0].Verdict == analysis.Supported {
			supported++
		}
	}
	t.Logf("supported in %d of %d trials", supported, trials)
	if supported > 4 { // 2.5 of 100 are expected at most
		t.Errorf("supported in %d of %d trials", supported, trials)
	}
}

func TestAClaimAboutWhatIsKnownOfNoRunIsNotAsked(t *testing.T) {
	command := &sweep.Command{Stated: []string{"alpha", "lr", "r", "seed", "steps"}}
	var results []sweep.Result
	for i, lr := range []float64{0.01, 0.02, 0.04} {
		for seed := range 2 {
			r := sweep.Result{Run: sweep.Run{Name: fmt.Sprintf("lr%g-s%d", lr, seed), Params: sweep.Defaults()}}
			r.Key, r.State, r.Evaluated = r.Name, sweep.StateDone, true
			r.Params.LR, r.Params.Seed, r.Params.Command = lr, seed, command
			r.Params.Inherit()
			r.EvalLoss = 1 + math.Abs(float64(i-1))
			results = append(results, r)
		}
	}
	findings, err := analysis.NewStudy(results).Verdicts(analysis.DefaultMargins())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(findings, func(f analysis.Finding) bool { return f.Claim.Letter == "f" })
	if i < 0 || findings[i].Verdict != analysis.NotAsked || !strings.Contains(fmt.Sprint(findings[i].Reasons), "rows is not known of any run") {
		t.Errorf("the claim about rows: %+v", findings)
	}
}
