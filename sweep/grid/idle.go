package grid

import (
	"fmt"
	"slices"

	"sweep/sweep"
)

// idleSetting counts in how many cells a setting of a grid is unused.
type idleSetting struct {
	at        place
	parameter sweep.Parameter

	varies bool   // it is an axis, or set by a rule
	cells  int    // in the arms that set it
	unused int    // how many of the cells do not use it
	why    string // the first of these does not use it
	moved  bool   // whether its value in one of these is not that of the normal form
}

// idleSettings counts the cells for each setting of a grid.
type idleSettings struct {
	of    map[string][]*idleSetting // by arm
	order []*idleSetting
}

// newIdleSettings leaves out a setting that a rule of the arm reads, since it acts
// through what the rule sets.
func newIdleSettings(spec *Spec) idleSettings {
	n := idleSettings{of: map[string][]*idleSetting{}}
	known := map[place]*idleSetting{}
	all := sweep.Parameters()
	for _, arm := range spec.Arms {
		for _, q := range all {
			at, set := arm.keys[q.Name]
			if !set || arm.reads(q.Name) {
				continue
			}
			if known[at] == nil {
				known[at] = &idleSetting{at: at, parameter: q}
				n.order = append(n.order, known[at])
			}
			known[at].varies = known[at].varies || arm.varies(q.Name)
			n.of[arm.Name] = append(n.of[arm.Name], known[at])
		}
	}
	return n
}

// reads reports whether a rule reads the parameter to set another. That the steps of
// epochs are counted by the rows is no use of what the rows do not depend on.
func (a *Arm) reads(name string) bool {
	return slices.ContainsFunc(a.rules, func(r rule) bool {
		_, counts := r.(counting)
		return r.sets() != "" && slices.Contains(r.reads(), name) && (!counts || name == "epochs")
	})
}

// varies reports whether the parameter has several values on an axis of the arm, or is
// set by a rule.
func (a *Arm) varies(name string) bool {
	return slices.ContainsFunc(a.Axes, func(axis Axis) bool { return len(axis.Points) > 1 && slices.Contains(axis.names(), name) }) ||
		slices.ContainsFunc(a.rules, func(r rule) bool { return r.sets() == name })
}

// count counts one more cell, given its normal form.
func (n idleSettings) count(run sweep.Run, normal *sweep.Params) {
	for _, s := range n.of[run.Arm] {
		s.cells++
		why := s.parameter.Unused(run.Params)
		if why == "" {
			continue
		}
		if s.unused++; s.unused == 1 {
			s.why = why
		}
		s.moved = s.moved || s.parameter.Canonical(s.parameter.Value(*normal)) != s.parameter.Canonical(s.parameter.Value(run.Params))
	}
}

// notes reports the settings that no cell uses, although they are not the default, and
// those that vary and are unused in some cells.
func (n idleSettings) notes() (notes []string) {
	for _, s := range n.order {
		switch {
		case !s.moved:
		case s.unused == s.cells:
			notes = append(notes, fmt.Sprintf("%s changes nothing: %s", s.at.key, s.why))
		case s.varies:
			notes = append(notes, fmt.Sprintf("%s changes nothing in %d of %d cells: %s", s.at.key, s.unused, s.cells, s.why))
		}
	}
	return notes
}
