package sweep

import (
	"maps"
	"math"
	"regexp"
	"slices"
)

// Custom is the parameters of a run that a command trains and that are no Parameters
// here, by name. A value is a float64, a bool or a string.
type Custom map[string]any

// CustomParameter returns the parameter of a command's own that has the name. Its kind is
// KindNumber, KindFlag or KindText. Its value is nil in runs that do not have it.
func CustomParameter(name string, kind Kind) Parameter {
	return Parameter{
		Name: name, Kind: kind, Doc: "A parameter of the command's own.", Min: -math.MaxFloat64, Max: math.MaxFloat64, custom: true,
		field: func(p *Params) any {
			v := p.Custom[name]
			return &v
		},
		unused: never,
	}
}

// customName is the form of a name that a parameter of a command's own may have.
var customName = regexp.MustCompile(`^` + nameForm + `$`)

// IsCustomName reports whether a parameter of a command's own may have the name: letters,
// digits, '_', '.' and '-', after a letter or '_'.
func IsCustomName(name string) bool { return customName.MatchString(name) }

// IsCustom reports whether it is one of a command's own.
func (q Parameter) IsCustom() bool { return q.custom }

// OfCommand returns the parameter as runs of a command have it: of words that name a
// choice or a module, it takes those that sweep does not know as well, and a path may be
// the name of anything. The words that decide the scale of the LoRA update, or whether there
// is one, are as ever.
func (q Parameter) OfCommand() Parameter {
	q.open = (q.Kind == KindChoice || q.Kind == KindTargets || q.Kind == KindPath) && !q.Has(RoleScale) && q.Name != "method"
	return q
}

// IsOpen reports whether OfCommand opened the parameter to words that sweep does not know.
func (q Parameter) IsOpen() bool { return q.open }

// with returns the parameters with one more value, which replaces that of its name.
func (c Custom) with(name string, v any) Custom {
	all := make(Custom, len(c)+1)
	maps.Copy(all, c)
	all[name] = v
	return all
}

// Names returns the names, ascending.
func (c Custom) Names() []string { return slices.Sorted(maps.Keys(c)) }

// text writes them, a line each.
func (c Custom) text() string {
	text := ""
	for _, name := range c.Names() {
		text += "custom." + name + " = " + Parameter{}.Canonical(c[name]) + "\n"
	}
	return text
}
