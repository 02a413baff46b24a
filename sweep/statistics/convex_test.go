package statistics

import (
	"math"
	"math/rand/v2"
	"testing"
)

func points(x, y []float64) convex {
	c := convex{x: x, y: y}
	for range x {
		c.variance = append(c.variance, 1)
	}
	return c
}

func TestMisfitOfCurvesThatAreConvexIsNone(t *testing.T) {
	c := points([]float64{0, 1, 2, 3, 4}, []float64{5, 2, 1, 1.5, 7})
	for place, want := range map[float64]bool{2: true, 2.2: true, 1.9: true, 1: false, 3: false} {
		if got := c.misfit(place) < 1e-9; got != want {
			t.Errorf("a curve with its lowest at %v has a misfit of %v", place, c.misfit(place))
		}
	}
}

// A hump is fitted by nothing better than its mean.
func TestMisfitOfAHump(t *testing.T) {
	if got := points([]float64{0, 1, 2}, []float64{0, 1, 0}).misfit(1); math.Abs(got-2./3) > 1e-9 {
		t.Errorf("misfit %v, want 2/3", got)
	}
}

// No curve out of many that are convex and lowest at the place fits better.
func TestMisfitIsTheLeast(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x := []float64{0, 0.7, 1, 2, 2.5, 4}
	for range 50 {
		y := make([]float64, len(x))
		for i := range y {
			y[i] = random.NormFloat64()
		}
		c := points(x, y)
		place := 4 * random.Float64()
		least := c.misfit(place)
		for range 400 {
			curve := make([]float64, len(x))
			for range 3 {
				knot, rise := 4*random.Float64(), random.ExpFloat64()
				for i := range x {
					if knot >= place {
						curve[i] += rise * max(x[i]-knot, 0)
					} else {
						curve[i] += rise * max(knot-x[i], 0)
					}
				}
			}
			c.standardise(curve)
			rest := append([]float64{}, y...)
			c.standardise(rest)
			scale := max(dot(rest, curve)/dot(curve, curve), 0)
			sum := 0.0
			for i := range rest {
				sum += square(rest[i] - scale*curve[i])
			}
			if sum < least-1e-9 {
				t.Fatalf("a curve misses by %v, the best by %v", sum, least)
			}
		}
	}
}
