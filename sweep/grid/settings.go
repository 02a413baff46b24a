package grid

import (
	"errors"
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/sweep/filter"
)

// settings is the content of [fixed], [grid], [derive], [[zip]], [[when]], [[exclude]]
// and [[require]], either of the whole file or of one arm.
type settings struct {
	fixed      []fixing
	axes       []placedAxis // in file order, and then those of [[when]]
	derived    []derivation
	exclusions []exclusion
	command    *command // nil where there is none
}

type fixing struct {
	at        place
	parameter sweep.Parameter
	value     any // as the built-in trainer has it, with paths from the current folder
	plain     any // as the file has it
}

type placedAxis struct {
	Axis
	plain    [][]any  // the points as the file has them
	at       []place  // of each of its parameters
	branches []branch // if a [[when]] has the axis
}

// of returns the axis with the values for a command, or for the built-in trainer.
func (a placedAxis) of(c *command) Axis {
	if c != nil {
		a.Points = a.plain
	}
	return a.Axis
}

// valueFor is the value for a command, or for the built-in trainer.
func (f fixing) valueFor(c *command) any {
	if c != nil {
		return f.plain
	}
	return f.value
}

// keys returns where each parameter is set.
func (s settings) keys() map[string]place {
	keys := map[string]place{}
	for _, f := range s.fixed {
		keys[f.parameter.Name] = f.at
	}
	for _, axis := range s.axes {
		for i, q := range axis.Parameters {
			keys[q.Name] = axis.at[i]
		}
	}
	for _, d := range s.derived {
		keys[d.parameter.Name] = d.at
	}
	return keys
}

// fixes reports whether [fixed] sets the parameter.
func (s settings) fixes(name string) bool {
	return slices.ContainsFunc(s.fixed, func(f fixing) bool { return f.parameter.Name == name })
}

// conditional reports whether a [[when]] sets the parameter, and [fixed] does
// not.
func (s settings) conditional(name string) bool {
	return !s.fixes(name) && slices.ContainsFunc(s.axes, func(a placedAxis) bool {
		return a.Conditional && a.Parameters[0].Name == name
	})
}

// rules returns the rules of the settings. A parameter that is not set, and inherits
// or has its value from a starting adapter, gets it by a rule.
func (s settings) rules(keys map[string]place, parameters []sweep.Parameter, starts adapters, rows counts) (rules []rule) {
	for _, x := range s.exclusions {
		rules = append(rules, x)
	}
	for _, dv := range s.derived {
		rules = append(rules, dv)
	}
	follows := func(q sweep.Parameter) rule {
		switch {
		case s.fixes(q.Name):
			return nil
		case q.Inherits != "":
			return inheritance{q}
		case starts != nil && q.Has(sweep.RoleAdopted):
			return adoption{q, starts}
		}
		return nil
	}
	for i, axis := range s.axes {
		if axis.Conditional {
			q := axis.Parameters[0]
			rules = append(rules, presence{q, follows(q), i, axis.of(s.command), axis.branches})
		}
	}
	for _, q := range parameters {
		if _, set := keys[q.Name]; set && q.Decides != "" && s.command == nil {
			rules = append(rules, deciding(q, rows))
		}
		if r := follows(q); r != nil && keys[q.Name] == (place{}) {
			rules = append(rules, r)
		}
	}
	return rules
}

// settingTables returns the names of the tables that hold settings.
func settingTables() []string {
	return []string{"fixed", "grid", "zip", "derive", "when", "exclude", "require", "command"}
}

// decodeSettings reads the settings in s but for a command, and notes parameters that are
// set twice.
func (d *decoder) decodeSettings(s section) settings {
	taken := claims{}
	set := settings{fixed: d.decodeFixed(s, taken)}
	grid := d.decodeGrid(s, taken)
	zips := d.decodeZips(s, taken)
	set.axes = inFileOrder(s, grid, zips)
	set.derived = d.decodeDerive(s, taken)
	set.axes = append(set.axes, d.decodeWhens(s, taken)...)
	set.exclusions = d.decodeExclusions(s)
	if !d.library.survey.command {
		d.refuseBoth(set)
	}
	return set
}

// claims holds the table in which each parameter was set first.
type claims map[string]string

// claim notes a parameter that was set in another table before.
func (d *decoder) claim(c claims, q sweep.Parameter, key, table string) {
	if other, ok := c[q.Name]; ok {
		d.note(Problem{Key: key, Fault: "stands in " + other + " as well; keep one of the two"})
		return
	}
	c[q.Name] = table
}

