package analysis

import (
	"slices"

	"sweep/sweep"
)

// AddedLater returns the values, of axes and of the arm, that the grid has in cells
// that came late alone, and how many late cells are left that have none of them. There
// are none where every cell came late.
func AddedLater(results []sweep.Result, late func(sweep.Result) bool) (added []Addition, others int) {
	var first, later []sweep.Result
	for _, r := range results {
		if late(r) {
			later = append(later, r)
		} else {
			first = append(first, r)
		}
	}
	if len(first) == 0 {
		return nil, 0
	}
	of := func(r sweep.Result, axis string) Value {
		if axis == Arm {
			return text(r.Arm)
		}
		v, _ := ValueOf(r.Params, axis)
		return v
	}
	explained := make([]bool, len(later))
	for _, axis := range append([]string{Arm}, without(Axes(results), "")...) {
		have := map[Value]bool{}
		for _, r := range first {
			have[of(r, axis)] = true
		}
		var values []Value
		for i, r := range later {
			if v := of(r, axis); !have[v] {
				explained[i] = true
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			slices.SortFunc(values, Value.Compare)
			a := Addition{Axis: axis}
			for _, v := range slices.Compact(values) {
				a.Values = append(a.Values, v.Text)
			}
			added = append(added, a)
		}
	}
	for _, is := range explained {
		if !is {
			others++
		}
	}
	return added, others
}
