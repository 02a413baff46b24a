package grid

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"sweep/sweep"
)

// spanForm is a way to write an axis as a range.
type spanForm struct {
	name   string
	extra  string // the key of the number that goes with the ends, "" for none
	expand func(low, high, extra float64) ([]float64, error)
}

// spanForms are the ranges a grid may hold in place of a list:
//
//	{ pow2 = [a, b] }                the powers of two from a to b
//	{ log = [a, b], points = n }     n values whose logarithms are evenly spaced
//	{ linear = [a, b], points = n }  n evenly spaced values
//	{ range = [a, b], step = s }     a, a+s, a+2s, ... up to b
//
// The ends are exact. The values between the ends of log are rounded to three
// significant digits, or to more if three could make two of them equal, so that names
// stay short: { log = [1e-4, 1e-3], points = 3 } is 1e-4, 3.16e-4, 1e-3. Those of
// linear and range are exact if all are whole numbers, and else rounded to twelve
// digits, which hides the rounding of binary fractions.
func spanForms() []spanForm {
	return []spanForm{
		{"pow2", "", pow2Span},
		{"log", "points", logSpan},
		{"linear", "points", linearSpan},
		{"range", "step", rangeSpan},
	}
}

// expandSpan returns the values of a range as the TOML package decodes it. The
// error is a clause about the range.
func expandSpan(raw map[string]any) ([]float64, error) {
	var found []spanForm
	for _, form := range spanForms() {
		if _, ok := raw[form.name]; ok {
			found = append(found, form)
		}
	}
	if len(found) != 1 {
		return nil, errors.New("has not one of pow2, log, linear and range")
	}
	form := found[0]
	ends, err := spanEnds(form.name, raw[form.name])
	if err != nil {
		return nil, err
	}
	extra, err := spanExtra(raw, form)
	if err != nil {
		return nil, err
	}
	return form.expand(ends[0], ends[1], extra)
}

func spanEnds(form string, raw any) (ends [2]float64, err error) {
	list, ok := raw.([]any)
	if !ok || len(list) != 2 {
		return ends, fmt.Errorf("has %s without its two ends, as in %s = [1, 8]", form, form)
	}
	for i, element := range list {
		x, ok := sweep.Number(element)
		if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
			return ends, fmt.Errorf("has an end that is no finite number: %s", tomlText(element))
		}
		if n, ok := element.(int64); ok && !sweep.IsExact(n) {
			return ends, fmt.Errorf("has the end %d, where whole numbers go up to %d", n, int64(sweep.MaxWhole))
		}
		ends[i] = x
	}
	if ends[0] >= ends[1] {
		return ends, fmt.Errorf("runs downwards; write %s = [lower, higher]", form)
	}
	return ends, nil
}

// spanExtra returns the number that goes with the range's ends. It refuses other keys.
func spanExtra(raw map[string]any, form spanForm) (extra float64, err error) {
	for _, key := range sortedKeys(raw) {
		if key != form.name && key != form.extra {
			return 0, fmt.Errorf("has %s, which does not go with %s", key, form.name)
		}
	}
	if form.extra == "" {
		return 0, nil
	}
	extra, ok := sweep.Number(raw[form.extra])
	if !ok || math.IsNaN(extra) || math.IsInf(extra, 0) {
		return 0, fmt.Errorf("lacks the number %s, as in { %s = [1, 8], %s = 3 }", form.extra, form.name, form.extra)
	}
	return extra, nil
}

func pow2Span(low, high, _ float64) ([]float64, error) {
	for _, end := range []float64{low, high} {
		if mantissa, _ := math.Frexp(end); mantissa != 0.5 {
			return nil, fmt.Errorf("has the end %s, which is no power of two", sweep.FormatValue(end))
		}
	}
	var values []float64
	for x := low; x <= high; x *= 2 {
		values = append(values, x)
	}
	return values, nil
}

func logSpan(low, high, points float64) ([]float64, error) {
	if low <= 0 {
		return nil, fmt.Errorf("has the end %s, where log needs a number above 0", sweep.FormatValue(low))
	}
	n, err := countPoints(points)
	if err != nil {
		return nil, err
	}
	gap := math.Expm1((math.Log(high) - math.Log(low)) / float64(n-1)) // between neighbours, relative to the lower
	digits := int(min(max(3, 1+math.Ceil(-math.Log10(gap))), 17))
	return evenly(n, low, high, digits, func(i int) float64 {
		t := float64(i) / float64(n-1)
		return math.Exp((1-t)*math.Log(low) + t*math.Log(high))
	}), nil
}

func linearSpan(low, high, points float64) ([]float64, error) {
	n, err := countPoints(points)
	if err != nil {
		return nil, err
	}
	if step := (high - low) / float64(n-1); whole(low, step) {
		return steps(low, step, n), nil
	}
	return evenly(n, low, high, 12, func(i int) float64 {
		t := float64(i) / float64(n-1)
		return (1-t)*low + t*high
	}), nil
}

func rangeSpan(low, high, step float64) ([]float64, error) {
	if step <= 0 {
		return nil, errors.New("has a step that is not above 0")
	}
	gaps := math.Floor((high-low)/step + 1e-9) // a step that is a decimal fraction must still reach high
	if gaps >= maxValues {
		return nil, fmt.Errorf("has %.0f values, more than %d", gaps+1, maxValues)
	}
	values := steps(low, step, int(gaps)+1)
	if whole(low, step) {
		return values, nil
	}
	for i, x := range values {
		values[i] = significant(x, 12)
	}
	return values, nil
}

// steps returns n values, beginning with low, at equal distances.
func steps(low, step float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = low + float64(i)*step
	}
	return values
}

func whole(low, step float64) bool { return low == math.Trunc(low) && step == math.Trunc(step) }

func countPoints(points float64) (int, error) {
	switch {
	case points != math.Trunc(points) || points < 2:
		return 0, errors.New("has points that are no integer of at least 2")
	case points > maxValues:
		return 0, fmt.Errorf("has %.0f values, more than %d", points, maxValues)
	default:
		return int(points), nil
	}
}

// evenly returns n values from low to high. Both ends are exact; the values between
// them are at(i), rounded to so many significant digits.
func evenly(n int, low, high float64, digits int, at func(i int) float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = significant(at(i), digits)
	}
	values[0], values[n-1] = low, high
	return values
}

// significant rounds x to so many significant decimal digits.
func significant(x float64, digits int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	if err != nil { // beyond the largest float64
		return x
	}
	return rounded
}
