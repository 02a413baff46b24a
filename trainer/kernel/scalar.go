package kernel

import "math"

// Exp returns e^x within 1 ulp, the same bits on every machine.
func Exp(x float64) float64 { return expPair(pair{x, 0}) }

// Log returns the natural logarithm of x within 1 ulp, the same bits on every
// machine: NaN below zero, -inf at zero.
func Log(x float64) float64 { return logPair(x).hi }

// Pow returns x^y within 1 ulp, the same bits on every machine. x must not be
// negative (NaN); x^0 and 1^y are 1.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x == 0 && y > 0:
		return 0
	case x == 0 && y < 0:
		return math.Inf(1)
	}
	l := logPair(x)
	if math.IsInf(l.hi, 0) || math.IsInf(y, 0) {
		return Exp(float64(l.hi * y))
	}
	return expPair(l.times(pair{y, 0}))
}

// Cos returns the cosine of x radians within 1 ulp, the same bits on every
// machine, for |x| up to 2^30; NaN beyond.
func Cos(x float64) float64 {
	sin, cos, quarter := sinCos(x)
	return [4]float64{cos, -sin, -cos, sin}[quarter]
}

// Sin returns the sine of x radians as Cos returns the cosine.
func Sin(x float64) float64 {
	sin, cos, quarter := sinCos(x)
	return [4]float64{sin, cos, -sin, -cos}[quarter]
}

// expPair returns e^(x.hi + x.lo): the Taylor series of e^(r/256), squared
// eight times and scaled by a power of two, r being x less the nearest
// multiple of ln 2.
func expPair(x pair) float64 {
	switch {
	case math.IsNaN(x.hi):
		return x.hi
	case x.hi > 710:
		return math.Inf(1)
	case x.hi < -746:
		return 0
	}
	const terms, squarings = 10, 8
	k := math.Floor(float64(x.hi*math.Log2E) + 0.5)
	r := x.plus(ln2().times(pair{-k, 0})).scaled(1.0 / (1 << squarings))
	e := pair{1, 0}
	for i := terms; i > 0; i-- {
		e = pair{1, 0}.plus(e.times(r).over(float64(i)))
	}
	for range squarings {
		e = e.times(e)
	}
	return math.Ldexp(e.hi+e.lo, int(k))
}

// logPair returns ln x: for x = 2^e f with f in [sqrt(1/2), sqrt 2) that is
// e ln 2 + 2 atanh z with z = (f-1)/(f+1), so |z| < 0.172.
func logPair(x float64) pair {
	switch {
	case x < 0 || math.IsNaN(x):
		return pair{math.NaN(), 0}
	case x == 0:
		return pair{math.Inf(-1), 0}
	case math.IsInf(x, 1):
		return pair{x, 0}
	}
	f, e := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f, e = 2*f, e-1
	}
	z := pair{f - 1, 0}.quotient(twoSum(f, 1))
	square := z.times(z)
	const last = 43
	var s pair
	for n := last; n > 0; n -= 2 {
		s = s.times(square).plus(pair{1, 0}.over(float64(n)))
	}
	return ln2().times(pair{float64(e), 0}).plus(z.times(s).scaled(2))
}

// sinCos returns the sine and cosine of r and the quarter 0..3 where
// x = r + quarter*pi/2 modulo 2 pi, |r| <= pi/4.
func sinCos(x float64) (sin, cos float64, quarter int) {
	if !(math.Abs(x) <= 1<<30) {
		return math.NaN(), math.NaN(), 0
	}
	k := math.Floor(float64(x*(2/math.Pi)) + 0.5)
	r := pair{x, 0}
	for _, part := range [...]float64{halfPi1, halfPi2, halfPi3} {
		r = r.plus(twoProduct(-k, part))
	}
	square := r.times(r).scaled(-1)
	s, c := pair{1, 0}, pair{1, 0}
	for n := 28.0; n > 0; n -= 2 {
		s = pair{1, 0}.plus(s.times(square).over(n * (n + 1)))
		c = pair{1, 0}.plus(c.times(square).over(n * (n - 1)))
	}
	return s.times(r).hi, c.hi, int(k) & 3
}
