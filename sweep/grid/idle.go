package grid

import (
	"fmt"
	"slices"

	"sweep/sweep"
)

// idleSetting is how often a setting of a grid is unused.
type idleSetting struct {
	at        place
	parameter sweep.Parameter

	varies bool   // it is an axis, or follows others
	cells  int    // of the arms that it is set in
	unused int    // of those, where it is unused
	why    string // in the first of them
	moved  bool   // in one of them it is not what stands for all of its values
}

// idleSettings are those of a grid's settings, by arm.
type idleSettings struct {
	of    map[string][]*idleSetting // an arm's
	order []*idleSetting
}

// newIdleSettings leaves out what a rule of the arm reads: it acts through what the
// rule sets.
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

// reads reports whether a rule sets a parameter from the named one.
func (a *Arm) reads(name string) bool {
	return slices.ContainsFunc(a.rules, func(r rule) bool { return r.sets() != "" && slices.Contains(r.reads(), name) })
}

// varies reports whether the parameter has several values in the arm, or follows
// others.
func (a *Arm) varies(name string) bool {
	return slices.ContainsFunc(a.Axes, func(axis Axis) bool { return len(axis.Points) > 1 && slices.Contains(axis.names(), name) }) ||
		slices.ContainsFunc(a.rules, func(r rule) bool { return r.sets() == name })
}

// count looks at one more cell, given its normal form.
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

// notes tells of settings that are unused in every cell although they are no
// defaults, or in some although they vary.
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
