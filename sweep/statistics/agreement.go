package statistics

// An Agreement compares valleys, each at its own best x, pair by pair: by the
// parabolas and by the lowest cells, since what one of them alone says may be
// the grid's doing.
type Agreement struct {
	High, Low int        // the two valleys furthest apart at their lowest cells
	Furthest  Difference // of High to Low
	Same      bool       // all are, within the margin
	Apart     bool       // some two are, by more than the margin
	Coarse    bool       // the answer hangs on what lies between the x tried
}

// Agree tests every pair. That all are the same needs no correction for
// their number: every single test must reject. That some two are apart does,
// and gets Bonferroni's. ok is false if some two have fewer than two seeds in
// common.
func Agree(valleys []Valley, margin float64) (a Agreement, ok bool) {
	curved, okCurved := pairs(valleys, Valley.Tuned, margin)
	lowest, okLowest := pairs(valleys, Valley.Lowest, margin)
	if !okCurved || !okLowest {
		return a, false
	}
	a = lowest
	a.Same = curved.Same && lowest.Same
	a.Apart = curved.Apart && lowest.Apart && farApart(valleys, margin)
	a.Coarse = !a.Same && (curved.Same || lowest.Same) || !a.Apart && (curved.Apart || lowest.Apart)
	return a, true
}

// pairs tests all pairs of valleys by one kind of losses.
func pairs(valleys []Valley, losses func(Valley) Losses, margin float64) (a Agreement, ok bool) {
	a.Same = true
	n := len(valleys)
	tests := float64(n*(n-1)) / 2
	for i, v := range valleys {
		for j := i + 1; j < n; j++ {
			d, err := Equivalent(losses(v), losses(valleys[j]), margin)
			if err != nil {
				return a, false
			}
			a.Same, a.Apart = a.Same && d.Same(), a.Apart || tests*d.Beyond < 0.05
			high, low := i, j
			if d.Ratio < 1 {
				d.Ratio, d.Low, d.High = 1/d.Ratio, 1/d.High, 1/d.Low
				high, low = low, high
			}
			if d.Ratio > a.Furthest.Ratio {
				a.Furthest, a.High, a.Low = d, high, low
			}
		}
	}
	return a, true
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
