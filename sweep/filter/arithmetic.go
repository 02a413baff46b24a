package filter

import (
	"fmt"
	"math"

	"github.com/expr-lang/expr"

	"sweep/sweep"
)

// arithmetic returns the functions that a formula may call. Each gives the same bits
// on every machine: IEEE 754 fixes how square roots and whole numbers are rounded,
// and pow and log2 are computed by products here, as the results of those in the
// standard library differ between processors.
func arithmetic() []expr.Option {
	return []expr.Option{
		unary("sqrt", math.Sqrt), unary("abs", math.Abs), unary("log2", log2),
		unary("floor", math.Floor), unary("ceil", math.Ceil), unary("round", math.Round),
		extreme("min", func(a, b float64) float64 { return min(a, b) }),
		extreme("max", func(a, b float64) float64 { return max(a, b) }),
		expr.Function("pow", func(x ...any) (any, error) {
			return pow(x[0].(float64), x[1].(float64))
		}, new(func(float64, float64) float64)),
	}
}

// functionNames returns the names of the functions of arithmetic.
func functionNames() []string {
	return []string{"sqrt", "abs", "log2", "floor", "ceil", "round", "min", "max", "pow"}
}

func unary(name string, f func(float64) float64) expr.Option {
	return expr.Function(name, func(x ...any) (any, error) {
		return f(x[0].(float64)), nil
	}, new(func(float64) float64))
}

// extreme returns a function of one or more numbers, which picks the better of two
// at a time.
func extreme(name string, pick func(a, b float64) float64) expr.Option {
	return expr.Function(name, func(x ...any) (any, error) {
		best := x[0].(float64)
		for _, other := range x[1:] {
			best = pick(best, other.(float64))
		}
		return best, nil
	}, new(func(float64, ...float64) float64))
}

// pow multiplies x with itself n times, n being whole and of either sign.
func pow(x, n float64) (float64, error) {
	const most = 1024
	if n != math.Trunc(n) {
		return 0, fmt.Errorf("has the power %s; write a whole one, or sqrt", sweep.FormatValue(n))
	}
	if math.Abs(n) > most {
		return 0, fmt.Errorf("has the power %s, beyond %d", sweep.FormatValue(n), most)
	}
	product := 1.0
	for range int(math.Abs(n)) {
		product *= x
	}
	if n < 0 {
		return 1 / product, nil
	}
	return product, nil
}

// log2 returns the binary logarithm of x, exactly for powers of two and else within
// 1e-13. It computes the bits of its fraction one by one: squaring a number doubles
// its logarithm.
func log2(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log2(x) // the special values
	}
	mantissa, exponent := math.Frexp(x)
	y := 2 * mantissa // in [1, 2)
	fraction, bit := 0.0, 0.5
	for range 52 {
		if y *= y; y >= 2 {
			y /= 2
			fraction += bit
		}
		bit /= 2
	}
	return float64(exponent-1) + fraction
}
