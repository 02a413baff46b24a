package analysis

import (
	"slices"

	"sweep/sweep"
)

// arms splits results by the arm of their grid, in the order of their names. The
// arm is the only setting of each part; there is no setting if there is one arm
// only. Runs that arms share are in each of them.
func arms(results []sweep.Result) []part {
	var names []string
	for _, r := range results {
		if !slices.Contains(names, r.Arm) {
			names = append(names, r.Arm)
		}
	}
	slices.Sort(names)
	if len(names) < 2 {
		return []part{{results: results}}
	}
	parts := make([]part, len(names))
	for i, name := range names {
		parts[i].fixed = []Setting{{"arm", text(name)}}
		parts[i].results = slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool { return r.Arm != name })
	}
	return parts
}

// part is the results that share some settings.
type part struct {
	fixed   []Setting
	results []sweep.Result
}

// parts splits results by arm, and each arm by the axes given for it.
func parts(results []sweep.Result, rest func(arm []sweep.Result) []string) []part {
	var all []part
	for _, arm := range arms(results) {
		axes := rest(arm.results)
		for _, g := range groupBy(arm.results, axes) {
			all = append(all, part{slices.Concat(arm.fixed, settings(axes, g.values)), g.results})
		}
	}
	return all
}

// Runs returns the results without the repetitions of those that arms share.
func Runs(results []sweep.Result) []sweep.Result {
	seen := make(map[string]bool, len(results))
	once := make([]sweep.Result, 0, len(results))
	for _, r := range results {
		if !seen[r.Key] || r.Key == "" {
			seen[r.Key] = true
			once = append(once, r)
		}
	}
	return once
}
