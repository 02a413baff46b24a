package analysis

import (
	"fmt"
)

// An Agreement compares the valleys of a slice, each at its own best x, pair by
// pair: by the parabolas and by the lowest cells, since what one of them alone
// says may be the grid's doing.
type Agreement struct {
	High, Low Value      // the two furthest apart at their lowest cells
	Furthest  Difference // of High to Low
	Same      bool       // all are, within the margin
	Apart     bool       // some two are, by more than the margin
	Coarse    bool       // the answer hangs on what lies between the x tried
}

// Agreement tests every pair. That all are the same needs no correction for
// their number: every single test must reject. That some two are apart does,
// and gets Bonferroni's. ok is false if some two have fewer than two seeds in
// common.
func (s Slice) Agreement(margin float64) (a Agreement, ok bool) {
	curved, okCurved := s.pairs(LossByLR.Tuned, margin)
	lowest, okLowest := s.pairs(LossByLR.Lowest, margin)
	if !okCurved || !okLowest {
		return a, false
	}
	a = lowest
	a.Same = curved.Same && lowest.Same
	a.Apart = curved.Apart && lowest.Apart && s.farApart(margin)
	a.Coarse = !a.Same && (curved.Same || lowest.Same) || !a.Apart && (curved.Apart || lowest.Apart)
	return a, true
}

// pairs tests all pairs of valleys by one kind of losses.
func (s Slice) pairs(losses func(LossByLR) []SeedLoss, margin float64) (a Agreement, ok bool) {
	a.Same = true
	n := len(s.ByLR)
	tests := float64(n*(n-1)) / 2
	for i, v := range s.ByLR {
		for _, w := range s.ByLR[i+1:] {
			d, err := Equivalent(losses(v), losses(w), margin)
			if err != nil {
				return a, false
			}
			a.Same, a.Apart = a.Same && d.Same(), a.Apart || tests*d.Beyond < 0.05
			high, low := v.By, w.By
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
func (s Slice) farApart(margin float64) bool {
	for _, v := range s.ByLR {
		for _, w := range s.ByLR {
			if v.floor() > (1+margin)*w.Cells[w.Best.Cell].Mean() {
				return true
			}
		}
	}
	return false
}

// agree tells how far apart the valleys are, and refuses an answer where the
// grid is too coarse for one.
func (f *Finding) agree(by string, s Slice, margin float64) (same, apart bool) {
	a, ok := s.Agreement(margin)
	if !ok {
		return false, false
	}
	f.because(Evidence, "at their own best lr the furthest apart are %s = %s and %s: by %s of the loss", by, a.High, a.Low, a.Furthest.Excess())
	if a.Coarse {
		f.because(Coarse, "whether they are the same within %g %% hangs on what lies between the lr tried: these are too far apart", 100*margin)
		f.add(Addition{"lr", finer(s)})
	}
	return a.Same, a.Apart
}

// Excess is by how much the first loss exceeds the second, in percent, with the
// 90 % interval.
func (d Difference) Excess() string {
	return fmt.Sprintf("%s %% (90 %% interval %s to %s)", percent(d.Ratio-1), percent(d.Low-1), percent(d.High-1))
}
