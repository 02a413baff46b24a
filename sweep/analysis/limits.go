package analysis

import "math"

// limits tells what holds a best lr's interval open: as far as it is wider than the
// distance between the neighbours of the best lr it is noise, and falls as
// 1/sqrt(seeds); as far as it is not, that distance is what the losses leave open, and
// two lr between halve it.
type limits struct {
	known   bool    // there is an interval inside the lr tried
	width   float64 // log of the ratio of its ends
	apart   float64 // log of the ratio of the neighbours
	bySeeds float64 // by how much three or twice as many seeds are expected to narrow it
	byLR    float64 // by how much lr between the best one and its neighbours are
}

func (v LossByLR) limits(seeds int) limits {
	i := v.Best.Cell
	if !finite(v.Best.Low) || !finite(v.Best.High) || i < 1 || i+1 >= len(v.Cells) {
		return limits{}
	}
	l := limits{known: true, width: math.Log(v.Best.High / v.Best.Low), apart: math.Log(v.Cells[i+1].X.Number / v.Cells[i-1].X.Number)}
	l.bySeeds = max(l.width-l.apart, 0) * (1 - math.Sqrt(float64(seeds)/float64(max(3, 2*seeds))))
	l.byLR = min(l.width, l.apart) / 2
	return l
}

// spacingLimits reports whether the intervals of most best lr are held open by how far
// apart the lr tried are, more than by what seeds are there, with the medians of
// both; ok is false where no best lr has an interval.
func spacingLimits(all []LossByLR, seeds int) (width, apart float64, ok bool) {
	var widths, aparts []float64
	gain := 0.0
	for _, v := range all {
		l := v.limits(seeds)
		if !l.known {
			continue
		}
		widths, aparts = append(widths, l.width), append(aparts, l.apart)
		gain += l.byLR - l.bySeeds
	}
	if len(widths) == 0 {
		return 0, 0, false
	}
	return math.Exp(median(widths)), math.Exp(median(aparts)), gain > 0
}
