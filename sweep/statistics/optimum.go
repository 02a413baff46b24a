package statistics

// A Place says what kind of value an Optimum is.
type Place string

// The places of an optimum.
const (
	Inside       Place = "inside"        // between cells that are higher on either side
	AtLow        Place = "at low edge"   // the smallest x tried: the best lies there or below
	AtHigh       Place = "at high edge"  // the largest x tried: the best lies there or above
	AtDivergence Place = "at divergence" // runs diverge beside it: the best lies between the two
	NoOptimum    Place = "nowhere"       // no cell is eligible
)

// An Optimum is the x of lowest loss along a valley.
type Optimum struct {
	At        float64 // NaN if NoOptimum
	Loss      float64 // there, on the line between the cells beside it in log-log
	Low, High float64 // 95 % interval; NaN for one seed, and unless Inside
	Place     Place
	Cell      int // index of the lowest cell in the valley, -1 if NoOptimum
}

// Bound reports whether the optimum lies on the edge of what was tried, so
// that At is a bound and no estimate.
func (o Optimum) Bound() bool { return o.Place == AtLow || o.Place == AtHigh }

// Eligible reports whether a best x may lie at the cell.
func (c Cell) Eligible() bool {
	return c.X > 0 && len(c.Losses) > 0 && len(c.Diverged) == 0
}
