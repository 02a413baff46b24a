package data

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ignoredKey is a key that rows have and that no form reads.
type ignoredKey struct {
	name string // within a message, such as "messages[].name"
	rows int    // or messages
}

// ignoredLimit is how many such keys are named one by one.
const ignoredLimit = 20

// ignore notes the keys of an object that are not among those that are read. Prefix
// says where the object stands.
func (p *parser) ignore(prefix string, fields map[string]json.RawMessage, read []string) {
	isRead := func(key string) bool { return slices.Contains(read, key) }
	for _, key := range slices.DeleteFunc(slices.Sorted(maps.Keys(fields)), isRead) {
		name := prefix + key
		i := slices.IndexFunc(p.rows.ignored, func(k ignoredKey) bool { return k.name == name })
		switch {
		case i >= 0:
			p.rows.ignored[i].rows++
		case len(p.rows.ignored) < ignoredLimit:
			p.rows.ignored = append(p.rows.ignored, ignoredKey{name, 1})
		default:
			p.rows.more = true
		}
	}
}

// Notes says what of the file is not read, if there is something: once for each key
// that no form has.
func (r *Rows) Notes() []string {
	if len(r.ignored) == 0 {
		return nil
	}
	var names []string
	for _, k := range r.ignored {
		times := "once"
		if k.rows > 1 {
			times = fmt.Sprintf("%d times", k.rows)
		}
		names = append(names, fmt.Sprintf("%s (%s)", abbreviate(json.RawMessage(k.name)), times))
	}
	if r.more {
		names = append(names, "and others")
	}
	return []string{fmt.Sprintf("%s: keys of rows that are not read: %s", r.name, strings.Join(names, ", "))}
}
