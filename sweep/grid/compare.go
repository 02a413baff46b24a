package grid

import (
	"slices"

	"sweep/sweep"
)

// AxisToCompare is the first axis of the grid in which runs differ and that is
// neither the learning rate, along which figures run, nor the seed, over which
// they average; "lr" if there is none.
func (p *Plan) AxisToCompare() string {
	for _, axis := range p.Spec.Arms[0].Axes {
		q := axis.Parameters[0]
		first := sweep.FormatValue(q.Value(p.Runs[0].Params))
		differs := func(run sweep.Run) bool { return sweep.FormatValue(q.Value(run.Params)) != first }
		if q.Name != "lr" && q.Name != "seed" && slices.ContainsFunc(p.Runs, differs) {
			return q.Name
		}
	}
	return "lr"
}
