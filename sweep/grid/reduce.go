package grid

import (
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
)

// A Reduction takes values off an axis, to train less.
type Reduction struct {
	Setting string // for ParseSpec: the axis with the values that it keeps
	Axis    string
	Arm     string // "" where all arms have the axis
	Drops   []any
	Keeps   int
}

// The fewest values that a reduction leaves: lr below five tells no best one between
// others, and one seed no interval.
const (
	fewestRates = 5
	fewestSeeds = 2
)

// Reductions returns what could be taken off the axes of the grid, what costs least of
// its answer first: lr between others, seeds beyond three, values of other axes between
// others, and the third seed. Only axes of one parameter in [grid] are reduced.
func (s *Spec) Reductions() []Reduction {
	var all []Reduction
	for _, step := range []struct {
		axis   func(q sweep.Parameter) bool
		fewest int
		thin   bool
	}{
		{func(q sweep.Parameter) bool { return q.Name == "lr" }, fewestRates, true},
		{func(q sweep.Parameter) bool { return q.Name == "seed" }, fewestSeeds + 1, false},
		{func(q sweep.Parameter) bool { return q.Name != "lr" && q.Name != "seed" && q.Kind != sweep.KindPath }, 2, true},
		{func(q sweep.Parameter) bool { return q.Name == "seed" }, fewestSeeds, false},
	} {
		for i := range s.Arms {
			for _, axis := range s.Arms[i].Axes {
				if len(axis.Parameters) > 1 || axis.Conditional || !step.axis(axis.Parameters[0]) || len(axis.Points) <= step.fewest {
					continue
				}
				keep := func(k int) bool { return k < step.fewest }
				if step.thin {
					keep = func(k int) bool { return k%2 == 0 || k == len(axis.Points)-1 }
				}
				all = append(all, s.reduction(&s.Arms[i], axis, keep))
			}
		}
	}
	return slices.CompactFunc(all, func(a, b Reduction) bool { return a.Setting == b.Setting })
}

// reduction keeps some points of an axis, in all arms if they all have it like that.
func (s *Spec) reduction(arm *Arm, axis Axis, keep func(k int) bool) Reduction {
	q := axis.Parameters[0]
	r := Reduction{Axis: q.Name}
	var kept []any
	for k, point := range axis.Points {
		if keep(k) {
			kept = append(kept, point[0])
		} else {
			r.Drops = append(r.Drops, point[0])
		}
	}
	r.Keeps = len(kept)
	same := func(a Arm) bool {
		return slices.ContainsFunc(a.Axes, func(b Axis) bool {
			return slices.Equal(b.names(), axis.names()) && pointsText(b) == pointsText(axis)
		})
	}
	prefix := ""
	if slices.ContainsFunc(s.Arms, func(a Arm) bool { return !same(a) }) {
		r.Arm, prefix = arm.Name, "arm."+arm.Name+"."
	}
	r.Setting = fmt.Sprintf("%sgrid.%s=%s", prefix, tomlKey(q.Name), tomlText(kept))
	return r
}

func pointsText(a Axis) string {
	var texts []string
	for _, point := range a.Points {
		texts = append(texts, pointText(point))
	}
	return strings.Join(texts, ", ")
}

// Merge returns settings with another, which replaces the one for the same key.
func Merge(settings []string, other string) []string {
	key, _, _ := strings.Cut(other, "=")
	merged := slices.DeleteFunc(slices.Clone(settings), func(s string) bool {
		k, _, _ := strings.Cut(s, "=")
		return k == key
	})
	return append(merged, other)
}
