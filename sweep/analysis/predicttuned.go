package analysis

import (
	"math"

	"sweep/sweep/statistics"
)

// tunedTrend is how the loss at the best lr moves with each doubling of an axis.
func tunedTrend() estimator {
	return estimator{name: "trend of the tuned loss", along: func(f *Finding, _ string, s Slice) statistics.Estimate {
		t, _, _ := s.trend()
		f.Seeds = min(f.Seeds, t.Seeds)
		return t.Over(2)
	}}
}

// tunedLoss is by what share the loss at the best lr is higher at one setting than at
// another, over the seeds that both have.
func tunedLoss() estimator {
	return estimator{name: "tuned loss", between: func(f *Finding, _ string, to, from Slice) statistics.Estimate {
		worst := statistics.LogLoss(from.untrained())
		change := func(all []Slice) (statistics.Estimate, int) {
			return statistics.TunedChange(all[0].ByLR[0].Valley, all[1].ByLR[0].Valley, worst)
		}
		_, seeds := change([]Slice{from, to})
		f.Seeds = min(f.Seeds, seeds)
		over, _ := overRows(func(all []Slice) statistics.Estimate {
			e, _ := change(all)
			return e
		}, from, to)
		return over
	}}
}

// bestLR is what the best lr of one setting is as a multiple of that of another.
func bestLR() estimator {
	return estimator{name: "best lr", ofBestLR: true, between: func(_ *Finding, _ string, to, from Slice) statistics.Estimate {
		ratio := logBest(to).Less(logBest(from))
		return statistics.Estimate{Value: math.Exp(ratio.Value), Low: math.Exp(ratio.Low), High: math.Exp(ratio.High)}
	}}
}

// logBest is the logarithm of the best lr of a slice's only value.
func logBest(s Slice) statistics.Estimate {
	best := s.ByLR[0].Best
	return statistics.Estimate{Value: math.Log(best.At), Low: math.Log(best.Low), High: math.Log(best.High)}
}
