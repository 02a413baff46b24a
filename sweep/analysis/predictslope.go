package analysis

import "sweep/sweep/statistics"

// bestLRSlope is how the best lr moves along an axis, as a power of it.
func bestLRSlope() estimator {
	return estimator{name: "slope of the best lr", ofBestLR: true, along: func(f *Finding, _ string, s Slice) statistics.Estimate {
		slope, ok := s.Slope()
		if !ok {
			return statistics.Unknown()
		}
		f.because(Evidence, "through the best lr at %d of %d values, from %s to %s", slope.N, len(s.ByLR), slope.From, slope.To)
		if slope.Bent {
			f.because(Evidence, "no one slope fits them all: the line bends, and the slope is that of the whole")
		}
		return slope.Estimate
	}}
}
