package analysis_test

import (
	"math"
	"testing"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

func boundary(t *testing.T, g grid, border func(alpha float64) float64) statistics.Boundary {
	t.Helper()
	results := alter(g.results(), func(p sweep.Params) bool { return p.LR >= border(p.Alpha) }, diverge)
	return compare(t, results, "alpha").Slices[0].Boundary()
}

func fine() grid {
	g := usual()
	g.lrs, g.seeds = nil, 1
	for lr := 1e-5; lr < 1; lr *= 2 {
		g.lrs = append(g.lrs, lr)
	}
	return g
}

func TestBoundaryRecoversItsPower(t *testing.T) {
	for _, power := range []float64{-1, -0.5, 0} {
		b := boundary(t, fine(), func(alpha float64) float64 { return 0.05 * math.Pow(alpha, power) })
		if !b.OneLaw || b.Slopes[0] > power || power > b.Slopes[1] || b.Slopes[1]-b.Slopes[0] > 0.4 {
			t.Errorf("power %v: slopes %v", power, b.Slopes)
		}
		if b.Closed != 4 || math.Abs(b.Middle-power) > 0.1 {
			t.Errorf("power %v: %v through %d middles", power, b.Middle, b.Closed)
		}
	}
}

func TestAnOpenBracketIsABoundNotAValue(t *testing.T) {
	// At alpha 1 nothing diverges: the border may lie anywhere above the grid.
	b := boundary(t, fine(), func(alpha float64) float64 { return 8 * math.Pow(alpha, -1) })
	if !b.Brackets[0].Open() || b.Closed != 2 {
		t.Fatalf("%d closed brackets of %+v", b.Closed, b.Brackets)
	}
	if b.Slopes[0] > -1 || b.Slopes[1] < -1 || math.Abs(b.Middle+1) > 0.1 {
		t.Errorf("slopes %v, middle %v", b.Slopes, b.Middle)
	}
}

func TestNothingDivergedBoundsNoSlope(t *testing.T) {
	b := boundary(t, fine(), func(float64) float64 { return math.Inf(1) })
	if b.Closed != 0 || !math.IsInf(b.Slopes[0], -1) || !math.IsInf(b.Slopes[1], 1) || !math.IsNaN(b.Middle) {
		t.Errorf("%+v", b)
	}
}

func TestABentBoundaryIsNoPowerLaw(t *testing.T) {
	b := boundary(t, fine(), func(alpha float64) float64 { return 0.05 / math.Max(1, alpha*alpha*alpha/64) })
	if b.OneLaw || !math.IsNaN(b.Slopes[0]) {
		t.Errorf("slopes %v", b.Slopes)
	}
}

func TestSeedsThatDisagreeWidenTheBracket(t *testing.T) {
	results := alter(usual().results(), func(p sweep.Params) bool { return p.LR >= 1e-1 || p.Seed == 0 && p.LR >= 1e-3 }, diverge)
	k := compare(t, results, "alpha").Slices[0].Boundary().Brackets[0]
	if k.Low != 3e-4 || k.High != 1e-1 {
		t.Errorf("bracket %+v", k)
	}
}
