package grid

import (
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/sweep/filter"
)

// presence is the rule of a parameter with an axis in [[when]]. It sets the parameter
// from the axis in the cells where one of the conditions is true. In the other cells
// the axis does not exist, and the parameter has its fixed value or its default.
type presence struct {
	parameter sweep.Parameter
	otherwise rule // gives it its default, where that depends on another parameter; may be nil
	axis      int  // in the arm
	points    Axis // the points of all branches, one after the other
	branches  []branch
}

// branch is the part of an axis that stands in one [[when]].
type branch struct {
	at       place
	where    *filter.Filter
	from, to int // its points
}

func (r presence) sets() string { return r.parameter.Name }

func (r presence) reads() []string {
	var names []string
	if r.otherwise != nil {
		names = append(names, r.otherwise.reads()...)
	}
	for _, b := range r.branches {
		names = append(names, b.where.Reads()...)
	}
	return names
}

func (r presence) problem() Problem { return r.branches[len(r.branches)-1].at.problem() }

func (r presence) apply(c *cell) error {
	if r.otherwise != nil {
		if err := r.otherwise.apply(c); err != nil {
			return err
		}
	}
	var holding []branch
	for _, b := range r.branches {
		holds, err := b.where.Holds(c.params)
		if err != nil {
			return err
		}
		if holds {
			holding = append(holding, b)
		}
	}
	switch at := c.drawn[r.axis]; {
	case len(holding) == 0:
		c.dropped = at > 0 // as it is the same cell as the one at the first point
	case len(holding) > 1:
		return fmt.Errorf("has another value by %s; only one [[when]] of a parameter may hold", holding[0].at.key)
	case at < holding[0].from || at >= holding[0].to:
		c.dropped = true
	default:
		c.at[r.axis] = at
		r.points.set(&c.params, at)
		c.state(r.parameter.Name)
	}
	return nil
}

// decodeWhens returns an axis for each parameter that has values in a [[when]] of s.
func (d *decoder) decodeWhens(s section, taken claims) (axes []placedAxis) {
	for _, table := range d.subtables(s, "when") {
		where, ok := d.condition(table)
		for _, name := range table.names() {
			if name == "where" {
				continue
			}
			q, known := d.lookup(table, name)
			if !known {
				continue
			}
			key := table.key(name)
			if taken[name] != "[fixed]" && taken[name] != "[[when]]" {
				d.claim(taken, q, key, "[[when]]")
			}
			if values, plain, sound := d.axisValues(q, key, table.values[name], true); sound && ok {
				axes = withBranch(axes, q, place{d.file, key}, [2][]any{values, plain}, where)
			}
		}
		if len(table.names()) < 2 && ok {
			d.note(Problem{Key: table.path, Line: d.lines[table.path], Fault: "has no axis beside its condition; give it one, such as momentum = [0.5, 0.9]"})
		}
	}
	return axes
}

// withBranch adds values, also as the file has them, to the axis of the parameter, or adds
// a new axis.
func withBranch(axes []placedAxis, q sweep.Parameter, at place, values [2][]any, where *filter.Filter) []placedAxis {
	i := slices.IndexFunc(axes, func(a placedAxis) bool { return a.Parameters[0].Name == q.Name })
	if i < 0 {
		i = len(axes)
		axes = append(axes, placedAxis{Axis: Axis{Parameters: []sweep.Parameter{q}, Conditional: true}, at: []place{at}})
	}
	axis := &axes[i]
	from := len(axis.Points)
	for i, v := range values[0] {
		axis.Points, axis.plain = append(axis.Points, []any{v}), append(axis.plain, []any{values[1][i]})
	}
	axis.branches = append(axis.branches, branch{at, where, from, len(axis.Points)})
	return axes
}
