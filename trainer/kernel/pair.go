package kernel

import "math"

// pair is the unevaluated sum hi + lo of two float64s, |lo| <= ulp(hi)/2: some
// 106 bits (Dekker, Numerische Mathematik 18, 1971). Every product is rounded
// by a conversion, so that no compiler may fuse it with a sum.
type pair struct{ hi, lo float64 }

// The natural logarithm of 2.
func ln2() pair { return pair{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56} }

// Half of pi as the sum of three float64s.
const (
	halfPi1 = 0x1.921fb54442d18p+0
	halfPi2 = 0x1.1a62633145c07p-54
	halfPi3 = -0x1.f1976b7ed8fbcp-110
)

// twoSum is a + b exactly.
func twoSum(a, b float64) pair {
	s := a + b
	c := s - a
	return pair{s, (a - (s - c)) + (b - c)}
}

// twoProduct is a * b exactly.
func twoProduct(a, b float64) pair {
	p := float64(a * b)
	return pair{p, math.FMA(a, b, -p)}
}

func (a pair) plus(b pair) pair {
	high, low := twoSum(a.hi, b.hi), twoSum(a.lo, b.lo)
	high = twoSum(high.hi, high.lo+low.hi)
	return twoSum(high.hi, high.lo+low.lo)
}

func (a pair) times(b pair) pair {
	p := twoProduct(a.hi, b.hi)
	return twoSum(p.hi, p.lo+math.FMA(a.hi, b.lo, float64(a.lo*b.hi)))
}

// scaled is a * s for a power of two s, or -s.
func (a pair) scaled(s float64) pair { return pair{float64(a.hi * s), float64(a.lo * s)} }

func (a pair) quotient(b pair) pair {
	first := a.hi / b.hi
	rest := a.plus(b.times(pair{-first, 0}))
	second := rest.hi / b.hi
	rest = rest.plus(b.times(pair{-second, 0}))
	return twoSum(first, second).plus(pair{rest.hi / b.hi, 0})
}

// over is a / n.
func (a pair) over(n float64) pair { return a.quotient(pair{n, 0}) }
