package plots

import (
	"math"
	"slices"

	"sweep/sweep/analysis"
)

// scale places the values of a parameter along an axis.
type scale struct {
	axis   string
	values []analysis.Value // ascending
	kind   kind
}

type kind int

const (
	ordinal     kind = iota // evenly, in order: names, or numbers of which some are not positive
	linear                  // steps, and losses of which some are not positive
	logarithmic             // positive numbers
)

// newScale has a log scale for positive numbers, however close they are, so that
// figures of different sweeps have the same.
func newScale(axis string, values []analysis.Value) scale {
	s := scale{axis, values, logarithmic}
	if slices.ContainsFunc(values, func(v analysis.Value) bool { return !v.Numeric || v.Number <= 0 }) {
		s.kind = ordinal
	}
	return s
}

// at is where a value is drawn, in the axis' own units.
func (s scale) at(v analysis.Value) float64 {
	if s.kind != ordinal {
		return v.Number
	}
	return float64(max(0, slices.Index(s.values, v)))
}

// edges are the borders of a value's cell on a map, half-way to its neighbours
// among some values of the scale and as far beyond the ends.
func (s scale) edges(v analysis.Value, among []analysis.Value) (low, high float64) {
	if len(among) < 2 {
		among = s.values
	}
	i := slices.Index(among, v)
	at := among[i].Number
	ratio := func(j int) float64 { // of the distance to a neighbour
		if j < 0 || j >= len(among) {
			return 0
		}
		return math.Abs(math.Log(among[j].Number / at))
	}
	below, above := ratio(i-1), ratio(i+1)
	switch {
	case below == 0 && above == 0:
		below, above = 2*math.Ln2, 2*math.Ln2
	case below == 0:
		below = above
	case above == 0:
		above = below
	}
	return at * math.Exp(-below/2), at * math.Exp(above/2)
}
