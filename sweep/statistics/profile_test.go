package statistics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"sweep/sweep/statistics"
)

// scanOf is seeds' log losses along x: what loss says at log x, with noise.
func scanOf(x []float64, seeds int, noise float64, loss func(logX float64) float64) statistics.Scan {
	random := rand.New(rand.NewPCG(1, uint64(seeds)))
	s := statistics.Scan{X: x}
	for range seeds {
		shared := noise * random.NormFloat64()
		var row []float64
		for _, at := range x {
			row = append(row, loss(math.Log(at))+shared+noise*random.NormFloat64())
		}
		s.Loss = append(s.Loss, row)
	}
	return s
}

// spaced is n values of x from one on, a factor apart.
func spaced(from, ratio float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = from * math.Pow(ratio, float64(i))
	}
	return x
}

func parabola(best float64) func(float64) float64 {
	return func(at float64) float64 { return 0.25 * (at - math.Log(best)) * (at - math.Log(best)) }
}

func holds(e statistics.Estimate, truth float64) bool { return e.Low <= truth && truth <= e.High }

func TestTheBestXOfAParabolaIsHeld(t *testing.T) {
	e := statistics.NewProfile(scanOf(spaced(1e-3, 1.5, 14), 5, 0.02, parabola(0.017))).Best()
	if !holds(e, 0.017) || math.Abs(math.Log(e.Value/0.017)) > 0.2 || e.High/e.Low > 2.6 {
		t.Errorf("best x %v, want 0.017", e)
	}
}

// The loss falls up to a wall between two cells: the best lies anywhere up to it.
func TestTheIntervalReachesUpToACliff(t *testing.T) {
	for _, best := range []float64{8.1e-3, 11e-3, 15.9e-3} {
		s := scanOf(spaced(1e-3, 2, 7), 5, 0.01, func(at float64) float64 {
			if at > math.Log(best) {
				return 1.5
			}
			return -0.2 * at
		})
		if e := statistics.NewProfile(s).Best(); !holds(e, best) || e.Low < 3.9e-3 || e.High > 16.1e-3 {
			t.Errorf("best x %v, want %v", e, best)
		}
	}
}

func TestAPlateauIsAsWideAsItIs(t *testing.T) {
	s := scanOf(spaced(1e-4, 2, 12), 4, 0.01, func(at float64) float64 {
		return 0.5 * max(math.Log(1e-3)-at, at-math.Log(2e-2), 0)
	})
	if e := statistics.NewProfile(s).Best(); e.High/e.Low < 8 {
		t.Errorf("best x %v of a plateau from 1e-3 to 2e-2", e)
	}
}

func TestCellsFarFromTheBestDoNotMoveIt(t *testing.T) {
	whole := scanOf(spaced(1e-4, 2.15, 10), 5, 0.03, func(at float64) float64 { return min(parabola(0.01)(at), 2) })
	var cut statistics.Scan
	cut.X = whole.X[2:]
	for _, row := range whole.Loss {
		cut.Loss = append(cut.Loss, row[2:])
	}
	a, b := statistics.NewProfile(whole).Best(), statistics.NewProfile(cut).Best()
	if math.Abs(math.Log(a.Value/b.Value)) > 0.02 || !holds(a, b.Value) || !holds(b, a.Value) {
		t.Errorf("best x %v, without the two lowest cells %v", a, b)
	}
}

