package sweep

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Texts is the value of a KindTexts, a table of texts in TOML: each element is
// "name=text", sorted by the names, none of which holds a '='.
type Texts []string

// Map returns the texts by their names.
func (t Texts) Map() map[string]string {
	texts := make(map[string]string, len(t))
	for _, pair := range t {
		name, text, _ := strings.Cut(pair, "=")
		texts[name] = text
	}
	return texts
}

// toml writes the table as TOML does.
func (t Texts) toml() string {
	if len(t) == 0 {
		return "{}"
	}
	pairs := make([]string, len(t))
	for i, pair := range t {
		name, text, _ := strings.Cut(pair, "=")
		pairs[i] = name + " = " + strconv.Quote(text)
	}
	return "{ " + strings.Join(pairs, ", ") + " }"
}

// toTexts turns a table as TOML decodes it into texts.
func (q Parameter) toTexts(raw any) (any, error) {
	given, ok := raw.(map[string]any)
	if !ok {
		return nil, errors.New("is no table")
	}
	var all Texts
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text, ok := given[name].(string)
		switch {
		case !slices.Contains(q.Choices, name):
			return nil, fmt.Errorf("names the unknown %q", name)
		case !ok || text == "":
			return nil, fmt.Errorf("has no text for %q", name)
		case !IsVisiblePath(text):
			return nil, ErrHiddenPath
		}
		all = append(all, name+"="+text)
	}
	return all, nil
}
