package analysis

import "sweep/sweep/statistics"

// untunedLoss is by what share the loss of one setting is higher than that of another
// at the same lr, over the seeds that both have. A run that diverged counts as the
// largest loss of both settings, before training or after it: it hurts, and is never
// left out.
func untunedLoss() estimator {
	return estimator{name: "loss", between: func(f *Finding, _ string, to, from Slice) statistics.Estimate {
		worst := 0.0
		for _, s := range []Slice{to, from} {
			worst = max(worst, s.untrained(), s.worst())
		}
		change := func(draw int) (statistics.Estimate, int) {
			return statistics.Change(from.only().numbers().Redrawn(draw), to.only().numbers().Redrawn(draw), statistics.LogLoss(worst))
		}
		_, seeds := change(statistics.AsHeldOut)
		f.Seeds = min(f.Seeds, seeds)
		over, _ := statistics.OverRows(rowGroups(from, to), func(draw int) statistics.Estimate {
			e, _ := change(draw)
			return e
		})
		return over
	}}
}

// only is the cell of a slice that has one.
func (s Slice) only() Cell { return s.ByLR[0].Cells[0] }
