package statistics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"sweep/sweep/statistics"
)

// ladder is points on a law with powers -1/2, 1/10 and -2/5, each off by a normal
// error and a scatter.
func ladder(random *rand.Rand, noise, scatter float64) (points []statistics.TunedPoint) {
	for _, alpha := range []float64{4, 16, 64, 256} {
		for _, r := range []float64{4, 16, 64} {
			for _, steps := range []float64{50, 200, 800} {
				log := -0.5*math.Log(alpha) + 0.1*math.Log(r) - 0.4*math.Log(steps)
				log += noise*random.NormFloat64() + scatter*random.NormFloat64()
				points = append(points, statistics.TunedPoint{By: []float64{alpha, r, steps}, At: math.Exp(log), Error: noise})
			}
		}
	}
	return points
}

func TestPowersAreThoseOfAnExactLaw(t *testing.T) {
	p := statistics.NewPowers(ladder(rand.New(rand.NewPCG(1, 1)), 0, 0))
	for i, want := range []float64{-0.5, 0.1, -0.4} {
		unit := make([]float64, 3)
		unit[i] = 1
		if got := p.Along(unit); math.Abs(got.Value-want) > 1e-9 || got.High-got.Low > 1e-9 {
			t.Errorf("power %d is %v, want %g", i, got, want)
		}
	}
	if got := p.Along([]float64{1, 1, 0}); math.Abs(got.Value+0.4) > 1e-9 {
		t.Errorf("both together: %v, want -0.4", got)
	}
}

func TestPowersHoldTheTruthAsOftenAsTheySay(t *testing.T) {
	for name, scatter := range map[string]float64{"errors alone": 0, "scatter the errors do not know of": 0.2} {
		random := rand.New(rand.NewPCG(2, 3))
		const trials = 1000
		held := 0
		for range trials {
			e := statistics.NewPowers(ladder(random, 0.1, scatter)).Along([]float64{1, 0, -1})
			if e.Low <= -0.1 && -0.1 <= e.High {
				held++
			}
		}
		if share := float64(held) / trials; share < 0.94 {
			t.Errorf("%s: %g of the 95 %% intervals hold the truth", name, share)
		}
	}
}

func TestPowersOfWhatMovesTogetherAreUnknownApart(t *testing.T) {
	var points []statistics.TunedPoint
	for _, r := range []float64{4, 8, 16, 32} {
		points = append(points, statistics.TunedPoint{By: []float64{2 * r, r}, At: 1 / math.Sqrt(r), Error: 0.1})
	}
	p := statistics.NewPowers(points)
	if e := p.Along([]float64{1, 0}); e.Known() {
		t.Errorf("alpha alone: %v, want unknown", e)
	}
	if e := p.Along([]float64{1, 1}); math.Abs(e.Value+0.5) > 1e-9 || !e.Bounded() {
		t.Errorf("together: %v, want -0.5 with an interval", e)
	}
	if e := statistics.NewPowers(nil).Along([]float64{1, 1}); e.Known() {
		t.Errorf("of no points: %v", e)
	}
}

func TestAnErrorThatIsUnknownCountsAsTheLargestOfTheOthers(t *testing.T) {
	points := ladder(rand.New(rand.NewPCG(1, 1)), 0.1, 0)
	whole := statistics.NewPowers(points).Along([]float64{1, 0, 0})
	points[0].Error = math.NaN()
	if e := statistics.NewPowers(points).Along([]float64{1, 0, 0}); e != whole {
		t.Errorf("%v, want %v", e, whole)
	}
	for i := range points {
		points[i].Error = math.NaN()
	}
	if e := statistics.NewPowers(points).Along([]float64{1, 0, 0}); e.Bounded() || !e.Known() {
		t.Errorf("%v without a known error, want no interval", e)
	}
}
