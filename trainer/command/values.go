package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sweep/sweep"
)

// parameter is a parameter that the grid states, and its value in a run: of the Go type of
// its sweep.Kind, or a float64, a bool or a string.
type parameter struct {
	name  string
	value any
}

// parameters returns the parameters of a run that its grid states, ascending by name.
func parameters(p sweep.Params) []parameter {
	var all []parameter
	for _, q := range sweep.Parameters() {
		if p.States(q.Name) {
			all = append(all, parameter{q.Name, q.Value(p)})
		}
	}
	for name, value := range p.Custom {
		all = append(all, parameter{name, value})
	}
	slices.SortFunc(all, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	return all
}

// argument writes a value for a command line, an environment or a template: lists and
// tables in JSON, and all else as sweep.FormatArgument does.
func argument(v any) string {
	switch v := v.(type) {
	case []string:
		if text, ok := sweep.TargetPattern(v); ok {
			return text
		}
		return literal(v)
	case map[string]float64, sweep.Texts:
		return literal(v)
	default:
		return sweep.FormatArgument(v)
	}
}

// literal writes a value as JSON, which is YAML, too.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case []string:
		if text, ok := sweep.TargetPattern(v); ok {
			return quote(text)
		}
		items := make([]string, len(v))
		for i, s := range v {
			items[i] = quote(s)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]float64:
		return "{" + strings.Join(pairs(v, ": "), ", ") + "}"
	case sweep.Texts:
		return "{" + strings.Join(pairs(v.Map(), ": "), ", ") + "}"
	default:
		return sweep.FormatArgument(v)
	}
}

// tomlLiteral writes a value as TOML, which differs in tables from JSON.
func tomlLiteral(v any) string {
	switch v := v.(type) {
	case map[string]float64:
		return "{ " + strings.Join(pairs(v, " = "), ", ") + " }"
	case sweep.Texts:
		return "{ " + strings.Join(pairs(v.Map(), " = "), ", ") + " }"
	default:
		return literal(v)
	}
}

// pairs writes the members of a table of numbers or texts, ascending by name.
func pairs[V any](table map[string]V, is string) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		all = append(all, quote(name)+is+literal(table[name]))
	}
	return all
}

// quote writes a text in quotes, as JSON, YAML and TOML alike read it.
func quote(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text can be written
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}

// form is a form of the file with the parameters.
type form struct {
	file string
	open string // before the first
	line func(parameter) string
	join string // between two
	end  string
}

// forms are the files with the parameters, by the placeholder that stands for the path.
func forms() map[string]form {
	asJSON := form{"params.json", "{\n", func(p parameter) string { return "  " + quote(p.name) + ": " + literal(p.value) }, ",\n", "\n}\n"}
	return map[string]form{
		"params":      asJSON,
		"params.json": asJSON,
		"params.yaml": {"params.yaml", "", func(p parameter) string { return quote(p.name) + ": " + literal(p.value) }, "\n", "\n"},
		"params.toml": {"params.toml", "", func(p parameter) string { return quote(p.name) + " = " + tomlLiteral(p.value) }, "\n", "\n"},
	}
}

// text writes parameters.
func (f form) text(all []parameter) []byte {
	lines := make([]string, len(all))
	for i, p := range all {
		lines[i] = f.line(p)
	}
	return fmt.Append(nil, f.open, strings.Join(lines, f.join), f.end)
}
