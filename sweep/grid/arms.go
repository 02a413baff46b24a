package grid

import (
	"cmp"
	"slices"
	"strings"

	"sweep/sweep"
)

// decodeArms returns the arms that a file includes and then its own. The settings of
// an arm replace those in an included arm of the same name.
func (d *decoder) decodeArms(root section, included []named) []named {
	arms := slices.Clone(included)
	own := map[string]bool{}
	for _, table := range d.subtables(root, "arm") {
		arm := d.decodeArm(table)
		if own[arm.name] && arm.name != "" {
			d.note(Problem{Key: table.key("name"), Given: tomlText(arm.name), Fault: "names two arms"})
		}
		own[arm.name] = true
		if i := slices.IndexFunc(included, func(a named) bool { return a.name == arm.name }); i >= 0 {
			arms[i].settings = d.override(arms[i].settings, arm.settings)
		} else {
			arms = append(arms, arm)
		}
	}
	return arms
}

// decodeArm reads an arm and the file that it includes.
func (d *decoder) decodeArm(table section) named {
	name := d.decodeArmName(table)
	base := d.include(table)
	own := d.decodeSettings(table)
	own.command = d.decodeCommand(table)
	if len(base.arms) > 0 {
		d.note(Problem{Key: table.key("include"), Given: tomlText(table.values["include"]), Fault: "has arms itself; include it in the whole file"})
	}
	if len(base.predictions) > 0 {
		d.note(Problem{Key: table.key("include"), Given: tomlText(table.values["include"]), Fault: "has predictions, which are about a whole grid; include it in the whole file"})
	}
	return named{name, d.override(base.common, own)}
}

// assembleAll returns the arms of a grid: where it has none, a single one without a
// name.
func (d *decoder) assembleAll(all parts) []Arm {
	if len(all.arms) == 0 {
		return []Arm{d.assemble("", all.common)}
	}
	var arms []Arm
	for _, arm := range all.arms {
		arms = append(arms, d.assemble(arm.name, d.override(all.common, arm.settings)))
	}
	return arms
}

func (d *decoder) decodeArmName(table section) (name string) {
	for _, key := range table.names() {
		switch key {
		case "name":
			name = d.textOf(table.key(key), table.values[key])
			d.checkName(table.key(key), name)
		case "include":
		default:
			if tables := settingTables(); !slices.Contains(tables, key) {
				d.noteUnknown(table, key, append([]string{"name", "include"}, tables...)...)
			}
		}
	}
	if table.values["name"] == nil {
		d.note(Problem{Key: table.key("name"), Line: d.lines[table.path], Fault: "is missing", Allowed: nameAllowed})
	}
	return name
}

// override returns the common settings of a file with an arm's own, which replace
// common ones of the same parameter. An arm must replace all of a common zip.
func (d *decoder) override(common, own settings) settings {
	keys := own.keys()
	taken := func(name string) bool { return keys[name] != (place{}) || keys[otherThan(name)] != (place{}) }
	all := settings{exclusions: slices.Concat(common.exclusions, own.exclusions), command: cmp.Or(own.command, common.command)}
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
			p := cmp.Or(keys[gone[0]], keys[otherThan(gone[0])]).problem()
			p.Fault = "leaves half of a [[zip]]; set all that it moves: " + strings.Join(axis.names(), ", ")
			d.noteOnce(p)
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

// assemble makes an arm of settings. A parameter that is not set, and inherits or has
// its value from the starting adapter, gets it by a rule.
func (d *decoder) assemble(name string, set settings) Arm {
	arm := Arm{Name: name, Fixed: sweep.Defaults(), keys: set.keys()}
	for _, f := range set.fixed {
		f.parameter.Set(&arm.Fixed, f.valueFor(set.command))
	}
	if set.command != nil {
		arm.Fixed.Command = d.stated(set, &arm)
	} else if d.library.survey.command {
		d.refuseBoth(set)
		d.refuseCustom(name, set)
	}
	for _, q := range d.parameters {
		if q.Inherits != "" && !set.fixes(q.Name) {
			q.Set(&arm.Fixed, q.DefaultIn(&arm.Fixed))
		}
	}
	for _, axis := range set.axes {
		arm.Axes = append(arm.Axes, axis.of(set.command))
	}
	var starts adapters
	if len(arm.startingAdapters()) > 0 {
		starts = d.library.adapters
	}
	sorted, circle := inOrder(set.rules(arm.keys, d.parameters, starts, d.library.counts))
	if circle != nil {
		p := arm.where(circle[0]).problem()
		p.Fault = "depends on itself: " + strings.Join(circle, " -> ")
		d.noteOnce(p)
	}
	arm.rules = sorted
	return arm
}
