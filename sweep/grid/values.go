package grid

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
)

// maxCells is the largest number of cells of a plan.
const maxCells = 1_000_000

// convert turns a value as the TOML package decodes it into the parameter's Go
// type. The error is a clause about the value.
func convert(q sweep.Parameter, raw any) (any, error) {
	switch q.Kind {
	case sweep.KindInteger:
		return convertInteger(q, raw)
	case sweep.KindNumber:
		return convertNumber(q, raw)
	case sweep.KindFlag:
		if b, ok := raw.(bool); ok {
			return b, nil
		}
		return nil, errors.New("is no flag")
	case sweep.KindSubset:
		return convertSubset(q, raw)
	default:
		return convertText(q, raw)
	}
}

func convertInteger(q sweep.Parameter, raw any) (any, error) {
	if x, ok := raw.(float64); ok {
		switch {
		case x != math.Trunc(x):
			return nil, errors.New("is not whole")
		case math.Abs(x) > sweep.MaxWhole:
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

func convertNumber(q sweep.Parameter, raw any) (any, error) {
	x, ok := asFloat(raw)
	switch {
	case !ok:
		return nil, errors.New("is no number")
	case math.IsNaN(x) || math.IsInf(x, 0):
		return nil, errors.New("is not finite")
	case !q.Within(x):
		return nil, errors.New("is out of bounds")
	default:
		return x, nil
	}
}

func convertText(q sweep.Parameter, raw any) (any, error) {
	s, ok := raw.(string)
	switch {
	case !ok:
		return nil, errors.New("is no text")
	case q.Kind == sweep.KindChoice && !slices.Contains(q.Choices, s):
		return nil, errors.New("is unknown")
	case s == "" && q.Default != "":
		return nil, errors.New("is empty")
	case q.Kind == sweep.KindPath && !isVisiblePath(s):
		return nil, errHiddenPath
	default:
		return s, nil
	}
}

var errHiddenPath = errors.New("holds a character that cannot be seen")

// isVisiblePath reports whether a path can be shown as it is in messages, lists and
// commands.
func isVisiblePath(path string) bool {
	return path == sweep.Visible(path) && !strings.ContainsAny(path, "\n\t")
}

func convertSubset(q sweep.Parameter, raw any) (any, error) {
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

func asFloat(raw any) (float64, bool) {
	switch x := raw.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	default:
		return 0, false
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// tomlText writes a decoded value as TOML does, for messages.
func tomlText(raw any) string {
	switch v := raw.(type) {
	case string:
		return strconv.Quote(v)
	case float64:
		return sweep.FormatValue(v)
	case []string:
		elements := make([]any, len(v))
		for i, element := range v {
			elements[i] = element
		}
		return tomlText(elements)
	case []any:
		elements := make([]string, len(v))
		for i, element := range v {
			elements[i] = tomlText(element)
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case map[string]any:
		var pairs []string
		for _, name := range sortedKeys(v) {
			pairs = append(pairs, name+" = "+tomlText(v[name]))
		}
		return "{ " + strings.Join(pairs, ", ") + " }"
	default:
		return fmt.Sprint(v)
	}
}
