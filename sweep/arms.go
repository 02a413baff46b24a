package sweep

import (
	"fmt"
	"slices"
	"strings"
)

// decodeArms returns the arms of a grid file, or, where it has none, the one
// that the whole file is.
func (d *decoder) decodeArms(root section) []Arm {
	common := d.decodeSettings(root)
	tables := d.subtables(root, "arm")
	if len(tables) == 0 {
		return []Arm{d.assemble("", common)}
	}
	var arms []Arm
	for _, table := range tables {
		name := d.decodeArmName(table)
		if slices.ContainsFunc(arms, func(a Arm) bool { return a.Name == name && name != "" }) {
			d.note(Problem{Key: table.key("name"), Given: tomlText(name), Fault: "names two arms"})
		}
		arms = append(arms, d.assemble(name, d.override(common, d.decodeSettings(table))))
	}
	return arms
}

func (d *decoder) decodeArmName(table section) (name string) {
	for _, key := range table.names() {
		switch key {
		case "name":
			name = d.textOf(table.key(key), table.values[key])
			d.checkName(table.key(key), name)
		default:
			if tables := settingTables(); !slices.Contains(tables, key) {
				d.noteUnknown(table, key, append([]string{"name"}, tables...)...)
			}
		}
	}
	if table.values["name"] == nil {
		d.note(Problem{Key: table.key("name"), Line: d.lines[table.path], Fault: "is missing", Allowed: nameAllowed})
	}
	return name
}

// override returns the common settings of a file with an arm's own, which
// replace those of the same name. An arm replaces a common zip as a whole.
func (d *decoder) override(common, own settings) settings {
	keys := own.keys()
	taken := func(name string) bool { return keys[name] != "" }
	all := settings{exclusions: slices.Concat(common.exclusions, own.exclusions)}
	for _, f := range common.fixed {
		if !taken(f.parameter.Name) || own.conditional(f.parameter.Name) {
			all.fixed = append(all.fixed, f)
		}
	}
	for _, axis := range common.axes {
		gone := slices.DeleteFunc(axis.names(), func(name string) bool { return !taken(name) })
		switch {
		case len(gone) == 0:
			all.axes = append(all.axes, axis)
		case len(gone) < len(axis.Parameters):
			d.note(Problem{Key: keys[gone[0]], Fault: fmt.Sprintf(
				"leaves half of a [[zip]]; set all that it moves: %s", strings.Join(axis.names(), ", "))})
		}
	}
	for _, dv := range common.derived {
		if !taken(dv.parameter.Name) {
			all.derived = append(all.derived, dv)
		}
	}
	all.fixed = append(all.fixed, own.fixed...)
	all.axes = append(all.axes, own.axes...)
	all.derived = append(all.derived, own.derived...)
	return all
}

// assemble makes settings an arm. What inherits and is set nowhere follows by a
// rule.
func (d *decoder) assemble(name string, set settings) Arm {
	arm := Arm{Name: name, Fixed: Defaults(), keys: set.keys()}
	for _, f := range set.fixed {
		f.parameter.Set(&arm.Fixed, f.value)
	}
	for _, q := range d.parameters {
		if q.Inherits != "" && !set.fixes(q.Name) {
			q.Set(&arm.Fixed, q.defaultIn(&arm.Fixed))
		}
	}
	for _, axis := range set.axes {
		arm.Axes = append(arm.Axes, axis.Axis)
	}
	sorted, circle := inOrder(set.rules(arm.keys, d.parameters))
	if circle != nil {
		d.noteOnce(Problem{Key: arm.where(circle[0]), Fault: "depends on itself: " + strings.Join(circle, " -> ")})
	}
	arm.rules = sorted
	return arm
}
