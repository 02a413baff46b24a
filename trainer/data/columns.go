package data

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sweep/sweep"
)

// Columns says which keys of rows stand for the keys that forms have: the key
// "prompt" of Columns has the name of the one that holds the prompt.
type Columns map[string]string

// rename returns a row with the keys that forms have, and which of them were renamed. A
// key that another takes the place of is noted as one that is not read.
func (p *parser) rename(fields map[string]json.RawMessage) (named map[string]json.RawMessage, renamed []string) {
	if len(p.columns) == 0 {
		return fields, nil
	}
	for name := range fields {
		p.rows.keys[name] = true
	}
	named = maps.Clone(fields)
	for _, key := range slices.Sorted(maps.Keys(p.columns)) {
		if column := p.columns[key]; present(fields, column) {
			renamed = append(renamed, key)
			delete(named, column)
		}
	}
	for _, key := range renamed {
		if present(named, key) {
			p.ignoreKey(key)
		}
		named[key] = fields[p.columns[key]]
	}
	return named, renamed
}

// Check refuses columns of which no row of r has the key.
func (c Columns) Check(r *Rows) error {
	known := slices.Sorted(maps.Keys(r.keys))
	for _, key := range slices.Sorted(maps.Keys(c)) {
		column := c[key]
		if r.keys[column] {
			continue
		}
		hint := ""
		if near := sweep.Nearest(column, known); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return fmt.Errorf("columns.%s = %q: no row of %s has that key; they have %s%s", key, column, r.name, quotedNames(known), hint)
	}
	return nil
}

// Match reports whether a row of r has the key of one of the columns.
func (c Columns) Match(r *Rows) bool {
	for _, column := range c {
		if r.keys[column] {
			return true
		}
	}
	return false
}

// quotedNames is names in quotes, the first ones of many.
func quotedNames(names []string) string {
	const limit = 10
	more := ""
	if n := len(names) - limit; n > 0 {
		names, more = names[:limit], fmt.Sprintf(" and %d more", n)
	}
	var quoted []string
	for _, name := range names {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	return abbreviate(json.RawMessage(strings.Join(quoted, ", "))) + more
}

// columnsFor suggests columns for a row of keys that are not read, where some are
// likely to be right.
func (p *parser) columnsFor(fields map[string]json.RawMessage) string {
	prompt := firstKey(fields, "prompt", "question", "query", "instruction", "input", "problem", "source")
	completion := firstKey(fields, "completion", "answer", "response", "reply", "output", "solution", "target", "chosen")
	text := firstKey(fields, "content", "body", "document", "Text", "sentence")
	switch {
	case len(p.columns) > 0:
		return "; the grid's columns name none that makes it one of these"
	case prompt != "" && completion != "":
		return fmt.Sprintf("; name them in the grid: columns = { prompt = %q, completion = %q }", prompt, completion)
	case text != "":
		return fmt.Sprintf("; name it in the grid: columns = { text = %q }", text)
	}
	return ""
}
