package data

import (
	"cmp"
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
		p.ignoreKey(prefix + key)
	}
}

// ignoreKey notes that a key is not read.
func (p *parser) ignoreKey(name string) { p.rows.ignore(ignoredKey{name, 1}) }

// ignore adds to what is not read.
func (r *Rows) ignore(k ignoredKey) {
	i := slices.IndexFunc(r.ignored, func(other ignoredKey) bool { return other.name == k.name })
	switch {
	case i >= 0:
		r.ignored[i].rows += k.rows
	case len(r.ignored) < ignoredLimit:
		r.ignored = append(r.ignored, k)
	default:
		r.more = true
	}
}

// Notes says what of the files is not read, if there is something: once for each key
// that no form has. It also says that rows hold a character that texts seldom do.
func (r *Rows) Notes() (notes []string) {
	if r.passed != "" {
		notes = append(notes, r.passed)
	}
	if r.zeros > 0 {
		notes = append(notes, fmt.Sprintf("%s: %d of %d rows hold the character U+0000, which the model sees; take it out if it is not meant", r.name, r.zeros, r.Len()))
	}
	if len(r.ignored) == 0 {
		return notes
	}
	names := listed(r.ignored)
	if r.more {
		names += ", and others"
	}
	return append(notes, fmt.Sprintf("%s: keys of rows that are not read: %s", r.name, names))
}

// listed names keys with how often each comes.
func listed(keys []ignoredKey) string {
	var names []string
	for _, k := range keys {
		times := "once"
		if k.rows > 1 {
			times = fmt.Sprintf("%d times", k.rows)
		}
		names = append(names, fmt.Sprintf("%s (%s)", abbreviate(json.RawMessage(cmp.Or(k.name, `""`))), times))
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
