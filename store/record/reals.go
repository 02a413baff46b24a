package record

import (
	"database/sql"
	"math"
)

// What SQLite does not keep of a float64, in two bits: see outcome and point in its
// schema.sql. A backend that keeps every float64 has 0 there.
const (
	plain        = 0
	nan          = 1
	negativeZero = 2
)

// Special tells, two bits for each value and the first lowest, what SQLite
// would lose of values.
func Special(values ...float64) int64 {
	var bits int64
	for i, x := range values {
		kind := int64(plain)
		switch {
		case math.IsNaN(x):
			kind = nan
		case x == 0 && math.Signbit(x):
			kind = negativeZero
		}
		bits |= kind << (2 * i)
	}
	return bits
}

// Known is x as a column's value: NULL, and not NaN, where there is no x.
func Known(x float64, there bool) any {
	if !there {
		return nil
	}
	return x
}

// Absent reports whether there never was a value of column i of those that Special saw.
func Absent(x sql.NullFloat64, lost int64, i int) bool {
	return !x.Valid && lost>>(2*i)&3 == plain
}

// Restore undoes SQLite's losses: x is column i of those that Special saw.
func Restore(x sql.NullFloat64, special int64, i int) float64 {
	switch special >> (2 * i) & 3 {
	case nan:
		return math.NaN()
	case negativeZero:
		return math.Copysign(0, -1)
	}
	if math.IsNaN(x.Float64) {
		return math.NaN() // of the bits that every NaN comes back with
	}
	return x.Float64
}
