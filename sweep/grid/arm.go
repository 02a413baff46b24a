package grid

import (
	"slices"

	"sweep/sweep"
)

// Arm is one of the settings that a grid file puts side by side: the product
// of axes, over fixed values, with what is derived in each cell.
type Arm struct {
	Name  string       // "" in a grid without [[arm]]
	Fixed sweep.Params // the defaults, overlaid with [fixed]
	Axes  []Axis       // in file order, those of the whole file before the arm's own

	rules []rule           // in the order in which to apply them
	keys  map[string]place // where the file sets each parameter that it sets
}

// cell is a place in an arm, with the parameters that it has there.
type cell struct {
	params  sweep.Params
	drawn   []int // a point of each axis
	at      []int // the same, and -1 on an axis that does not exist here
	dropped bool  // it is excluded, or the same as another by a [[when]]
}

// size is the number of combinations of the axes' points, of which some may be
// no cells. It is a float64 since it may exceed every integer.
func (a *Arm) size() float64 {
	cells := 1.0
	for _, axis := range a.Axes {
		cells *= float64(len(axis.Points))
	}
	return cells
}

// cell returns the i-th combination, the last axis changing fastest. An error
// says how the rule failed; the decoder lets none pass.
func (a *Arm) cell(i int) (c cell, failed rule, err error) {
	places := make([]int, 2*len(a.Axes))
	c = cell{params: a.Fixed, drawn: places[:len(a.Axes)], at: places[len(a.Axes):]}
	for k, axis := range slices.Backward(a.Axes) {
		n := len(axis.Points)
		c.drawn[k], c.at[k] = i%n, i%n
		if axis.Conditional {
			c.at[k] = -1 // until its rule finds that it exists
		} else {
			axis.set(&c.params, i%n)
		}
		i /= n
	}
	for _, r := range a.rules {
		if err := r.apply(&c); err != nil || c.dropped {
			return c, r, err
		}
	}
	return c, nil, nil
}

// where returns the place at which the file sets the parameter, or its name if
// it does not.
func (a *Arm) where(name string) place {
	if at, ok := a.keys[name]; ok {
		return at
	}
	return place{key: name}
}

// decides returns the rules that decide what the named parameters are and
// whether there is a cell, and the names of all parameters that do so.
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

// slice is the arm with the axes that do not decide the named parameters cut
// to their first value, and without the rules that do not. What its cells have
// of those parameters, cells of the arm have.
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