// subtable returns the table of that name in s, empty where there is none.
func (d *decoder) subtable(s section, name string) section {
	t, ok := s.table(name)
	if !ok {
		d.note(Problem{Key: s.key(name), Fault: "is no table", Allowed: "one table headed [" + header(s, name) + "]"})
	}
	return t
}

// subtables returns the tables headed [[name]] in s.
func (d *decoder) subtables(s section, name string) []section {
	all, ok := s.tables(name)
	if !ok {
		d.note(Problem{Key: s.key(name), Fault: "is no list of tables", Allowed: "tables headed [[" + header(s, name) + "]]"})
	}
	return d.atMost(all, s, name)
}

// header returns the header of a table in s, without brackets.
func header(s section, name string) string {
	if s.path != "" {
		return "arm." + name
	}
	return name
}

// lookup returns the parameter of that name, and notes if there is none.
func (d *decoder) lookup(s section, name string) (sweep.Parameter, bool) {
	q, known := d.named(name)
	switch {
	case known && !q.IsCustom():
		return q, true
	case d.library.survey.command:
		return d.custom(s, name)
	}
	d.note(unknownParameter(place{d.file, s.key(name)}, name))
	return sweep.Parameter{}, false
}

// named returns the parameter of that name, which commands may have of their own.
func (d *decoder) named(name string) (q sweep.Parameter, known bool) {
	for _, q := range d.parameters {
		if q.Name == name {
			if d.library.survey.command {
				q = q.OfCommand()
			}
			return q, true
		}
	}
	q, known = d.library.survey.custom[name]
	return q, known && d.library.survey.command
}

// unknownParameter is the problem of a name that no parameter has.
func unknownParameter(at place, name string) Problem {
	p := at.problem()
	p.Fault, p.Nearest = "is no parameter", sweep.NearestParameter(name)
	p.Unlisted = p.Nearest == ""
	return p
}

func (d *decoder) decodeFixed(s section, taken claims) (fixed []fixing) {
	table := d.subtable(s, "fixed")
	for _, name := range table.names() {
		q, ok := d.lookup(table, name)
		if !ok {
			continue
		}
		key, raw := table.key(name), table.values[name]
		d.claim(taken, q, key, "[fixed]")
		v, err := q.Convert(raw)
		if err != nil {
			d.note(valueProblem(q, key, raw, fmt.Errorf("%w%s%s", err, d.kindHint(q), fixedHint(q, raw))))
			continue
		}
		fixed = append(fixed, fixing{place{d.file, key}, q, d.resolve(q, v), v})
	}
	return fixed
}

// fixedHint returns a hint at [grid], for an axis that was written in [fixed].
func fixedHint(q sweep.Parameter, raw any) string {
	_, isList := raw.([]any)
	_, isTable := raw.(map[string]any)
	if isTable && !q.IsTable() || isList && !q.IsList() {
		return " (several values belong in [grid])"
	}
	return ""
}

func (d *decoder) decodeDerive(s section, taken claims) (derived []derivation) {
	table := d.subtable(s, "derive")
	for _, name := range table.names() {
		q, ok := d.lookup(table, name)
		if !ok {
			continue
		}
		key, raw := table.key(name), table.values[name]
		d.claim(taken, q, key, "[derive]")
		text, ok := raw.(string)
		if !ok || !q.IsNumeric() {
			d.note(derivedProblem(q, key, raw))
			continue
		}
		f, err := filter.NewFormula(text, d.library.customs()...)
		if syntax, wrong := errors.AsType[*filter.SyntaxError](err); wrong {
			d.note(Problem{Key: key, Given: tomlText(raw), Fault: syntax.Fault, Allowed: filter.FormulaAllowed(), Nearest: syntax.Nearest})
			continue
		}
		derived = append(derived, derivation{place{d.file, key}, q, text, f})
	}
	return derived
}

func derivedProblem(q sweep.Parameter, key string, raw any) Problem {
	if !q.IsNumeric() {
		return Problem{Key: key, Fault: "cannot be derived, being no number; set it in [fixed] or [grid]"}
	}
	return Problem{
		Key: key, Given: tomlText(raw), Fault: "is no formula; a plain value belongs in [fixed]",
		Allowed: `arithmetic in quotes, such as "2*r"`,
	}
}
