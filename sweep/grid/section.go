package grid

import (
	"fmt"
	"slices"

	"github.com/BurntSushi/toml"
)

// section is a table of a grid file, with its keys in file order, which the decoded map
// does not have.
type section struct {
	path   string     // such as "arm[2].grid"; "" for the whole file
	keys   []toml.Key // of everything below, relative to the table
	values map[string]any
}

// key returns the full key of a name in the section, for problems.
func (s section) key(name string) string {
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}

// names returns the section's names in file order.
func (s section) names() []string {
	var names []string
	for _, key := range s.keys {
		if _, ok := s.values[key[0]]; ok {
			names = append(names, key[0])
		}
	}
	return distinct(names)
}

// table returns the table of that name, an empty one if the name is absent. It reports
// false if the name is something else.
func (s section) table(name string) (t section, ok bool) {
	values, ok := s.values[name].(map[string]any)
	if s.values[name] == nil {
		ok = true
	}
	t = section{path: s.key(name), values: values}
	for _, key := range s.keys {
		if key[0] == name && len(key) > 1 {
			t.keys = append(t.keys, key[1:])
		}
	}
	return t, ok
}

// tables returns the array of tables of that name, as [[name]] writes it,
// counted from 1 in their paths.
func (s section) tables(name string) (all []section, ok bool) {
	elements, ok := asTables(s.values[name])
	if !ok {
		return nil, false
	}
	below := make([][]toml.Key, 0, len(elements)) // of each element
	var every []toml.Key
	for _, key := range s.keys {
		switch {
		case key[0] != name:
		case len(key) == 1:
			below = append(below, nil)
		default:
			every = append(every, key[1:])
			below[len(below)-1] = append(below[len(below)-1], key[1:])
		}
	}
	if len(below) != len(elements) { // they stand in one list, [{...}, {...}]
		below = sharedKeys(elements, every)
	}
	for i, values := range elements {
		all = append(all, section{path: numbered(s.key(name), i), keys: below[i], values: values})
	}
	return all, true
}

// numbered is the path of the i-th of an array of tables.
func numbered(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i+1) }

// sharedKeys returns the keys of each of several tables, given the keys of all of them
// together.
func sharedKeys(tables []map[string]any, every []toml.Key) [][]toml.Key {
	seen := map[string]bool{}
	at := map[string][]int{} // the places in every of the keys below a name
	for i, key := range every {
		if id := key.String(); !seen[id] {
			seen[id] = true
			at[key[0]] = append(at[key[0]], i)
		}
	}
	keys := make([][]toml.Key, len(tables))
	for k, table := range tables {
		var places []int
		for name := range table {
			places = append(places, at[name]...)
		}
		slices.Sort(places)
		for _, i := range places {
			keys[k] = append(keys[k], every[i])
		}
	}
	return keys
}

// asTables returns raw as a list of tables, which is empty if raw is absent.
func asTables(raw any) (tables []map[string]any, ok bool) {
	switch raw := raw.(type) {
	case nil:
		return nil, true
	case []map[string]any:
		return raw, true
	case []any:
		for _, element := range raw {
			table, ok := element.(map[string]any)
			if !ok {
				return nil, false
			}
			tables = append(tables, table)
		}
		return tables, true
	default:
		return nil, false
	}
}
