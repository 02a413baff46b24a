package analysis

import "sweep/sweep/statistics"

// varianceLeft is the share of an axis' effect at one lr that is left at tuned lr.
func varianceLeft() estimator {
	return estimator{name: "variance left", along: func(f *Finding, _ string, s Slice) statistics.Estimate {
		t, err := s.Tuning()
		if err != nil {
			f.because(Unfinished, "%v", err)
			return statistics.Unknown()
		}
		return t.Left
	}}
}
