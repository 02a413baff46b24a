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

// predicted is a prediction about all of the results, or about those at two values
// of an axis.
func predicted(p sweep.Prediction, results []sweep.Result) sweep.Predicted {
	if p.By == "" {
		return sweep.Predicted{Prediction: p, Cells: results}
	}
	at := func(value string) []sweep.Result {
		return slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool {
			v, _ := analysis.ValueOf(r.Params, p.By)
			return v.Text != value
		})
	}
	return sweep.Predicted{Prediction: p, Cells: at(p.To), Against: at(p.From)}
}

func look(quantity, along string, above, below float64) sweep.Prediction {
	return sweep.Prediction{Says: "so it is", Quantity: quantity, Along: along, Above: above, Below: below}
}

func between(quantity, by, from, to string, above, below float64) sweep.Prediction {
	return sweep.Prediction{Says: "so it is", Quantity: quantity, By: by, From: from, To: to, Above: above, Below: below}
}

// TestPredictionsAreJudgedByTheirOwnBounds has a study with a known truth: the best lr
// falls as alpha^(-1/2), tuned losses do not move with alpha and fall as r^(-1/5).
func TestPredictionsAreJudgedByTheirOwnBounds(t *testing.T) {
	inf := math.Inf(1)
	results := fullStudy().results()
	for name, c := range map[string]struct {
		p     sweep.Prediction
		parts int
		want  analysis.Verdict
	}{
		"a slope inside":          {look("slope of the best lr", "alpha", -0.8, -0.2), 3, analysis.Supported},
		"a slope with one bound":  {look("slope of the best lr", "alpha", -inf, 0), 3, analysis.Supported},
		"a slope outside":         {look("slope of the best lr", "alpha", -2, -1), 3, analysis.Refuted},
		"a slope across a bound":  {look("slope of the best lr", "alpha", -0.5, 0), 3, analysis.Undecided},
		"a trend that is none":    {look("trend of the tuned loss", "alpha", -0.01, 0.01), 3, analysis.Supported},
		"a trend along r":         {look("trend of the tuned loss", "r", -0.14, -0.12), 6, analysis.Supported},
		"the regret of alpha":     {look("worst regret", "alpha", 0.05, inf), 3, analysis.Supported},
		"the regret of r":         {look("mean regret", "r", -inf, 0.05), 6, analysis.Supported},
		"what tuning leaves":      {look("variance left", "alpha", -inf, 0.5), 3, analysis.Supported},
		"tuned losses alike":      {between("tuned loss", "alpha", "4", "32", -0.04, 0.04), 3, analysis.Supported},
		"a gain that is not":      {between("tuned loss", "alpha", "4", "32", -inf, -0.05), 3, analysis.Refuted},
		"a gain that is":          {between("tuned loss", "r", "4", "16", -inf, -0.2), 6, analysis.Supported},
		"losses at every lr":      {between("loss", "r", "4", "16", -inf, -0.2), 72, analysis.Supported},
		"best lr side by side":    {between("best lr", "alpha", "4", "16", 0.1, 2), 3, analysis.Supported},
		"starts that are one":     {look("unequal starts", "", 0, 0), 1, analysis.Supported},
		"starts that should not":  {look("unequal starts", "", 0, inf), 1, analysis.Refuted},
		"pairs that nobody made":  {look("unequal orbit pairs", "", 0, 0), 1, analysis.Undecided},
		"what cannot be measured": {look("beauty", "alpha", 0, 1), 1, analysis.Undecided},
	} {
		t.Run(name, func(t *testing.T) {
			looks := analysis.LookAt(predicted(c.p, results))
			if len(looks) != c.parts {
				t.Errorf("%d looks, want %d", len(looks), c.parts)
			}
			for _, l := range looks {
				if l.Verdict != c.want {
					t.Errorf("%v is %s, want %s: %v, %v", l.Part, l.Verdict, c.want, l.Key, l.Reasons)
				}
			}
		})
	}
}

// TestALossIsComparedAtEachLR has losses that rise by 10 % from one alpha to the other at
// one lr, and fall by 10 % at another.
func TestALossIsComparedAtEachLR(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 5))
	g := usual()
	g.alphas, g.lrs = []float64{4, 16}, []float64{1e-3, 1e-2}
	g.loss = func(p sweep.Params) float64 {
		share := 1.0
		if p.Alpha == 16 {
			share = map[float64]float64{1e-3: 1.1, 1e-2: 0.9}[p.LR]
		}
		return share * math.Exp(float64(p.Seed)+0.001*random.NormFloat64()) // seeds far apart, which pairing takes out
	}
	looks := analysis.LookAt(predicted(between("loss", "alpha", "4", "16", 0.05, 0.15), g.results()))
	if len(looks) != 2 {
		t.Fatalf("%d looks, want one at each lr", len(looks))
	}
	for i, want := range []struct {
		part    string
		key     float64
		verdict analysis.Verdict
	}{{"[lr = 0.001]", 0.1, analysis.Supported}, {"[lr = 0.01]", -0.1, analysis.Refuted}} {
		l := looks[i]
		if fmt.Sprint(l.Part) != want.part || math.Abs(l.Key.Value-want.key) > 0.005 || l.Verdict != want.verdict {
			t.Errorf("%v: %v is %s, want %s: %v", l.Part, l.Key, l.Verdict, want.verdict, l.Reasons)
		}
	}
	if byLR := analysis.LookAt(predicted(between("loss", "lr", "0.001", "0.01", -0.01, 0.01), g.results())); len(byLR) != 2 ||
		byLR[0].Verdict != analysis.Supported || byLR[1].Verdict != analysis.Refuted {
		t.Errorf("between two lr, at each alpha: %+v", byLR)
	}
}

