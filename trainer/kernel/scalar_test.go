package kernel_test

import (
	"math"
	"math/big"
	"testing"

	"sweep/trainer/kernel"
)

const precision = 400 // bits, for oracles

func exact(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

// series sums 1 + terms, where each term is the one before times x over the
// divisor of its number.
func series(x *big.Float, divisor func(n int64) int64) *big.Float {
	sum, term := exact(1), exact(1)
	for n := int64(1); n < 400; n++ {
		term.Mul(term, x).Quo(term, exact(float64(divisor(n))))
		sum.Add(sum, term)
	}
	return sum
}

func exactExp(x *big.Float) *big.Float { return series(x, func(n int64) int64 { return n }) }

func exactCos(x *big.Float) *big.Float {
	square := exact(0).Mul(x, x)
	return series(square.Neg(square), func(n int64) int64 { return 2 * n * (2*n - 1) })
}

func exactSin(x *big.Float) *big.Float {
	square := exact(0).Mul(x, x)
	s := series(square.Neg(square), func(n int64) int64 { return 2 * n * (2*n + 1) })
	return s.Mul(s, x)
}

// within fails t unless got is want to within ulps units of its last place.
func within(t *testing.T, what string, x, got float64, want *big.Float, ulps float64) {
	t.Helper()
	nearest, _ := want.Float64()
	unit := math.Nextafter(math.Abs(nearest), math.Inf(1)) - math.Abs(nearest)
	miss, _ := exact(0).Sub(exact(got), want).Float64()
	if !(math.Abs(miss) <= ulps*unit) {
		t.Errorf("%s(%v) is %v, want %v: %.2f ulp off", what, x, got, nearest, math.Abs(miss)/unit)
	}
}

func TestScalarFunctionsAreWithinAnUlpOfTheirSeries(t *testing.T) {
	d := newDraws(11)
	for range 300 {
		x := float64(d.floats(1, 40)[0]) + float64(d.floats(1, 1e-8)[0])
		within(t, "Exp", x, kernel.Exp(x), exactExp(exact(x)), 0.51)
		within(t, "Cos", x, kernel.Cos(x), exactCos(exact(x)), 0.51)
		within(t, "Sin", x, kernel.Sin(x), exactSin(exact(x)), 0.51)
	}
}

// If Log is right to half an ulp u then e^Log(x) is x (1 +- u/2).
func TestExpOfLogIsTheNumber(t *testing.T) {
	d := newDraws(12)
	for i := range 300 {
		x := math.Ldexp(1+math.Abs(float64(d.floats(1, 1)[0])), i/5-30)
		log := kernel.Log(x)
		unit := math.Nextafter(math.Abs(log), math.Inf(1)) - math.Abs(log)
		ratio, _ := exact(0).Sub(exact(0).Quo(exactExp(exact(log)), exact(x)), exact(1)).Float64()
		if math.Abs(ratio) > 0.51*unit {
			t.Errorf("Log(%v) is %v: %.2f ulp off", x, log, math.Abs(ratio)/unit)
		}
	}
}

func TestPowOfAnIntegerIsTheProduct(t *testing.T) {
	for _, x := range []float64{0.9, 0.999, 1.5, 1e-3} {
		want := exact(1)
		for n := 1; n <= 60; n++ {
			want.Mul(want, exact(x))
			within(t, "Pow", x, kernel.Pow(x, float64(n)), want, 0.51)
		}
	}
}

// Angles are reduced exactly: the sine near a large multiple of pi keeps its
// digits. 411557987 is the numerator of a convergent of pi.
func TestSineNearAMultipleOfPiKeepsItsDigits(t *testing.T) {
	pi, _ := exact(0).SetString("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651")
	x := 411557987.0
	rest := exact(0).Sub(exact(x), exact(0).Mul(pi, exact(131002976)))
	within(t, "Sin", x, kernel.Sin(x), exactSin(rest), 0.51)
}

func TestScalarFunctionsHaveTheLimitsOfMath(t *testing.T) {
	inf := math.Inf(1)
	for _, x := range []float64{0, math.Copysign(0, -1), 1, -1, inf, -inf, math.NaN(), 710, -746, -745, 1e-300, math.MaxFloat64} {
		alike(t, "Exp", x, kernel.Exp(x), math.Exp(x))
		alike(t, "Log", x, kernel.Log(x), math.Log(x))
		for _, y := range []float64{0, 1, 0.5, -2, inf, -inf, math.NaN()} {
			if x > 0 || x == 0 && y >= 0 {
				alike(t, "Pow", x, kernel.Pow(x, y), math.Pow(x, y))
			}
		}
	}
	alike(t, "Log", 0x1p-1074, kernel.Log(0x1p-1074), -744.4400719213812)
	for _, x := range []float64{inf, math.NaN(), 1 << 31} {
		alike(t, "Cos", x, kernel.Cos(x), math.NaN())
		alike(t, "Sin", x, kernel.Sin(x), math.NaN())
	}
}

func alike(t *testing.T, what string, x, got, want float64) {
	t.Helper()
	near := math.Abs(got-want) <= 2e-16*math.Abs(want) || math.Abs(got-want) <= 5e-324
	if got != want && !near && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s(%v) is %v, want %v", what, x, got, want)
	}
}
