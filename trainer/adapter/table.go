package adapter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dlclark/regexp2"
)

// table is PEFT's rank_pattern or alpha_pattern: a number for the modules whose names
// end as a key says, which is a regular expression. The first key that matches holds.
type table []entry

type entry struct {
	key   string
	value float64
	re    *regexp2.Regexp // nil if the key has no special character but dots
}

// maxEntries is far above the modules of a model.
const maxEntries = 1 << 14

// newTable returns a table of numbers without an order: sorted by key.
func newTable(name string, values map[string]float64) (table, error) {
	var t table
	for _, key := range slices.Sorted(maps.Keys(values)) {
		t = append(t, entry{key: key, value: values[key]})
	}
	return t, t.compile(name)
}

// UnmarshalJSON keeps the order of the keys, which decides where several match.
func (t *table) UnmarshalJSON(data []byte) error {
	var values map[string]float64
	if err := json.Unmarshal(data, &values); err != nil || len(values) == 0 {
		return err
	}
	*t = nil
	seen := map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(data))
	for token, err := d.Token(); err == nil; token, err = d.Token() {
		if key, ok := token.(string); ok && !seen[key] { // no value is a string
			seen[key] = true
			*t = append(*t, entry{key: key, value: values[key]})
		}
	}
	return nil
}

// compile readies the table, which has this name in messages.
func (t table) compile(name string) error {
	if len(t) > maxEntries {
		return fmt.Errorf("%s has %d entries, but at most %d are read", name, len(t), maxEntries)
	}
	for i := range t {
		if isName(t[i].key) {
			continue
		}
		var err error
		if t[i].re, err = expression(t[i].key, endOfName); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// isName reports whether a key has no special character but dots.
func isName(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool { return r != '.' && (r >= 0x80 || !isWordByte(byte(r))) })
}

// matches reports whether the entry is for a module.
func (e entry) matches(module string) (bool, error) {
	if e.re != nil {
		return matches(e.re, module)
	}
	before := len(module) - len(e.key)
	if before < 0 || before > 0 && module[before-1] != '.' {
		return false, nil
	}
	for i := range e.key {
		if c := e.key[i]; c != '.' && c != module[before+i] { // a dot matches everything
			return false, nil
		}
	}
	return true, nil
}

// find returns the entries for a module, in their order.
func (t table) find(module string) (found []entry, err error) {
	for _, e := range t {
		ok, err := e.matches(module)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, e)
		}
	}
	return found, nil
}

// of returns the number of a module, otherwise where no key matches.
func (t table) of(module string, otherwise float64) (float64, error) {
	found, err := t.find(module)
	if err != nil || len(found) == 0 {
		return otherwise, err
	}
	return found[0].value, nil
}

// unordered returns the table as it is for these modules, without an order: keys that
// match none of them are left out, and where the order decides it names every module.
func (t table) unordered(modules []string) (map[string]float64, error) {
	values, named := map[string]float64{}, map[string]float64{}
	ordered := false
	for _, module := range modules {
		found, err := t.find(module)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			values[e.key], named[module] = e.value, found[0].value
			ordered = ordered || e.value != found[0].value
		}
	}
	switch {
	case ordered:
		return named, nil
	case len(values) == 0:
		return nil, nil
	}
	return values, nil
}

// check refuses what decides nothing: a key that matches none of the modules, and two
// that match one of them and differ.
func (t table) check(name string, modules []string) error {
	used := map[string]bool{}
	for _, module := range modules {
		found, err := t.find(module)
		if err != nil {
			return err
		}
		for _, e := range found {
			used[e.key] = true
			if first := found[0]; e.value != first.value {
				return fmt.Errorf("%s: %q and %q both match %s, with %v and %v; make one of them narrower", name, first.key, e.key, module, first.value, e.value)
			}
		}
	}
	for _, e := range t {
		if !used[e.key] {
			return fmt.Errorf("%s: %q matches no linear layer of the model, such as %s; it must match the whole name, or its end after a dot", name, e.key, modules[0])
		}
	}
	return nil
}
