package grid

import (
	"fmt"
	"maps"
	"slices"

	"sweep/sweep"
	"sweep/sweep/filter"
)

// maxCustomName is the largest length of a name of a command's own parameter.
const maxCustomName = 100

// customs returns the parameters of commands' own that the grid has, ascending by name.
func (l *library) customs() (all []sweep.Parameter) {
	if !l.survey.command {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(l.survey.custom)) {
		all = append(all, l.survey.custom[name])
	}
	return all
}

// custom returns the parameter of the command's own of that name. It notes a name that
// cannot be one.
func (d *decoder) custom(s section, name string) (q sweep.Parameter, ok bool) {
	q = d.library.survey.custom[name]
	if p := customProblem(q); p.Fault != "" {
		p.Key = s.key(name)
		d.note(p)
		return q, false
	}
	return q, true
}

// customProblem says why a parameter of a command's own cannot have its name, with no
// Fault if it can.
func customProblem(q sweep.Parameter) (p Problem) {
	ours, alias := sweep.ParameterByAlias(q.Name)
	switch {
	case !sweep.IsCustomName(q.Name):
		p.Fault, p.Allowed = "is no name of a parameter", "letters, digits, '_', '.' and '-', starting with a letter or '_'"
	case len(q.Name) > maxCustomName:
		p.Fault = fmt.Sprintf("has a name of %d characters, and at most %d are allowed", len(q.Name), maxCustomName)
	case alias && alike(q, ours):
		p.Fault = fmt.Sprintf("is %s here: set that, and write {%s} where the command has its value", ours.Name, ours.Name)
	case sweep.IsCommandPlaceholder(q.Name):
		p.Fault = fmt.Sprintf("has the name of the placeholder {%s}, which every run has; choose another", q.Name)
	case slices.ContainsFunc(sweep.Columns(), func(c sweep.Column) bool { return c.Name == q.Name }):
		p.Fault = "has the name of a column of 'sweep ls', which every run has; choose another"
	case slices.Contains(filter.Reserved(), q.Name):
		p.Fault = "has the name of a word of conditions; choose another"
	}
	return p
}

// alike reports whether a parameter of a command's own has values of the kind of another.
func alike(own, ours sweep.Parameter) bool {
	switch own.Kind {
	case sweep.KindNumber:
		return ours.IsNumeric()
	case sweep.KindFlag:
		return ours.Kind == sweep.KindFlag
	default:
		return ours.Kind == sweep.KindChoice || ours.Kind == sweep.KindPath || ours.IsList()
	}
}

// kindHint says where a parameter of the command's own has the kind that a value lacks.
func (d *decoder) kindHint(q sweep.Parameter) string {
	at, placed := d.library.firstAt(q)
	if !placed {
		return ""
	}
	return fmt.Sprintf(", where %s has %s", at.key, map[sweep.Kind]string{sweep.KindNumber: "a number", sweep.KindFlag: "a flag", sweep.KindText: "a text"}[q.Kind])
}

// firstAt returns where a parameter of the command's own has the value that decides its
// kind.
func (l *library) firstAt(q sweep.Parameter) (at place, placed bool) {
	at, placed = l.survey.firstAt[q.Name]
	return at, placed && q.IsCustom()
}

// refuseCustom notes the parameters and the words of an arm without a command that only
// one with a command may have.
func (d *decoder) refuseCustom(arm string, set settings) {
	refuse := func(q sweep.Parameter, at place, values ...any) {
		strict, err := sweep.LookupParameter(q.Name)
		if err != nil {
			p := unknownParameter(at, q.Name)
			p.Fault = "is no parameter, and no command that could have it trains " + armText(arm)
			d.noteOnce(p)
			return
		}
		for _, v := range values {
			if _, err := strict.Convert(listed(v)); err != nil {
				p := at.problem()
				p.Given, p.Fault, p.Allowed = tomlText(v), err.Error()+" where no command trains: in "+armText(arm), strict.Allowed()
				d.noteOnce(p)
			}
		}
	}
	for _, f := range set.fixed {
		refuse(f.parameter, f.at, f.plain)
	}
	for _, axis := range set.axes {
		for i, q := range axis.Parameters {
			var values []any
			for _, point := range axis.plain {
				values = append(values, point[i])
			}
			refuse(q, axis.at[i], values...)
		}
	}
	for _, dv := range set.derived {
		if dv.parameter.IsCustom() {
			refuse(dv.parameter, dv.at)
		}
	}
}

func armText(arm string) string {
	if arm == "" {
		return "this grid"
	}
	return "arm " + tomlText(arm)
}
