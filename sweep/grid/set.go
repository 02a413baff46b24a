package grid

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"sweep/sweep"
)

// setTables are the tables of a grid that a setting of the command line may be for.
var setTables = []string{"fixed", "grid", "derive", "command"}

const setAllowed = `lr=1e-3, 'grid.alpha=[8, 64]', 'derive.alpha="2*r"' or name=other, with arm.NAME. before it for one arm`

// assignment is a setting of the command line, such as "grid.alpha=[8, 64]".
type assignment struct {
	arm   string // "" for all
	table string // one of setTables; "" for the name and the question of the grid
	name  string // of the parameter
	value any    // as the TOML package decodes it
}

// addSettings returns the text of a grid with settings of the command line at its end,
// as the table [set], so that it means the same when it is read again.
func addSettings(text string, settings []string) (string, error) {
	if len(settings) == 0 {
		return text, nil
	}
	var all []assignment
	for _, setting := range settings {
		if !sweep.IsVisiblePath(setting) {
			return "", fmt.Errorf("%q: %w", setting, sweep.ErrHiddenPath)
		}
		a, err := parseSetting(setting)
		if err != nil {
			return "", fmt.Errorf("%s: %w", setting, err)
		}
		if i := slices.IndexFunc(all, func(b assignment) bool {
			return a.arm == b.arm && a.name == b.name && (a.table == "command") == (b.table == "command")
		}); i >= 0 {
			return "", fmt.Errorf("%s: %s is set twice; keep one", setting, a.name)
		}
		all = append(all, a)
	}
	return strings.TrimRight(text, "\n") + "\n\n# What the command line set.\n" + setText(all), nil
}

// parseSetting reads a setting. What is no TOML is a text, so that it needs no quotes.
func parseSetting(setting string) (a assignment, err error) {
	key, value, ok := strings.Cut(setting, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" || value == "" {
		return a, errors.New("is no setting; write it as in " + setAllowed)
	}
	a.value = valueOf(value)
	words := keyWords(key)
	a.name, words = words[len(words)-1], words[:len(words)-1]
	if len(words) > 1 && words[0] == "arm" {
		if last := words[len(words)-1]; len(words) > 2 && slices.Contains(setTables, last) {
			a.table, words = last, words[:len(words)-1]
		}
		a.arm, words = strings.Join(words[1:], "."), nil
	}
	switch {
	case len(words) == 1 && slices.Contains(setTables, words[0]):
		a.table = words[0]
	case len(words) > 0:
		return a, fmt.Errorf("%s is no place for a setting; write it as in %s", strings.Join(words, "."), setAllowed)
	case a.table == "" && a.arm == "" && (a.name == "name" || a.name == "question"):
	case a.table == "":
		a.table = usualTable(a.name, a.value)
	}
	return a, nil
}

// keyWords splits a key at its dots, except in quotes, which are taken off.
func keyWords(key string) (words []string) {
	var word strings.Builder
	var quote rune
	for _, r := range key {
		switch {
		case r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case quote == 0 && r == '.':
			words = append(words, word.String())
			word.Reset()
		default:
			word.WriteRune(r)
		}
	}
	return append(words, word.String())
}

// usualTable is [grid] for a list of values, [fixed] for a single one.
func usualTable(name string, value any) string {
	q, err := sweep.LookupParameter(name)
	switch value := value.(type) {
	case map[string]any:
		if err != nil || !q.IsTable() {
			return "grid"
		}
	case []map[string]any:
		return "grid"
	case []any:
		if err != nil || !q.IsList() {
			return "grid"
		}
		if len(value) > 0 && slices.ContainsFunc(value, func(v any) bool { _, list := v.([]any); return list }) {
			return "grid"
		}
	}
	return "fixed"
}

// valueOf is what a text means in TOML, or the text itself.
func valueOf(text string) any {
	var read struct {
		Value any `toml:"value"`
	}
	if _, err := toml.Decode("value = "+text, &read); err != nil || !writable(read.Value) {
		return text
	}
	return read.Value
}

// writable reports whether tomlText writes a value so that it is read again as it is.
func writable(value any) bool {
	switch value := value.(type) {
	case string, bool, int64:
		return true
	case float64:
		return !math.IsNaN(value) && !math.IsInf(value, 0)
	case []any:
		return !slices.ContainsFunc(value, func(v any) bool { return !writable(v) })
	case []map[string]any:
		return writable(anys(value))
	case map[string]any:
		return !slices.ContainsFunc(slices.Collect(maps.Values(value)), func(v any) bool { return !writable(v) })
	default:
		return false
	}
}

// setText writes settings as a grid has them.
func setText(all []assignment) string {
	var b strings.Builder
	write := func(header, arm, table string) {
		begun := false
		for _, a := range all {
			if a.arm != arm || a.table != table {
				continue
			}
			if !begun {
				fmt.Fprintf(&b, "[%s]\n", header)
				begun = true
			}
			fmt.Fprintf(&b, "%s = %s\n", tomlKey(a.name), tomlText(a.value))
		}
	}
	write("set", "", "")
	for _, table := range setTables {
		write("set."+table, "", table)
	}
	var arms []string
	for _, a := range all {
		if a.arm != "" && !slices.Contains(arms, a.arm) {
			arms = append(arms, a.arm)
		}
	}
	for _, arm := range arms {
		fmt.Fprintf(&b, "[[set.arm]]\nname = %s\n", tomlText(arm))
		for _, table := range setTables {
			write("set.arm."+table, arm, table)
		}
	}
	return b.String()
}

