package grid

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
)

// maxCells is the largest number of cells of a plan.
const maxCells = 1_000_000

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
	case map[string]float64, sweep.Texts:
		return sweep.FormatValue(v)
	case []string:
		if pattern, ok := sweep.TargetPattern(v); ok {
			return strconv.Quote(pattern)
		}
		return tomlText(anys(v))
	case []any:
		elements := make([]string, len(v))
		for i, element := range v {
			elements[i] = tomlText(element)
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case []map[string]any:
		return tomlText(anys(v))
	case map[string]any:
		var pairs []string
		for _, name := range sortedKeys(v) {
			pairs = append(pairs, tomlKey(name)+" = "+tomlText(v[name]))
		}
		return strings.ReplaceAll("{ "+strings.Join(pairs, ", ")+" }", "{  }", "{}")
	default:
		return fmt.Sprint(v)
	}
}
