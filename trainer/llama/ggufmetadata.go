package llama

import "fmt"

// ggufFields looks up typed metadata. The first error sticks.
type ggufFields struct {
	values map[string]any
	err    error
}

// field returns the value of a key and whether it is there.
func field[T any](m *ggufFields, key string) (T, bool) {
	raw, ok := m.values[key]
	value, fits := raw.(T)
	if ok && !fits && m.err == nil {
		m.err = fmt.Errorf("metadata key %q holds %s, but %s is expected", key, ggufKind(raw), ggufKind(value))
	}
	return value, ok && fits
}

func required[T any](m *ggufFields, key string) T {
	value, ok := field[T](m, key)
	if !ok && m.err == nil {
		m.err = fmt.Errorf("metadata key %q is missing", key)
	}
	return value
}

func fallback[T any](m *ggufFields, key string, otherwise T) T {
	if value, ok := field[T](m, key); ok {
		return value
	}
	return otherwise
}

func integer(m *ggufFields, key string) int                 { return int(required[int64](m, key)) }
func number(m *ggufFields, key string) float64              { return required[float64](m, key) }
func text(m *ggufFields, key string) string                 { return required[string](m, key) }
func integerOr(m *ggufFields, key string, other int) int    { return int(fallback(m, key, int64(other))) }
func numberOr(m *ggufFields, key string, x float64) float64 { return fallback(m, key, x) }
func textOr(m *ggufFields, key, other string) string        { return fallback(m, key, other) }

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

// list reads an array of one type, nil where the key is absent.
func list[T any](m *ggufFields, key string) []T {
	a, ok := field[ggufArray](m, key)
	if !ok || m.err != nil {
		return nil
	}
	if a.n > maxSize {
		m.err = fmt.Errorf("metadata key %q has %d elements, but at most %d are allowed", key, a.n, maxSize)
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
