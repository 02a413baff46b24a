package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// bowl is points on a curve that is level from one place to another, with powers below
// and above.
func bowl(from, to, below, above float64) twoSided {
	t := twoSided{}
	for x := -3.0; x <= 3; x += 0.5 {
		t.x = append(t.x, x)
		t.y = append(t.y, 1+0.3*math.Pow(max(from-x, 0), below)+0.7*math.Pow(max(x-to, 0), above))
		t.variance = append(t.variance, 1e-4)
	}
	return t
}

func placesUpTo(limit float64) []float64 {
	var places []float64
	for x := -limit; x <= limit; x += 0.125 {
		places = append(places, x)
	}
	return places
}

// Where a curve of the kind that is fitted is lowest, nowhere is more plausible, and
// away from there little is.
func TestTheBottomOfATwoSidedCurveIsThePlausiblePlace(t *testing.T) {
	for _, c := range []struct{ from, to, below, above float64 }{{0, 0, 2, 2}, {0.25, 0.25, 1, 3}, {-0.5, -0.5, 1, 1}, {-1, 0.75, 2, 3}} {
		places := placesUpTo(2)
		weights := bowl(c.from, c.to, c.below, c.above).plausible(places, 20)
		most, inside, total := slices.Max(weights), 0.0, 0.0
		for i, at := range places {
			if weights[i] == most && (at < c.from-0.25 || at > c.to+0.25) {
				t.Errorf("%+v: the most plausible place is %v", c, at)
			}
			if at >= c.from-0.5 && at <= c.to+0.5 {
				inside += weights[i]
			}
			total += weights[i]
		}
		if inside < 0.9*total {
			t.Errorf("%+v: %.2f of what is plausible lies at the bottom", c, inside/total)
		}
	}
}

func TestAMirroredCurveHasMirroredWeights(t *testing.T) {
	places := placesUpTo(2)
	one := bowl(0.2, 0.7, 1.5, 3)
	other := twoSided{x: slices.Clone(one.x), y: slices.Clone(one.y), variance: one.variance}
	slices.Reverse(other.y)
	a, b := one.plausible(places, 8), other.plausible(places, 8)
	slices.Reverse(b)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9*slices.Max(a) {
			t.Errorf("at %v the weight is %v, mirrored %v", places[i], a[i], b[i])
		}
	}
}

// Gonum's least squares of a level and two sides says how well they fit.
func TestMisfitsAreThoseOfLeastSquares(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 50 {
		c := bowl(-0.3, 0.4, 2, 1)
		for i := range c.y {
			c.y[i] += 0.3 * random.NormFloat64()
			c.variance[i] = random.ExpFloat64() + 0.1
		}
		y := slices.Clone(c.y)
		c.standardise(y)
		from, to := random.Float64()-0.5, random.Float64()+0.5
		var want []float64
		for _, below := range rises() {
			for _, above := range rises() {
				if misfit, rise := gonumMisfit(c, from, to, below, above); rise {
					want = append(want, misfit)
				}
			}
		}
		got := misfitsOf(c.sides(from, -1, y), c.sides(to, 1, y), dot(y, y))
		if len(got) != len(want) {
			t.Fatalf("%d pairs of sides rise, want %d", len(got), len(want))
		}
		for i := range got {
			compared++
			if math.Abs(got[i]-want[i]) > 1e-9*want[i] {
				t.Errorf("misfit %v, want %v", got[i], want[i])
			}
		}
	}
	if compared < 500 {
		t.Errorf("only %d misfits were compared", compared)
	}
}

func gonumMisfit(c twoSided, from, to, below, above float64) (misfit float64, rise bool) {
	n := len(c.x)
	a, y := mat.NewDense(n, 3, nil), mat.NewVecDense(n, nil)
	for i, x := range c.x {
		noise := math.Sqrt(c.variance[i])
		a.SetRow(i, []float64{1 / noise, math.Pow(max(from-x, 0), below) / noise, math.Pow(max(x-to, 0), above) / noise})
		y.SetVec(i, c.y[i]/noise)
	}
	var found, rest mat.VecDense
	if found.SolveVec(a, y) != nil {
		return 0, false
	}
	rest.MulVec(a, &found)
	rest.SubVec(y, &rest)
	return mat.Dot(&rest, &rest), found.AtVec(1) > 0 && found.AtVec(2) > 0
}

// A hump has no bottom: no place is more plausible than the others by a fit.
func TestAHumpIsNotTakenForABottom(t *testing.T) {
	c := bowl(0, 0, 2, 2)
	for i := range c.y {
		c.y[i] = -c.y[i]
	}
	for _, w := range c.plausible(placesUpTo(2), 20) {
		if w != 0 {
			t.Errorf("a hump has a bottom with a weight of %v", w)
		}
	}
}
