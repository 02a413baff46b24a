package sweep

import (
	"slices"
	"strings"
)

// Arm is one of the settings that a grid file puts side by side: the product
// of axes, over fixed values, with what is derived in each cell.
type Arm struct {
	Name  string // "" in a grid without [[arm]]
	Fixed Params // the defaults, overlaid with [fixed]
	Axes  []Axis // in file order, those of the whole file before the arm's own

	rules []rule            // in the order in which to apply them
	keys  map[string]string // where the file sets each parameter that it sets
}

// size is the number of cells, a float64 since it may exceed every integer.
func (a *Arm) size() float64 {
	cells := 1.0
	for _, axis := range a.Axes {
		cells *= float64(len(axis.Points))
	}
	return cells
}

// cell returns the parameters of the i-th cell, the last axis changing fastest.
// A fault says which rule failed, and how; the decoder lets none pass.
func (a *Arm) cell(i int) (p Params, failed *rule, fault string) {
	p = a.Fixed
	for _, axis := range slices.Backward(a.Axes) {
		n := len(axis.Points)
		axis.set(&p, i%n)
		i /= n
	}
	for k := range a.rules {
		if fault := a.rules[k].apply(&p); fault != "" {
			return p, &a.rules[k], fault
		}
	}
	return p, nil, ""
}

// where returns the key under which the file sets the parameter, or its name
// if it does not.
func (a *Arm) where(name string) string {
	if key, ok := a.keys[name]; ok {
		return key
	}
	return name
}

// decides returns the names of the parameters that the named ones depend on
// through rules, and their own.
func (a *Arm) decides(names []string) []string {
	all := slices.Clone(names)
	for _, r := range slices.Backward(a.rules) { // a rule comes after what it reads
		if slices.Contains(all, r.parameter.Name) {
			all = append(all, r.reads...)
		}
	}
	return all
}

// slice is the arm with the axes that do not decide the named parameters cut
// to their first value. Its cells are cells of the arm.
func (a *Arm) slice(names ...string) *Arm {
	deciding := a.decides(names)
	cut := *a
	cut.Axes = slices.Clone(a.Axes)
	for i, axis := range cut.Axes {
		if !slices.ContainsFunc(axis.Parameters, func(q Parameter) bool { return slices.Contains(deciding, q.Name) }) {
			cut.Axes[i].Points = axis.Points[:1]
		}
	}
	return &cut
}

// Arm returns the arm of its grid that the run belongs to, which starts its
// name; "" in a grid without [[arm]].
func (r Run) Arm() string {
	arm, _, found := strings.Cut(r.Name, "/")
	if !found {
		return ""
	}
	return arm
}
