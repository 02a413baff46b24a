package statistics

import "math"

// An Agreement compares valleys, each at its own best x, pair by pair.
type Agreement struct {
	High, Low int        // the two valleys furthest apart
	Furthest  Difference // of High to Low
	Same      bool       // all are, within the margin
	Apart     bool       // some two are, by more than the margin
	Coarse    bool       // some two are by their cells, but need not be by what lies between these
}

// Agree tests every pair by the losses at the x that other seeds choose. That all
// are the same needs no correction for their number: every single test must
// reject. That some two are apart does, and gets Bonferroni's. ok is false if some
// two have fewer than two seeds in common.
func Agree(valleys []Valley, margin float64) (a Agreement, ok bool) {
	a.Same = true
	n := len(valleys)
	tests := float64(n*(n-1)) / 2
	tuned := tunedLosses(valleys)
	apart := false
	for i := range valleys {
		for j := i + 1; j < n; j++ {
			d, err := Equivalent(tuned[i], tuned[j], margin)
			if err != nil {
				return a, false
			}
			a.Same, apart = a.Same && d.Same(), apart || tests*d.Beyond < 0.05
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
	a.Apart = apart && farApart(valleys, margin)
	a.Coarse = apart && !a.Apart
	return a, true
}

// tunedLosses is each valley's loss by seed at the x that other seeds choose, on other
// rows, too, where these are known. What diverges there counts as the largest loss of all.
func tunedLosses(valleys []Valley) []Losses {
	worst := math.Inf(-1)
	for _, v := range valleys {
		for _, c := range v.cells {
			for _, l := range c.Losses {
				worst = max(worst, LogLoss(l.Loss))
			}
		}
	}
	tuned := tunedBelow(valleys, worst)
	groups := ValleyRowGroups(valleys)
	if groups == 0 {
		return tuned
	}
	other := make([]Valley, len(valleys))
	for draw := range rowDraws {
		for i, v := range valleys {
			other[i] = v.Redrawn(draw)
		}
		for i, losses := range tunedBelow(other, worst) {
			for k := range tuned[i] {
				tuned[i][k].redraw(groups, losses)
			}
		}
	}
	return tuned
}

// redraw adds the loss of its seed on the rows of one more draw. A seed that lacks the x
// chosen by these keeps its own loss.
func (l *SeedLoss) redraw(groups int, drawn Losses) {
	loss, done := drawn.Of(l.Seed)
	if !done {
		loss = l.Loss
	}
	l.Redrawn.Groups, l.Redrawn.Losses = groups, append(l.Redrawn.Losses, loss)
}

// tunedBelow is each valley's loss by seed at the x that other seeds choose, none above
// worst.
func tunedBelow(valleys []Valley, worst float64) []Losses {
	seeds := everySeedOf(valleys)
	tuned := make([]Losses, len(valleys))
	for i, s := range scansOf(valleys) {
		for k, loss := range Tuned(s, worst) {
			if finite(loss) {
				tuned[i] = append(tuned[i], SeedLoss{Seed: seeds[k], Loss: math.Exp(loss)})
			}
		}
	}
	return tuned
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
