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
		m.err = fmt.Errorf("metadata key %q holds a %T, but a %T is expected", key, raw, value)
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

// list returns an array of one type, nil where the key is absent.
func list[T any](m *ggufFields, key string) []T {
	raw, _ := field[[]any](m, key)
	values := make([]T, 0, len(raw))
	for i, element := range raw {
		value, ok := element.(T)
		if !ok {
			if m.err == nil {
				m.err = fmt.Errorf("element %d of metadata key %q is a %T, but a %T is expected", i, key, element, value)
			}
			return nil
		}
		values = append(values, value)
	}
	return values
}
