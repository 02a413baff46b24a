package analysis

import (
	"cmp"
	"slices"

	"sweep/sweep"
)

// group is the results that share the values of some axes.
type group struct {
	values  []Value // of the axes grouped by, in their order
	results []sweep.Result
}

// groupBy splits results by their values of the axes, ascending.
func groupBy(results []sweep.Result, axes []string) []group {
	columns := make([][]Value, len(axes))
	for i, axis := range axes {
		columns[i] = column(results, axis)
	}
	places, sizes := partition(results, axes)
	groups := make([]group, len(sizes))
	all := make([]sweep.Result, len(results)) // of the groups, one after the other
	for i, size := range sizes {
		groups[i].results, all = all[:0:size], all[size:]
	}
	for row, at := range places {
		g := &groups[at]
		if len(g.results) == 0 {
			g.values = make([]Value, len(axes))
			for i := range axes {
				g.values[i] = columns[i][row]
			}
		}
		g.results = append(g.results, results[row])
	}
	slices.SortStableFunc(groups, func(a, b group) int { return slices.CompareFunc(a.values, b.values, Value.Compare) })
	return groups
}

// together gathers what has the same key, in the order of the first of each.
func together[T any](all []T, key func(T) string) (groups [][]T) {
	at := map[string]int{}
	for _, one := range all {
		id := key(one)
		i, known := at[id]
		if !known {
			i = len(groups)
			at[id] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], one)
	}
	return groups
}

// partition numbers the groups of results that agree in the axes, in the order of
// their first results. It returns the group of each result and the size of each group.
func partition(results []sweep.Result, axes []string) (places, sizes []int) {
	places = make([]int, len(results))
	for _, axis := range axes {
		finer := map[[2]int]int{} // a group so far and the value of the axis, to the group
		scan(results, axis, func(row, level int) {
			id := [2]int{places[row], level}
			at, seen := finer[id]
			if !seen {
				at = len(finer)
				finer[id] = at
			}
			places[row] = at
		})
	}
	for _, at := range places {
		if at == len(sizes) {
			sizes = append(sizes, 0)
		}
		sizes[at]++
	}
	return places, sizes
}

func settings(axes []string, values []Value) []Setting {
	all := make([]Setting, len(axes))
	for i, axis := range axes {
		all[i] = Setting{axis, values[i]}
	}
	return all
}

// roles are what the axes are to a comparison.
type roles struct {
	by   string
	over string   // by if no other numeric axis is free
	tied []string // axes that take one value for each value of by
}

// assign finds the roles of the axes. Each arm has axes of its own; the first
// that has a numeric axis beside by decides what the comparison runs along.
func assign(results []sweep.Result, by string) roles {
	all := roles{by: by, over: by}
	for _, arm := range arms(results) {
		free, tied := split(arm.results, by)
		if all.over == by {
			all.over = abscissa(free, by)
		}
		for _, axis := range tied {
			if !slices.Contains(all.tied, axis) {
				all.tied = append(all.tied, axis)
			}
		}
	}
	return all
}

// rest are the axes of an arm that split it into slices.
func (r roles) rest(arm []sweep.Result, over string) []string {
	free, _ := split(arm, r.by)
	return without(free, over)
}

// split sorts out the roles of the axes that vary beside by: tied axes take
// one value for each value of by, the others are free. Seed is neither.
func split(results []sweep.Result, by string) (free []Axis, tied []string) {
	groups := groupBy(results, []string{by})
	for _, axis := range Axes(results) {
		if axis.Name == by || axis.Name == Seed {
			continue
		}
		splits := slices.ContainsFunc(groups, func(g group) bool { return len(distinct(g.results, axis.Name)) > 1 })
		if splits {
			free = append(free, axis)
		} else {
			tied = append(tied, axis.Name)
		}
	}
	return free, tied
}

// abscissa chooses what losses are drawn against: lr, else alpha, else r, else
// the first numeric axis that is free; by itself if there is none.
func abscissa(free []Axis, by string) string {
	best, order := by, 4
	for _, axis := range free {
		place := slices.Index([]string{"lr", "alpha", "r"}, axis.Name)
		if place < 0 {
			place = 3
		}
		if axis.Numeric() && place < order {
			best, order = axis.Name, place
		}
	}
	return best
}

// without returns the names of the axes other than the one given.
func without(axes []Axis, name string) []string {
	var rest []string
	for _, axis := range axes {
		if axis.Name != name {
			rest = append(rest, axis.Name)
		}
	}
	return rest
}

// bySeed sorts results by seed, then by key.
func bySeed(results []sweep.Result) {
	slices.SortFunc(results, func(a, b sweep.Result) int {
		return cmp.Or(cmp.Compare(a.Params.Seed, b.Params.Seed), cmp.Compare(a.Key, b.Key))
	})
}