// TestALossThatDivergedHurts has one alpha at which some runs diverge, or all.
func TestALossThatDivergedHurts(t *testing.T) {
	for name, c := range map[string]struct {
		diverges func(sweep.Params) bool
		above    float64
		want     analysis.Verdict
	}{
		"every run":          {func(p sweep.Params) bool { return p.Alpha == 16 }, 8, analysis.Supported}, // from 0.5 to 5
		"one of three":       {func(p sweep.Params) bool { return p.Alpha == 16 && p.Seed == 1 }, 0, analysis.Undecided},
		"at the other alpha": {func(p sweep.Params) bool { return p.Alpha == 4 }, 0, analysis.Refuted},
		"none":               {func(sweep.Params) bool { return false }, 0, analysis.Refuted},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(6, 7))
			g := usual()
			g.alphas, g.lrs = []float64{4, 16}, []float64{1e-3}
			g.loss = func(p sweep.Params) float64 { return math.Exp(0.001*random.NormFloat64()) * (0.52 - 0.005*p.Alpha) }
			results := alter(g.results(), everyRun, func(r *sweep.Result) { r.FirstLoss = 5 })
			results = alter(results, c.diverges, diverge)
			l := analysis.LookAt(predicted(between("loss", "alpha", "4", "16", c.above, math.Inf(1)), results))[0]
			if l.Verdict != c.want || l.Seeds != 3 {
				t.Errorf("%v of %d seeds is %s, want %s: %v", l.Key, l.Seeds, l.Verdict, c.want, l.Reasons)
			}
			if name == "one of three" && !(l.Key.Value > 0.9) { // (1 + 1 + 10)-fold by the geometric mean
				t.Errorf("a run of three diverged, and the loss is more by %v", l.Key)
			}
		})
	}
}

// TestALossIsNotCappedWhereItRises has runs that start at a higher loss than the others
// and hardly move, as adapters do that are rescaled.
func TestALossIsNotCappedWhereItRises(t *testing.T) {
	g := usual()
	g.alphas, g.lrs = []float64{16, 64}, []float64{1e-3}
	random := rand.New(rand.NewPCG(6, 7))
	g.loss = func(p sweep.Params) float64 { return p.Alpha / 16 * math.Exp(0.001*random.NormFloat64()) }
	results := alter(g.results(), everyRun, func(r *sweep.Result) { r.FirstLoss = r.EvalLoss })
	if l := analysis.LookAt(predicted(between("loss", "alpha", "16", "64", 2.9, 3.1), results))[0]; l.Verdict != analysis.Supported {
		t.Errorf("%v is %s: %v", l.Key, l.Verdict, l.Reasons)
	}
}

func TestADifferenceOfSlopesIsJudgedBetweenSettings(t *testing.T) {
	s := fullStudy()
	s.best = func(p sweep.Params) float64 { return 0.02 * math.Pow(p.Alpha, 0.4-0.6*math.Log2(float64(p.R)/2)) }
	p := look("slope of the best lr", "alpha", math.Inf(-1), -0.2)
	p.By, p.From, p.To = "r", "4", "8" // slopes of -0.2 and -0.8
	looks := analysis.LookAt(predicted(p, s.results()))
	if len(looks) != 1 || looks[0].Verdict != analysis.Supported || math.Abs(looks[0].Key.Value+0.6) > 0.05 {
		t.Errorf("%+v", looks)
	}
}

func TestAPredictionIsUndecidedWhereItsRunsCannotTell(t *testing.T) {
	p := look("slope of the best lr", "alpha", -0.65, -0.4)
	for name, c := range map[string]struct {
		change func([]sweep.Result) []sweep.Result
		want   string
	}{
		"one seed": {func(r []sweep.Result) []sweep.Result {
			return slices.DeleteFunc(r, func(r sweep.Result) bool { return r.Params.Seed > 0 })
		}, "1 seed gives no interval"},
		"an edge": {func(r []sweep.Result) []sweep.Result {
			return slices.DeleteFunc(r, func(r sweep.Result) bool { return r.Params.LR > 0.004 })
		}, "is the highest tried"},
		"runs to come": {func(r []sweep.Result) []sweep.Result {
			r[0].State = sweep.StatePending
			return r
		}, "have no outcome yet"},
		"one lr": {func(r []sweep.Result) []sweep.Result {
			return slices.DeleteFunc(r, func(r sweep.Result) bool { return r.Params.LR != 1.0/128 })
		}, "lr does not vary"},
		"nothing": {func([]sweep.Result) []sweep.Result { return nil }, "no run has finished"},
	} {
		t.Run(name, func(t *testing.T) {
			looks := analysis.LookAt(predicted(p, c.change(fullStudy().results())))
			if len(looks) == 0 || looks[0].Verdict != analysis.Undecided || !mentions(looks[0].Finding, c.want) {
				t.Errorf("%+v, want %q", looks, c.want)
			}
		})
	}
}