// tomlKey writes a key, in quotes if it has to be.
func tomlKey(name string) string {
	plain := func(r rune) bool {
		return r == '_' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if strings.TrimFunc(name, plain) == "" && name != "" {
		return name
	}
	return tomlText(name)
}

// Settings are those that the command line gave to a grid, in its form, by the grid's
// text.
func Settings(text string) []string {
	var read struct {
		Set map[string]any `toml:"set"`
	}
	if _, err := toml.Decode(text, &read); err != nil {
		return nil // whoever reads the grid says so
	}
	var all []string
	tables := func(prefix string, set map[string]any) {
		for _, table := range setTables {
			values, _ := set[table].(map[string]any)
			for _, name := range sortedKeys(values) {
				all = append(all, fmt.Sprintf("%s%s.%s=%s", prefix, table, tomlKey(name), tomlText(values[name])))
			}
		}
	}
	for _, name := range []string{"name", "question"} {
		if value, ok := read.Set[name].(string); ok {
			all = append(all, name+"="+value)
		}
	}
	tables("", read.Set)
	arms, _ := asTables(read.Set["arm"])
	for _, arm := range arms {
		tables(fmt.Sprintf("arm.%v.", arm["name"]), arm)
	}
	return all
}

// decodeSet replaces what a grid has by its [set].
func (d *decoder) decodeSet(root section, own parts) parts {
	if root.values["set"] == nil {
		return own
	}
	table := d.subtable(root, "set")
	for _, name := range table.names() {
		switch {
		case name == "name":
			own.name = d.textOf(table.key(name), table.values[name])
			d.checkName(table.key(name), own.name)
		case name == "question":
			own.question = d.textOf(table.key(name), table.values[name])
		case name != "arm" && !slices.Contains(setTables, name):
			d.noteUnknown(table, name, append([]string{"name", "question", "arm"}, setTables...)...)
		}
	}
	all := d.decodeSettings(table)
	own.common = d.replace(own.common, all)
	for i, arm := range own.arms {
		if arm.setsAnyOf(all) {
			own.arms[i].settings = d.replace(arm.settings, all)
		}
	}
	own = d.setCommands(own, table)
	for _, sub := range d.subtables(table, "arm") {
		name := d.textOf(sub.key("name"), sub.values["name"])
		i := slices.IndexFunc(own.arms, func(a named) bool { return a.name == name })
		if i < 0 {
			d.noteUnknownArm(name, own.arms)
			continue
		}
		own.arms[i].settings = d.replace(own.arms[i].settings, d.decodeSettings(sub))
		own.arms[i].command = d.withSet(cmp.Or(own.arms[i].command, own.common.command), sub)
	}
	return own
}

// setCommands replaces what a [set.command] sets of all commands that a grid has.
func (d *decoder) setCommands(own parts, table section) parts {
	inArms := false
	for i, arm := range own.arms {
		if arm.command != nil {
			inArms, own.arms[i].command = true, d.withSet(arm.command, table)
		}
	}
	if own.common.command != nil || !inArms {
		own.common.command = d.withSet(own.common.command, table)
	}
	return own
}

// setsAnyOf reports whether settings set a parameter that others do.
func (s settings) setsAnyOf(others settings) bool {
	keys := s.keys()
	for name := range others.keys() {
		if _, both := keys[name]; both {
			return true
		}
	}
	return false
}

// replace is override, but an axis that replaces one stays in its place, so that cells
// keep their names.
func (d *decoder) replace(base, own settings) settings {
	all := d.override(base, own)
	var axes []placedAxis
	moved := map[string]bool{}
	for _, axis := range base.axes {
		for _, other := range all.axes {
			if slices.Equal(axis.names(), other.names()) && axis.Conditional == other.Conditional {
				axes = append(axes, other)
				moved[strings.Join(other.names(), " ")] = true
			}
		}
	}
	for _, axis := range all.axes {
		if !moved[strings.Join(axis.names(), " ")] {
			axes = append(axes, axis)
		}
	}
	all.axes = axes
	return all
}

func (d *decoder) noteUnknownArm(name string, arms []named) {
	p := Problem{Key: "set.arm." + name, Fault: "names no arm of the grid"}
	var known []string
	for _, arm := range arms {
		known = append(known, arm.name)
	}
	if p.Allowed = strings.Join(known, ", "); len(known) == 0 {
		p.Allowed = "a setting without arm., as the grid has no [[arm]]"
	}
	p.Nearest = sweep.Nearest(name, known)
	d.note(p)
}

// asFlag says of a problem in [set] that it is one of the command line.
func (p Problem) asFlag() Problem {
	if key, ok := strings.CutPrefix(p.Key, "set."); ok {
		p.File, p.Line, p.Key = "--set", 0, key
	}
	return p
}
