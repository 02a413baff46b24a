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
	names := listed(r.ignored)
	if r.more {
		names += ", and others"
	}
	return []string{fmt.Sprintf("%s: keys of rows that are not read: %s", r.name, names)}
}

// listed names keys with how often each comes.
func listed(keys []ignoredKey) string {
	var names []string
	for _, k := range keys {
		times := "once"
		if k.rows > 1 {
			times = fmt.Sprintf("%d times", k.rows)
		}
		names = append(names, fmt.Sprintf("%s (%s)", abbreviate(json.RawMessage(k.name)), times))
	}
	return strings.Join(names, ", ")
}

// passKeys notes the keys of a conversation that the chat template does not read.
func (to *Encoded) passKeys(c *chat, o Options) {
	template, err := o.template()
	if err != nil {
		return
	}
	for _, key := range c.keys {
		name := key[strings.LastIndexByte(key, '.')+1:]
		if template.Reads(name) || slices.Contains(reasoning, name) && slices.ContainsFunc(reasoning, template.Reads) {
			continue
		}
		i := slices.IndexFunc(to.passed, func(k ignoredKey) bool { return k.name == key })
		if i < 0 && len(to.passed) < ignoredLimit {
			to.passed = append(to.passed, ignoredKey{key, 1})
		} else if i >= 0 {
			to.passed[i].rows++
		}
	}
}

// reasoning are the names of what transformers gives templates under all of them.
var reasoning = []string{"reasoning", "thinking", "reasoning_content"}