func mentions(f analysis.Finding, text string) bool {
	return slices.ContainsFunc(f.Reasons, func(r analysis.Reason) bool { return strings.Contains(r.Detail, text) })
}

// TestManyLooksAreHeldTogether has one true prediction of a barely sufficient p-value,
// alone and among many.
func TestManyLooksAreHeldTogether(t *testing.T) {
	look := func(p float64, v analysis.Verdict) analysis.Look {
		return analysis.Look{Finding: analysis.Finding{Verdict: v}, Alone: v, P: p}
	}
	one := []analysis.Look{look(0.03, analysis.Supported), look(math.NaN(), analysis.Supported)}
	if n := analysis.HeldTogether(one); n != 1 || one[0].Verdict != analysis.Supported || one[1].Verdict != analysis.Supported {
		t.Errorf("alone, of %d: %+v", n, one)
	}
	many := []analysis.Look{look(0.03, analysis.Refuted), look(0.5, analysis.Undecided), look(0.001, analysis.Supported)}
	n := analysis.HeldTogether(many)
	if n != 3 || many[0].Verdict != analysis.Undecided || many[2].Verdict != analysis.Supported || !mentions(many[0].Finding, "alone it would be refuted") {
		t.Errorf("among %d: %+v", n, many)
	}
}

func TestEveryQuantityThatGridsPredictIsEstimated(t *testing.T) {
	for _, q := range sweep.PredictedQuantities() {
		for _, l := range analysis.LookAt(sweep.Predicted{Prediction: sweep.Prediction{Quantity: q.Name, Along: "alpha"}}) {
			if mentions(l.Finding, "no quantity is named") {
				t.Errorf("%s is not", q.Name)
			}
		}
	}
}

func TestValuesThatCameLateAreNamed(t *testing.T) {
	results := fullStudy().results()
	late := func(is func(sweep.Params) bool) string {
		added, others := analysis.AddedLater(results, func(r sweep.Result) bool { return is(r.Params) })
		var texts []string
		for _, a := range added {
			texts = append(texts, a.String())
		}
		return fmt.Sprint(texts, others)
	}
	for name, c := range map[string]struct {
		is   func(sweep.Params) bool
		want string
	}{
		"none":                  {func(sweep.Params) bool { return false }, "[] 0"},
		"all":                   {everyRun, "[] 0"},
		"values of an axis":     {func(p sweep.Params) bool { return p.Alpha > 16 }, "[alpha = [32, 256]] 0"},
		"of two axes":           {func(p sweep.Params) bool { return p.R == 16 || p.Seed == 2 }, "[r = [16] seed = [2]] 0"},
		"cells of known values": {func(p sweep.Params) bool { return p.R == 16 && p.Seed == 2 }, "[] 72"},
	} {
		if got := late(c.is); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestATruthOnTheBoundIsSeldomJudged has losses whose slope and whose change lie on the
// bound that is predicted: no more than 5 % of the verdicts may say on which side.
func TestATruthOnTheBoundIsSeldomJudged(t *testing.T) {
	const trials = 100
	inf := math.Inf(1)
	random := rand.New(rand.NewPCG(7, 8))
	decided := map[string]int{}
	for range trials {
		g := usual()
		g.lrs = []float64{1e-4, 2.15e-4, 4.64e-4, 1e-3, 2.15e-3, 4.64e-3, 1e-2, 2.15e-2, 4.64e-2, 0.1}
		g.seeds = 4
		g.loss = func(p sweep.Params) float64 { return halfPower(p) * math.Exp(0.02*random.NormFloat64()) }
		results := g.results()
		for _, p := range []sweep.Prediction{
			look("slope of the best lr", "alpha", -0.5, inf), look("trend of the tuned loss", "alpha", 0, inf),
			between("tuned loss", "alpha", "1", "64", -inf, 0),
		} {
			if looks := analysis.LookAt(predicted(p, results)); looks[0].Verdict != analysis.Undecided {
				decided[p.Quantity]++
			}
		}
	}
	for quantity, n := range decided {
		if n > trials/12 { // 5 of 100 are expected at most, and more than 8 come by chance in 6 % of such tests
			t.Errorf("%s is judged in %d of %d trials", quantity, n, trials)
		}
	}
	t.Log(decided)
}
