package analysis

import "sweep/sweep/statistics"

// worstRegretAlong is what it costs at most to keep the lr of an axis' first value.
func worstRegretAlong() estimator {
	return estimator{name: "worst regret", along: func(f *Finding, axis string, s Slice) statistics.Estimate {
		f.priced(axis, s, s.Regrets())
		return s.WorstRegret()
	}}
}

// meanRegretAlong is what it costs on average.
func meanRegretAlong() estimator {
	return estimator{
		name: "mean regret",
		along: func(f *Finding, axis string, s Slice) statistics.Estimate {
			f.priced(axis, s, s.Regrets())
			return s.MeanRegret()
		},
		between: func(f *Finding, axis string, to, from Slice) statistics.Estimate {
			for _, s := range []Slice{to, from} {
				f.priced(axis, s, s.Regrets())
			}
			return from.RegretGap(to)
		},
	}
}
