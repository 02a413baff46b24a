package statistics

import "math"

// An Agreement compares valleys, each at its own best x, pair by pair.
type Agreement struct {
	High, Low int      // the two valleys furthest apart
	Furthest  Estimate // by what share of Low's loss that of High exceeds it, with an interval that holds for all pairs together
	Same      bool     // all are, within the margin
	Apart     bool     // some two are, by more than the margin
	Coarse    bool     // some two are by their cells, but need not be by what lies between these
}

// Agree compares every pair by TunedChange's estimate, over seeds and, where the losses of
// single held-out rows are known, over rows. That all are the same needs no
// correction for their number: two one-sided tests of every pair (Schuirmann 1987)
// must reject. That some two are apart does, and so does the interval of the two
// furthest apart, which are picked for it: both get Bonferroni's. That no difference
// was found is not enough for Same: a wide interval is neither that nor Apart. ok is
// false if some two have fewer than two seeds in common.
func Agree(valleys []Valley, margin float64) (a Agreement, ok bool) {
	a.Same, a.Furthest = true, Unknown()
	n, limit := len(valleys), math.Log1p(margin)
	together := 1 - (1-confidence)/(float64(n*(n-1))/2)
	tuned := tunedPrices(valleys, worstOf(valleys))
	rows := newRowsOfTuned(valleys)
	apart, furthest := false, Unknown()
	for i := range valleys {
		for j := i + 1; j < n; j++ {
			byRows := rows.reach(i, j)
			d := byRows.widen(tuned[i].less(tuned[j], together), together)
			if !d.Bounded() {
				return a, false
			}
			narrow := byRows.widen(tuned[i].less(tuned[j], sameConfidence), sameConfidence)
			a.Same = a.Same && narrow.Low > -limit && narrow.High < limit
			apart = apart || d.Low > limit || d.High < -limit
			high, low := i, j
			if d.Value < 0 {
				d, high, low = Estimate{-d.Value, -d.High, -d.Low}, low, high
			}
			if !furthest.Known() || d.Value > furthest.Value {
				furthest, a.High, a.Low = d, high, low
			}
		}
	}
	a.Furthest = furthest.Ratio()
	a.Apart = apart && farApart(valleys, margin)
	a.Coarse = apart && !a.Apart
	return a, true
}

// rowsOfTuned is the valleys' log losses at the x that other seeds choose, on the rows of
// every draw.
type rowsOfTuned struct {
	groups int           // of rows, 0 where the losses of rows are not known
	chosen [][][]float64 // by draw, valley and seed
}

func newRowsOfTuned(valleys []Valley) rowsOfTuned {
	r := rowsOfTuned{groups: ValleyRowGroups(valleys)}
	if r.groups == 0 {
		return r
	}
	worst := worstOf(valleys)
	other := make([]Valley, len(valleys))
	for draw := range rowDraws {
		for i, v := range valleys {
			other[i] = v.Redrawn(draw)
		}
		var chosen [][]float64
		for _, s := range scansOf(other) {
			chosen = append(chosen, Tuned(s, worst))
		}
		r.chosen = append(r.chosen, chosen)
	}
	return r
}

// reach is that of the difference between two valleys.
func (r rowsOfTuned) reach(i, j int) rowReach {
	if r.groups == 0 {
		return rowReach{}
	}
	var means []float64
	for _, chosen := range r.chosen {
		if d := paired(chosen[i], chosen[j]); len(d) > 0 {
			means = append(means, d.mean())
		}
	}
	return rowReach{drawnError(means, r.groups), r.groups}
}

// worstOf is the largest log loss of all, at which what diverges is taken.
func worstOf(valleys []Valley) float64 {
	worst := math.Inf(-1)
	for _, v := range valleys {
		for _, c := range v.cells {
			for _, l := range c.Losses {
				worst = max(worst, LogLoss(l.Loss))
			}
		}
	}
	return worst
}

// farApart reports whether two valleys' lowest losses differ by more than the
// margin wherever between the cells the bottoms lie.
func farApart(valleys []Valley, margin float64) bool {
	for _, v := range valleys {
		for _, w := range valleys {
			if v.floor() > (1+margin)*w.Lowest().Mean() {
				return true
			}
		}
	}
	return false
}