// A valley that is another one scaled has its best x scaled, and a slope of -1.
func TestScaledValleysHaveTheirScaleAsPower(t *testing.T) {
	cliff := func(at float64) float64 {
		d := at - math.Log(0.013)
		return 0.1*math.Abs(d) + max(0, math.Expm1(3*d))
	}
	var by []float64
	var profiles []statistics.Profile
	first := statistics.Unknown()
	for _, scale := range []float64{1, 2, 4, 8, 16} {
		p := statistics.NewProfile(scanOf(spaced(1e-3/scale, 1.7, 9), 3, 0.02, func(at float64) float64 { return cliff(at + math.Log(scale)) }))
		if e := p.Best(); !first.Known() {
			first = e
		} else {
			near(t, "the best x", e.Value*scale, first.Value, 1e-9)
			near(t, "its low end", e.Low*scale, first.Low, 1e-9)
		}
		by, profiles = append(by, scale), append(profiles, p)
	}
	law := statistics.NewPowerLaw(by, profiles)
	if math.Abs(law.Value+1) > 1e-9 || !holds(law.Estimate, -1) || law.Bent || law.N != 5 {
		t.Errorf("power %v of %d valleys, bent %v, want -1", law, law.N, law.Bent)
	}
}

func TestNoPowerFitsABentLine(t *testing.T) {
	var by []float64
	var profiles []statistics.Profile
	for _, b := range []float64{1, 4, 16, 64, 256} {
		best := 0.1 * math.Pow(min(b, 16), -1) // falls, and then stays
		by = append(by, b)
		profiles = append(profiles, statistics.NewProfile(scanOf(spaced(1e-4, 1.5, 22), 5, 0.01, func(at float64) float64 { return 4 * parabola(best)(at) })))
	}
	if law := statistics.NewPowerLaw(by, profiles); !law.Bent {
		t.Errorf("power %v, with a misfit of %v", law, law.Misfit)
	}
}

func TestPlacesOfTheBestX(t *testing.T) {
	x := spaced(1, 2, 5)
	for _, tt := range []struct {
		name string
		loss [][]float64
		want statistics.Place
	}{
		{"inside", [][]float64{{3, 2, 1, 2, 3}, {3, 2, 1, 2, 3}}, statistics.Inside},
		{"lowest first", [][]float64{{1, 2, 3, 4, 5}}, statistics.AtLow},
		{"lowest last", [][]float64{{5, 4, 3, 2, 1}}, statistics.AtHigh},
		{"beside divergence", [][]float64{{3, 2, 1, 2, 3}, {3, 2, 1, math.Inf(1), 3}}, statistics.AtDivergence},
		{"beside a hole", [][]float64{{3, math.NaN(), 1, 2, 3}}, statistics.AtLow},
		{"all diverged", [][]float64{{math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}}, statistics.NoOptimum},
		{"one of two seeds is enough", [][]float64{{3, 2, 1, 2, 3}, {3, 2, math.NaN(), 2, 3}}, statistics.Inside},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := statistics.NewProfile(statistics.Scan{X: x, Loss: tt.loss})
			if p.Place != tt.want {
				t.Errorf("%s, want %s", p.Place, tt.want)
			}
			if e := p.Best(); e.Bounded() && tt.want != statistics.Inside {
				t.Errorf("a bound has an interval: %v", e)
			}
		})
	}
}

func TestOneSeedGivesABestXWithoutAnInterval(t *testing.T) {
	e := statistics.NewProfile(scanOf(spaced(1e-3, 1.5, 14), 1, 0, parabola(0.017))).Best()
	if math.Abs(math.Log(e.Value/0.017)) > 0.2 || e.Bounded() {
		t.Errorf("one seed gives %v", e)
	}
}

// A seed that is low everywhere, and lacks the cells on one side, must not make
// the other side look the better one.
func TestMissingSeedsDoNotMoveTheBestX(t *testing.T) {
	s := scanOf(spaced(1e-3, 2, 8), 4, 0.01, parabola(0.012))
	want := statistics.NewProfile(s).Best()
	for i := range s.X {
		s.Loss[0][i] -= 1
		if i > 3 {
			s.Loss[0][i] = math.NaN()
		}
	}
	if got := statistics.NewProfile(s).Best(); math.Abs(math.Log(got.Value/want.Value)) > 0.1 {
		t.Errorf("best x %v, of all seeds %v", got, want)
	}
}
