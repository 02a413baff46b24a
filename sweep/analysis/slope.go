package analysis

import (
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
	part := Slice{Fixed: s.Fixed, params: s.params, tied: s.tied}
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
