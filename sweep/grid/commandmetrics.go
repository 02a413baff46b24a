package grid

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
)

// toMetrics reads the metrics of a [command]: one of the sources, or a table such as
// { from = "pattern", pattern = 'step (?P<step>\d+) loss (?P<loss>\S+)' }.
func toMetrics(raw any) (m sweep.CommandMetrics, err error) {
	if from, ok := raw.(string); ok {
		if from == sweep.SourcePattern {
			return m, errors.New("says nothing of the lines; write { from = \"pattern\", pattern = '...' }")
		}
		m.From = from
		return m, checkSource(from)
	}
	table, ok := raw.(map[string]any)
	if !ok {
		return m, errors.New("is neither a text nor a table")
	}
	for _, name := range sortedKeys(table) {
		switch name {
		case "from":
			if m.From, ok = table[name].(string); !ok {
				return m, errors.New("has no text for from")
			}
			err = checkSource(m.From)
		case "pattern":
			m.Pattern, err = toLinePattern(table[name])
		case "names":
			m.Names, err = toMetricNames(table[name])
		case "higher":
			m.Higher, err = toHigher(table[name])
		default:
			known := []string{"from", "pattern", "names", "higher"}
			err = fmt.Errorf("has the unknown %q%s", name, didYouMean(name, known))
		}
		if err != nil {
			return m, err
		}
	}
	switch {
	case m.From == sweep.SourcePattern && m.Pattern == "":
		return m, errors.New("reads lines by a pattern and has none; write pattern = '...'")
	case m.From != "" && m.From != sweep.SourcePattern && m.Pattern != "":
		return m, fmt.Errorf("has a pattern, which is for lines, and reads from %q; leave one of the two out", m.From)
	case m.Pattern != "":
		m.From = sweep.SourcePattern
	}
	return m, nil
}

func checkSource(from string) error {
	if known := sweep.MetricSources(); !slices.Contains(known, from) {
		return fmt.Errorf("is from the unknown %q%s", from, didYouMean(from, known))
	}
	return nil
}

func didYouMean(misspelt string, known []string) string {
	if near := sweep.Nearest(misspelt, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// toLinePattern reads a regular expression with named groups, of which one must be there.
func toLinePattern(raw any) (string, error) {
	text, ok := raw.(string)
	if !ok || text == "" {
		return "", errors.New("has no text for pattern")
	}
	expression, err := regexp.Compile(text)
	if err != nil {
		return "", fmt.Errorf("has a pattern that is no regular expression: %w", err)
	}
	named := slices.DeleteFunc(expression.SubexpNames(), func(name string) bool { return name == "" })
	slices.Sort(named)
	switch {
	case len(named) == 0:
		return "", errors.New("has a pattern without a named group, such as (?P<loss>[0-9.]+)")
	case len(slices.Compact(slices.Clone(named))) < len(named):
		return "", errors.New("has a pattern in which two groups have one name")
	case len(named) == 1 && named[0] == "step":
		return "", errors.New("has a pattern of steps alone; add a group such as (?P<loss>[0-9.]+)")
	}
	return text, nil
}

func toMetricNames(raw any) (map[string]string, error) {
	table, ok := raw.(map[string]any)
	if !ok {
		return nil, errors.New(`has no table for names, such as { loss = "train/loss" }`)
	}
	var common []string
	for _, q := range sweep.Quantities() {
		common = append(common, string(q))
	}
	names, of := map[string]string{}, map[string]string{}
	for _, name := range sortedKeys(table) {
		text, ok := table[name].(string)
		switch {
		case !slices.Contains(common, name):
			return nil, fmt.Errorf("names the unknown %q%s; allowed: %s, each with what the program calls it", name, didYouMean(name, common), strings.Join(common, ", "))
		case !ok || text == "" || !sweep.IsVisiblePath(text):
			return nil, fmt.Errorf("has no name in quotes for %s", name)
		case of[text] != "":
			return nil, fmt.Errorf("has %s for both %s and %s", strconv.Quote(text), of[text], name)
		}
		names[name], of[text] = text, name
	}
	return names, nil
}

func toHigher(raw any) ([]string, error) {
	names, err := toListOfTexts(raw)
	if err != nil {
		return nil, fmt.Errorf("has a higher that %w", err)
	}
	for _, name := range names {
		if name == "" || !sweep.IsVisiblePath(name) || slices.Contains(sweep.Quantities(), sweep.Quantity(name)) {
			return nil, fmt.Errorf("has %s among higher, where the names of further metrics belong, such as eval_accuracy", strconv.Quote(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
