package analysis

import (
	"cmp"
	"slices"

	"sweep/sweep"
)

// Best returns the n runs of lowest loss among those that are done, the lowest
// first, each once, and what they were judged by. It fails if none is done.
func Best(results []sweep.Result, n int) ([]sweep.Result, Quantity, error) {
	q := Judge(results)
	runs := Runs(results)
	if err := finished(Count(runs, q)); err != nil {
		return nil, q, err
	}
	done := slices.DeleteFunc(runs, func(r sweep.Result) bool { return r.State != sweep.Done || !finite(q.Of(r)) })
	slices.SortStableFunc(done, func(a, b sweep.Result) int { return cmp.Compare(q.Of(a), q.Of(b)) })
	return done[:min(n, len(done))], q, nil
}

// Lowest returns the group of lowest mean among those of which no run diverged
// and none is missing; ok is false if there is no such group. A setting that
// diverges for one seed in three is not the best, however low the other two.
func (g Grouping) Lowest() (lowest Group, ok bool) {
	for _, group := range g.Groups {
		whole := group.Tally.Done == group.Tally.Total() && group.Tally.Done > 0
		if whole && (!ok || group.Mean < lowest.Mean) {
			lowest, ok = group, true
		}
	}
	return lowest, ok
}
