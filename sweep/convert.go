package sweep

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Convert turns a value as TOML decodes it, an int64, a float64, a bool, a string, a
// []any of strings or a map[string]any, into the kind's Go type. The error is a clause about the value, such
// as "is out of bounds".
func (q Parameter) Convert(raw any) (any, error) {
	switch q.Kind {
	case KindInteger:
		return q.toInteger(raw)
	case KindNumber:
		return q.toNumber(raw)
	case KindFlag:
		if b, ok := raw.(bool); ok {
			return b, nil
		}
		return nil, errors.New("is no flag")
	case KindSubset:
		return q.toSubset(raw)
	case KindTargets:
		return q.toTargets(raw)
	case KindTexts:
		return q.toTexts(raw)
	case KindTable:
		return q.toTable(raw)
	default:
		return q.toText(raw)
	}
}

func (q Parameter) toInteger(raw any) (any, error) {
	if x, ok := raw.(float64); ok {
		switch {
		case x != math.Trunc(x):
			return nil, errors.New("is not whole")
		case math.Abs(x) > MaxWhole:
			return nil, errors.New("is out of bounds")
		}
		raw = int64(x)
	}
	n, ok := raw.(int64)
	switch {
	case !ok:
		return nil, errors.New("is no integer")
	case n < int64(q.Min) || n > int64(q.Max):
		return nil, errors.New("is out of bounds")
	default:
		return int(n), nil
	}
}

func (q Parameter) toNumber(raw any) (any, error) {
	x, ok := Number(raw)
	n, whole := raw.(int64)
	switch {
	case !ok:
		return nil, errors.New("is no number")
	case whole && !IsExact(n):
		return nil, fmt.Errorf("is beyond %d, up to which whole numbers are exact", int64(MaxWhole))
	case math.IsNaN(x) || math.IsInf(x, 0):
		return nil, errors.New("is not finite")
	case !q.Within(x):
		return nil, errors.New("is out of bounds")
	default:
		return x, nil
	}
}

func (q Parameter) toText(raw any) (any, error) {
	s, ok := raw.(string)
	switch {
	case !ok:
		return nil, errors.New("is no text")
	case q.Kind == KindChoice && !q.open && !slices.Contains(q.Choices, s):
		return nil, errors.New("is unknown")
	case s == "" && q.Default != "" && !q.custom:
		return nil, errors.New("is empty")
	case (q.Kind == KindPath || q.open || q.custom) && !IsVisiblePath(s):
		return nil, ErrHiddenPath
	case q.Kind == KindPath && IsHubName(s):
		h, err := ParseHubName(s)
		if err != nil {
			return nil, err
		}
		return h.String(), nil
	default:
		return s, nil
	}
}

// ErrHiddenPath is the error of Convert for a path that is no visible one.
var ErrHiddenPath = errors.New("holds a character that cannot be seen")

// IsVisiblePath reports whether a path can be shown as it is in messages, lists and
// commands.
func IsVisiblePath(path string) bool {
	return path == Visible(path) && !strings.ContainsAny(path, "\n\t")
}

func (q Parameter) toSubset(raw any) (any, error) {
	list, ok := raw.([]any)
	if !ok || len(list) == 0 {
		return nil, errors.New("is no list of names")
	}
	var names []string
	for _, element := range list {
		name, ok := element.(string)
		switch {
		case !ok:
			return nil, errors.New("is no list of names")
		case !slices.Contains(q.Choices, name):
			return nil, fmt.Errorf("names the unknown %q", name)
		case slices.Contains(names, name):
			return nil, fmt.Errorf("names %q twice", name)
		}
		names = append(names, name)
	}
	return q.Ordered(names), nil
}

// Number returns an int64 or a float64, as TOML decodes numbers, as a float64.
func Number(raw any) (float64, bool) {
	switch x := raw.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	default:
		return 0, false
	}
}
