package analysis

import (
	"fmt"
	"math"

	"sweep/sweep/statistics"
)

// A Slope is d log(best x) / d log(by) over a range of By.
type Slope struct {
	From, To Value
	statistics.PowerLaw
}

// stretch is the factor of By that a local slope spans: over less, the grid's
// spacing and the seeds decide it.
const stretch = 8

// LocalSlopes returns the slopes over the shortest runs of neighbouring values
// of By that span a factor of stretch, each from another value on, or over all
// where they span less. Runs overlap; each is fitted as Slope is.
func (s Slice) LocalSlopes() []Slope {
	var slopes []Slope
	for i := range s.ByLR {
		j := i + 1
		for j < len(s.ByLR) && s.ByLR[j].By.Number < stretch*s.ByLR[i].By.Number {
			j++
		}
		if j == len(s.ByLR) && i > 0 {
			break
		}
		if slope, ok := fit(s.ByLR[i:min(j+1, len(s.ByLR))]); ok {
			slopes = append(slopes, slope)
		}
	}
	return slopes
}

// Slope returns the slope through the best x of all valleys that lie inside the
// grid. Bounds are left out: as values they would flatten it. ok is false if
// fewer than two optima are left or By is not a positive number.
func (s Slice) Slope() (slope Slope, ok bool) { return fit(s.ByLR) }

func fit(all []LossByLR) (slope Slope, ok bool) {
	var inside []Value
	var by []float64
	var valleys []statistics.Valley
	for _, v := range all {
		if v.By.Numeric && v.By.Number > 0 && v.Best.Place == statistics.Inside {
			inside, by, valleys = append(inside, v.By), append(by, v.By.Number), append(valleys, v.Valley)
		}
	}
	if len(inside) < 2 {
		return Slope{}, false
	}
	return Slope{inside[0], inside[len(inside)-1], statistics.PowerLawOf(by, valleys)}, true
}

// MinRank is the least r that fits of the best learning rate against r take
// in: below it a lack of capacity, not the scale, decides how well a run does.
const MinRank = 4

// From returns the slice without the valleys at which By is less than a number.
func (s Slice) From(least float64) Slice {
	part := Slice{Fixed: s.Fixed, params: s.params, tied: s.tied, heldOut: s.heldOut}
	for _, v := range s.ByLR {
		if v.By.Numeric && v.By.Number >= least {
			part.ByLR = append(part.ByLR, v)
		}
	}
	return part
}

// Exponent is the slope of log(best lr) against log(r) of a slice by r, from
// MinRank up. ok is false if fewer than two estimates are left.
func (s Slice) Exponent() (slope Slope, ok bool) { return s.From(MinRank).Slope() }

// Boundary finds where runs begin to diverge, and how that moves with By.
func (s Slice) Boundary() statistics.Boundary {
	var brackets []statistics.Bracket
	for _, v := range s.ByLR {
		if v.By.Numeric && v.By.Number > 0 {
			brackets = append(brackets, v.Bracket(v.By.Number))
		}
	}
	return statistics.NewBoundary(brackets)
}

// trend notes by what share the loss at tuned lr changes from the least value of
// By to the largest, and how likely it would be found to stay within a margin if
// it did not change at all. It is unknown unless By is a positive number. Same and
// apart say whether the change is less than the margin, in either direction, or more.
func (f *Finding) trend(by string, s Slice, margin float64) (change statistics.Estimate, same, apart bool) {
	t, span, rowError := s.trend()
	if !t.Bounded() {
		return statistics.Unknown(), false, false
	}
	power := func(seeds int) float64 {
		return statistics.EquivalencePower(withRows(t.Deviation(), rowError, seeds)*math.Log(span), seeds, math.Log1p(margin))
	}
	f.Power = power(t.Seeds)
	f.because(Evidence, "from %s = %s to %s the loss at tuned lr changes by %s: a trend over all, each seed priced at the lr that the others choose. If it did not change, %d seeds of this noise would show that it stays within %g %%, by two one-sided tests at 4 %%, with a probability of %.2g%s",
		by, s.ByLR[0].By, s.ByLR[len(s.ByLR)-1].By, t.Over(span).Percent(), t.Seeds, 100*margin, f.Power, wanted(t.Seeds, power))
	same, apart = t.Same(span, margin), t.Apart(span, margin)
	if t.Uneven && !same && !apart && !f.blocked() {
		f.because(Coarse, "the tuned losses lie further off that trend than the seeds explain, by what lies between the lr tried: these are too far apart")
		f.add(Addition{"lr", finer(s.ByLR)})
	}
	return t.Over(span), same, apart
}

// trend is that of the loss at tuned x over By, by what factor By spans it, and its
// standard error by held-out rows alone, 0 where that is not known.
func (s Slice) trend() (t statistics.Trend, span, rowError float64) {
	by := make([]float64, len(s.ByLR))
	for i, v := range s.ByLR {
		if by[i] = v.By.Number; by[i] <= 0 {
			return statistics.Trend{Estimate: statistics.Unknown()}, 1, 0
		}
	}
	worst := statistics.LogLoss(s.untrained())
	t = statistics.TrendOf(by, s.valleys(), worst)
	over, rowError := overRows(func(all []Slice) statistics.Estimate {
		return statistics.TrendOf(by, all[0].valleys(), worst).Estimate
	}, s)
	return t.OverRows(over, rowError, rowGroups(s)), by[len(by)-1] / by[0], rowError
}

// wanted is how many more seeds than there are a test needs for a power of .8.
func wanted(have int, power func(seeds int) float64) string {
	if n := statistics.SeedsFor(0.8, 100, power); n > have {
		return fmt.Sprintf(", %d seeds with 0.8", n)
	}
	return ""
}
