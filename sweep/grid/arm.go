package grid

import (
	"slices"

	"sweep/sweep"
)

// Arm is a part of a grid, to be compared with other arms: fixed values, the product
// of axes, and what is derived in each cell.
type Arm struct {
	Name  string       // "" in a grid without [[arm]]
	Fixed sweep.Params // the defaults, replaced by what [fixed] sets
	Axes  []Axis       // in file order, those of the whole file before the arm's own

	rules []rule           // in the order in which they are applied
	keys  map[string]place // where the file sets each parameter that it sets
}

// cell is a combination of the points of an arm's axes.
type cell struct {
	params  sweep.Params
	drawn   []int    // the point on each axis
	at      []int    // the same, but -1 for an axis that does not exist here
	dropped bool     // whether it is excluded, or the same as another because of a [[when]]
	unknown []string // parameters that wait for the rows to be counted, and have their defaults
}

// size returns the number of combinations of the axes' points, some of which may be
// dropped. It is a float64 since it may exceed every integer type.
func (a *Arm) size() float64 {
	cells := 1.0
	for _, axis := range a.Axes {
		cells *= float64(len(axis.Points))
	}
	return cells
}

// cell returns the i-th combination, the last axis changing fastest, and the rule that
// dropped it or failed, if one did. Rules of an arm that was decoded without problems
// do not fail.
func (a *Arm) cell(i int) (c cell, failed rule, err error) {
	places := make([]int, 2*len(a.Axes))
	c = cell{params: a.Fixed, drawn: places[:len(a.Axes)], at: places[len(a.Axes):]}
	for k, axis := range slices.Backward(a.Axes) {
		n := len(axis.Points)
		c.drawn[k], c.at[k] = i%n, i%n
		if axis.Conditional {
			c.at[k] = -1 // until the rule of the [[when]] finds that the axis exists
		} else {
			axis.set(&c.params, i%n)
		}
		i /= n
	}
	for _, r := range a.rules {
		if c.waits(r) {
			continue
		}
		if err := r.apply(&c); err != nil || c.dropped {
			return c, r, err
		}
	}
	return c, nil, nil
}

// waits reports whether a rule reads what is not known yet, so that what it sets is not
// known either.
func (c *cell) waits(r rule) bool {
	if len(c.unknown) == 0 || !slices.ContainsFunc(r.reads(), func(name string) bool { return slices.Contains(c.unknown, name) }) {
		return false
	}
	if name := r.sets(); name != "" {
		c.unknown = append(c.unknown, name)
	}
	return true
}

// where returns the place at which the file sets the parameter, or just its name if
// the file does not.
func (a *Arm) where(name string) place {
	if at, ok := a.keys[name]; ok {
		return at
	}
	return place{key: name}
}

// decides returns the rules that the values of the named parameters depend on, and
// those that drop cells, with the names of all parameters that these depend on.
func (a *Arm) decides(names []string) (rules []rule, all []string) {
	all = slices.Clone(names)
	for _, r := range slices.Backward(a.rules) { // a rule comes after what it reads
		if r.sets() == "" || slices.Contains(all, r.sets()) {
			for _, name := range r.reads() {
				if !slices.Contains(all, name) {
					all = append(all, name)
				}
			}
			rules = append(rules, r)
		}
	}
	slices.Reverse(rules)
	return rules, all
}

// slice returns a smaller arm, in whose cells the named parameters have the same
// combinations of values as in the arm. It has only the first point of the axes, and
// none of the rules, that those parameters do not depend on.
func (a *Arm) slice(names ...string) *Arm {
	rules, deciding := a.decides(names)
	cut := *a
	cut.rules = rules
	cut.Axes = slices.Clone(a.Axes)
	for i, axis := range cut.Axes {
		if !slices.ContainsFunc(axis.Parameters, func(q sweep.Parameter) bool { return slices.Contains(deciding, q.Name) }) {
			cut.Axes[i].Points = axis.Points[:1]
		}
	}
	return &cut
}
