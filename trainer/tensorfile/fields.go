package tensorfile

import (
	"fmt"
	"maps"
	"slices"
)

// Fields looks up typed metadata of a GGUF file. The first error sticks: every
// later value is zero, and Err returns it.
type Fields struct {
	values map[string]any
	err    error
}

// Err returns the first error.
func (m *Fields) Err() error { return m.err }

// Fail makes err the first error, unless there is one.
func (m *Fields) Fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// Has reports whether a key is there.
func (m *Fields) Has(key string) bool {
	_, ok := m.values[key]
	return ok
}

// Keys lists all keys, sorted.
func (m *Fields) Keys() []string { return slices.Sorted(maps.Keys(m.values)) }

// Value returns the value of a key as it is, nil where it is absent.
func (m *Fields) Value(key string) any { return m.values[key] }

// Integer returns the integer of a key that must be there.
func (m *Fields) Integer(key string) int { return int(required[int64](m, key)) }

// Number returns the floating-point number of a key that must be there.
func (m *Fields) Number(key string) float64 { return required[float64](m, key) }

// Text returns the text of a key that must be there.
func (m *Fields) Text(key string) string { return required[string](m, key) }

// IntegerOr returns the integer of a key, or another where it is absent.
func (m *Fields) IntegerOr(key string, other int) int { return int(fallback(m, key, int64(other))) }

// Same returns the integer of a key that must be there, or the one that all
// elements of its array, one a layer, are.
func (m *Fields) Same(key string) int {
	a, isList := m.values[key].(Array)
	if !isList {
		return m.Integer(key)
	}
	values := layers[int64](m, key, a)
	for i, v := range values {
		if v != values[0] {
			m.Fail(fmt.Errorf("metadata key %q is %d for layer 0 and %d for layer %d, but only layers of one size are read", key, values[0], v, i))
		}
	}
	if m.err != nil {
		return 0
	}
	return int(values[0])
}

// SameOr returns what Same does, or another integer where the key is absent.
func (m *Fields) SameOr(key string, other int) int {
	if !m.Has(key) {
		return other
	}
	return m.Same(key)
}

// Switches reads an array with a switch a layer, or an integer that is 0 for off, nil
// where the key is absent or no array.
func (m *Fields) Switches(key string) []bool {
	a, isList := m.values[key].(Array)
	switch {
	case !isList:
		return nil
	case a.kind == ggufBool:
		return layers[bool](m, key, a)
	}
	var on []bool
	for _, v := range layers[int64](m, key, a) {
		on = append(on, v != 0)
	}
	return on
}

// layers reads an array with an element a layer, at least one.
func layers[T any](m *Fields, key string, a Array) []T {
	const limit = 1 << 12
	if a.n == 0 || a.n > limit {
		m.Fail(fmt.Errorf("metadata key %q has %d elements, but one for each layer, at most %d, are expected", key, a.n, limit))
	}
	return list[T](m, key)
}

// NumberOr returns the number of a key, or another where it is absent.
func (m *Fields) NumberOr(key string, other float64) float64 { return fallback(m, key, other) }

// TextOr returns the text of a key, or another where it is absent.
func (m *Fields) TextOr(key, other string) string { return fallback(m, key, other) }

// SwitchOr returns the switch of a key, or another where it is absent.
func (m *Fields) SwitchOr(key string, other bool) bool { return fallback(m, key, other) }

// Texts reads an array of texts, nil where the key is absent.
func (m *Fields) Texts(key string) []string { return list[string](m, key) }

// Integers reads an array of integers, nil where the key is absent.
func (m *Fields) Integers(key string) []int64 { return list[int64](m, key) }

// Numbers reads an array of floating-point numbers, nil where the key is absent.
func (m *Fields) Numbers(key string) []float64 { return list[float64](m, key) }

// field returns the value of a key and whether it is there.
func field[T any](m *Fields, key string) (T, bool) {
	raw, ok := m.values[key]
	value, fits := raw.(T)
	if ok && !fits {
		m.Fail(fmt.Errorf("metadata key %q holds %s, but %s is expected", key, ggufKind(raw), ggufKind(value)))
	}
	return value, ok && fits
}

func required[T any](m *Fields, key string) T {
	value, ok := field[T](m, key)
	if !ok {
		m.Fail(fmt.Errorf("metadata key %q is missing", key))
	}
	return value
}

func fallback[T any](m *Fields, key string, otherwise T) T {
	if value, ok := field[T](m, key); ok {
		return value
	}
	return otherwise
}

// ggufKind names the type of a value for messages.
func ggufKind(value any) string {
	switch value.(type) {
	case bool:
		return "true or false"
	case int64:
		return "an integer"
	case float64:
		return "a floating-point number"
	case string:
		return "text"
	default:
		return "an array"
	}
}

// maxElements is more than an array of metadata has: one for each token.
const maxElements = 1 << 24

// list reads an array of one type, nil where the key is absent.
func list[T any](m *Fields, key string) []T {
	a, ok := field[Array](m, key)
	if !ok || m.err != nil {
		return nil
	}
	if a.n > maxElements {
		m.err = fmt.Errorf("metadata key %q has %d elements, but at most %d are allowed", key, a.n, maxElements)
		return nil
	}
	var values []T
	r := newGGUFReader(a.file, a.at)
	for i := range a.n {
		element := r.scalar(a.kind, key)
		value, ok := element.(T)
		if r.err == nil && !ok {
			r.err = fmt.Errorf("it is %s, but %s is expected", ggufKind(element), ggufKind(value))
		}
		if r.err != nil {
			m.err = fmt.Errorf("element %d of metadata key %q: %w", i, key, r.err)
			return nil
		}
		values = append(values, value)
	}
	return values
}
