package plots

import (
	"math"
	"strconv"
	"strings"

	"sweep/sweep/analysis"
)

// namer returns how to write the numbers of a positive range, all in one
// style: 0.05 and 20, or as powers of ten, 5×10^{−4}, where the range holds
// numbers that are long otherwise.
func namer(low, high float64) func(float64) string {
	if low < 0.009 || high > 1e5 {
		return powerName
	}
	return plainName
}

// tickNamer is axisNamer for ticks, which are round numbers: it writes all their
// digits, so that a tick is where its label says and no two labels are the same.
func tickNamer(axis string, low, high float64) func(float64) string {
	if low < 0.009 || high > 1e5 || strings.HasPrefix(axis, "lr") {
		return func(x float64) string { return power(x, tickDigits) }
	}
	return tickName
}

// tickDigits are more than a round number has, and fewer than show how float64
// rounds.
const tickDigits = 10

func tickName(x float64) string {
	if x == 0 {
		return "0" // never -0
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', tickDigits, 64), 64) // it is a number
	return strings.ReplaceAll(strconv.FormatFloat(rounded, 'g', -1, 64), "-", minus)
}

// plainName writes a number to three digits, or to all if it is whole.
func plainName(x float64) string {
	digits := 3
	if x == math.Trunc(x) && math.Abs(x) < 1e6 {
		digits = -1
	}
	return strings.ReplaceAll(strconv.FormatFloat(x, 'g', digits, 64), "-", minus)
}

// powerName writes a number to two digits as a multiple of a power of ten.
func powerName(x float64) string { return power(x, 2) }

// power writes a number to so many digits at most as a multiple of a power of
// ten.
func power(x float64, digits int) string {
	if x == 0 {
		return "0"
	}
	s := strconv.FormatFloat(x, 'e', -1, 64)
	if rounded := strconv.FormatFloat(x, 'e', digits-1, 64); len(rounded) < len(s) {
		s = rounded
	}
	mantissa, exponent, _ := strings.Cut(s, "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimSuffix(strings.TrimRight(mantissa, "0"), ".")
	}
	power := "10^{" + exponentName(exponent) + "}"
	if mantissa == "1" {
		return power
	}
	return strings.ReplaceAll(mantissa, "-", minus) + "×" + power
}

// exponentName turns +05 into 5 and -05 into −5.
func exponentName(s string) string {
	sign := ""
	if s[0] == '-' {
		sign = minus
	}
	return sign + strings.TrimLeft(s[1:len(s)-1], "0") + s[len(s)-1:]
}

// axisNamer is namer for the numbers of a parameter. Learning rates are always
// powers of ten, so that titles, legends and ticks agree.
func axisNamer(axis string, low, high float64) func(float64) string {
	if strings.HasPrefix(axis, "lr") {
		return powerName
	}
	return namer(low, high)
}

// valueName writes a parameter's value for a tick, a legend or a title.
func valueName(axis string, v analysis.Value) string {
	switch {
	case !v.Numeric:
		return v.Text
	case v.Number == 0:
		return "0"
	default:
		return axisNamer(axis, math.Abs(v.Number), math.Abs(v.Number))(v.Number)
	}
}
