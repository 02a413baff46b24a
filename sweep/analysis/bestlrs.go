package analysis

import (
	"math"
	"slices"

	"sweep/sweep/statistics"
)

// BestLRs tells of how many settings that were tried at several lr the best lr is
// known, and what holds the others open.
type BestLRs struct {
	Of        int     // settings
	OneSeed   int     // of them have one seed, so that nothing has an interval
	Seeds     int     // the fewest of a setting that has more than one; 0 if none has
	OnEdge    int     // have their best lr on the edge of those tried or beside divergence
	BySpacing int     // have a wide interval that lr between those tried would narrow more than seeds
	Gap       float64 // by what factor the lr beside those are apart, the median
}

// BestLRs looks at every setting of the results, in each arm.
func (s *Study) BestLRs() BestLRs {
	var b BestLRs
	var gaps []float64
	quantity := Judge(s.results)
	for _, arm := range arms(s.results) {
		rest := slices.DeleteFunc(without(Axes(arm.results), "lr"), func(name string) bool { return name == Seed })
		for _, g := range groupBy(arm.results, rest) {
			v := alongLR(g.results, quantity)
			if len(v.Cells) < 2 || !v.ended() {
				continue
			}
			b.Of++
			seeds := len(distinct(g.results, Seed))
			if seeds < 2 {
				b.OneSeed++
			} else if b.Seeds == 0 || seeds < b.Seeds {
				b.Seeds = seeds
			}
			if v.Best.Place != statistics.Inside {
				b.OnEdge++
			}
			if l := v.limits(seeds); l.known && l.width > math.Log(Wide) && l.byLR > l.bySeeds {
				b.BySpacing++
				gaps = append(gaps, math.Exp(l.apart))
			}
		}
	}
	b.Gap = median(gaps)
	return b
}
