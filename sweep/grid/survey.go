package grid

import (
	"path/filepath"
	"slices"

	"github.com/BurntSushi/toml"

	"sweep/sweep"
)

// survey is what must be known of a grid and of all that it includes before it is
// decoded: whether a command trains runs, and which parameters of its own it has.
type survey struct {
	command bool                       // there is a [command] or an [arm.command]
	custom  map[string]sweep.Parameter // by name, with the kind of the first value that a table has
	firstAt map[string]place           // where that value stands
	seen    map[string]bool            // files, by inclusion.id
}

// survey looks through a grid, given its content. What is wrong is left to the decoding.
func (d *decoder) survey(values map[string]any) *survey {
	s := &survey{custom: map[string]sweep.Parameter{}, firstAt: map[string]place{}, seen: map[string]bool{filepath.Clean(d.file): true}}
	s.file(d, values)
	return s
}

// file looks through a file and what it includes.
func (s *survey) file(d *decoder, values map[string]any) {
	s.tables(d, "", values)
	if set, ok := values["set"].(map[string]any); ok {
		s.tables(d, "set.", set)
	}
}

// tables looks through the tables of a file, or of its [set], and of the arms there.
func (s *survey) tables(d *decoder, prefix string, values map[string]any) {
	s.settings(d, prefix, values)
	s.include(d, values)
	arms, _ := asTables(values["arm"])
	for i, arm := range arms {
		s.settings(d, prefix+numbered("arm", i)+".", arm)
		s.include(d, arm)
	}
}

// include looks through the file that a table includes.
func (s *survey) include(d *decoder, values map[string]any) {
	in := inclusionOf(values["include"])
	if in.name == "" || !sweep.IsVisiblePath(in.name) {
		return
	}
	file := d.beside(in.name)
	if s.seen[in.id(file)] {
		return
	}
	s.seen[in.id(file)] = true
	text, err := d.library.text(file)
	if err == nil {
		text, err = addSettings(text, in.set)
	}
	if err != nil || deepLine(text) > 0 {
		return
	}
	included := map[string]any{}
	if _, err := toml.Decode(text, &included); err != nil {
		return
	}
	s.file(newDecoder(file, text, d.library), included)
}

// settings looks through the tables of the whole file, or of an arm.
func (s *survey) settings(d *decoder, prefix string, values map[string]any) {
	s.command = s.command || values["command"] != nil
	for _, name := range []string{"fixed", "grid", "derive"} {
		table, _ := values[name].(map[string]any)
		for _, key := range sortedKeys(table) {
			kind, known := kindOf(table[key], name == "grid")
			if name == "derive" {
				kind, known = sweep.KindNumber, true
			}
			s.note(place{d.file, prefix + name + "." + key}, key, kind, known)
		}
	}
	for _, name := range []string{"zip", "when"} {
		tables, _ := asTables(values[name])
		for i, table := range tables {
			for _, key := range sortedKeys(table) {
				if name == "when" && key == "where" {
					continue
				}
				kind, known := kindOf(table[key], true)
				s.note(place{d.file, prefix + numbered(name, i) + "." + key}, key, kind, known)
			}
		}
	}
}

// note takes down a parameter of the command's own, unless its kind is known.
func (s *survey) note(at place, name string, kind sweep.Kind, known bool) {
	if _, err := sweep.LookupParameter(name); err == nil {
		return
	}
	_, noted := s.custom[name]
	_, placed := s.firstAt[name]
	switch {
	case !known && noted, placed:
	case !known:
		s.custom[name] = sweep.CustomParameter(name, sweep.KindText)
	default:
		s.custom[name], s.firstAt[name] = sweep.CustomParameter(name, kind), at
	}
}

// kindOf returns the kind of a value, or of the first of an axis, and whether it has one.
func kindOf(raw any, axis bool) (kind sweep.Kind, known bool) {
	if list, ok := raw.([]any); ok && axis {
		i := slices.IndexFunc(list, func(v any) bool {
			_, known := kindOf(v, false)
			return known
		})
		if i < 0 {
			return "", false
		}
		return kindOf(list[i], false)
	}
	switch raw.(type) {
	case int64, float64:
		return sweep.KindNumber, true
	case bool:
		return sweep.KindFlag, true
	case string:
		return sweep.KindText, true
	case map[string]any:
		return sweep.KindNumber, axis // a range
	}
	return "", false
}
