package sweep

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// toTable turns a table as TOML decodes it into the numbers of its keys, nil if it is
// empty.
func (q Parameter) toTable(raw any) (any, error) {
	given, ok := raw.(map[string]any)
	if !ok {
		return nil, errors.New("is no table")
	}
	var table map[string]float64
	for _, key := range slices.Sorted(maps.Keys(given)) {
		x, isNumber := Number(given[key])
		_, isTable := given[key].(map[string]any)
		switch {
		case isTable:
			return nil, fmt.Errorf("has a table at %q; names with dots stand in quotes, as in { %q = 4 }", key, key+".q_proj")
		case key == "" || !IsVisiblePath(key):
			return nil, fmt.Errorf("has the key %q, which names nothing", key)
		case !isNumber || !q.Within(x):
			return nil, fmt.Errorf("has %q = %v, which is no number in bounds", key, given[key])
		case q.Whole && x != math.Trunc(x):
			return nil, fmt.Errorf("has %q = %s, which is not whole", key, FormatValue(x))
		}
		if table == nil {
			table = map[string]float64{}
		}
		table[key] = x
	}
	return table, nil
}

// tableText writes a table as TOML does, its keys sorted, so that equal tables have
// equal texts.
func tableText(table map[string]float64) string {
	if len(table) == 0 {
		return "{}"
	}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(table)) {
		pairs = append(pairs, strconv.Quote(key)+" = "+FormatValue(table[key]))
	}
	return "{ " + strings.Join(pairs, ", ") + " }"
}
