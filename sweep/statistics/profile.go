package statistics

import (
	"math"
	"slices"
)

// A Profile says of every x in a valley how well it would do as the best one.
//
// Nothing is assumed of a valley but that near its bottom log loss is convex in
// log x: a parabola is, a cliff on either side, and a plateau. An x may be the
// best one as long as a convex curve with its lowest point there fits the losses
// not much worse than the best of all such curves. So the interval is as wide as
// the shape leaves it: next to a cliff up to the cliff, on a plateau as wide as
// that. Parabolas through the lowest cells promise more, and hold the truth a few
// times in ten on valleys with a cliff; the table made by the command coverage
// has both.
type Profile struct {
	Place Place
	Cell  int // index of the lowest place of the scan, -1 for NoOptimum

	scan    Scan
	x       []float64 // log of the places looked at, ascending
	misfit  []float64 // of each, above that of the best
	freedom float64   // of the noise, 0 for one seed
	outer   [2]float64
}

// NewProfile looks for the best x of a scan.
func NewProfile(s Scan) Profile {
	mean, rest := s.levels()
	p := Profile{Place: NoOptimum, Cell: -1, scan: s}
	for i := range s.X {
		if s.eligible(i) && (p.Cell < 0 || mean[i] < mean[p.Cell]) {
			p.Cell = i
		}
	}
	if p.Cell < 0 {
		return p
	}
	if p.Place = s.place(p.Cell); p.Place != Inside {
		return p
	}
	first, last := s.bottom(mean, rest, p.Cell)
	p.outer = [2]float64{math.Log(s.X[max(first-1, 0)]), math.Log(s.X[min(last+1, len(s.X)-1)])}
	p.fit(s.part(first, last))
	return p
}

// place tells what lies on either side of the lowest place.
func (s Scan) place(lowest int) Place {
	below := lowest > 0 && s.eligible(lowest-1)
	above := lowest+1 < len(s.X) && s.eligible(lowest+1)
	switch {
	case below && above:
		return Inside
	case !below && (lowest == 0 || !s.diverged(lowest-1)):
		return AtLow
	case !above && (lowest+1 == len(s.X) || !s.diverged(lowest+1)):
		return AtHigh
	default:
		return AtDivergence
	}
}

// clearlyHigher is by how many standard errors a loss exceeds the lowest where
// the best x is not to be looked for.
const clearlyHigher = 4

// bottom is the range of places about the lowest in which the valley may be
// taken for convex: on either side up to the first at which the loss is clearly
// higher. Beyond it a cliff has a top, and a run that hardly trains a level.
func (s Scan) bottom(mean []float64, rest [][]float64, lowest int) (first, last int) {
	near := [][]float64{}
	for _, row := range rest {
		near = append(near, row[lowest-1:lowest+2])
	}
	variance, _ := noise(near)
	limit := mean[lowest] + clearlyHigher*math.Sqrt(2*variance[1])
	end := func(side int) int {
		at := lowest
		for next := at + side; next >= 0 && next < len(s.X) && s.eligible(next); next += side {
			if mean[at] > limit {
				break
			}
			at = next
		}
		return at
	}
	return end(-1), end(1)
}

// fineness is how many places are looked at from one x of the scan to the next.
const fineness = 8

// fit works out the misfits.
func (p *Profile) fit(s Scan) {
	mean, rest := s.levels()
	c := convex{y: mean}
	c.variance, p.freedom = noise(rest)
	for _, x := range s.X {
		c.x = append(c.x, math.Log(x))
	}
	for i := range len(c.x) - 1 {
		for step := range fineness {
			p.x = append(p.x, c.x[i]+float64(step)/fineness*(c.x[i+1]-c.x[i]))
		}
	}
	p.x = append(p.x, c.x[len(c.x)-1])
	for _, x := range p.x {
		p.misfit = append(p.misfit, c.misfit(x))
	}
	least := slices.Min(p.misfit)
	for i := range p.misfit {
		p.misfit[i] -= least
	}
}

// Best is the best x with its 95 % interval: of all x, weighted by how well each
// would do, the mean, in log x. There is no interval for one seed. Where the
// place is not Inside it is the lowest cell's x, which is a bound, and NaN for
// NoOptimum.
func (p Profile) Best() Estimate {
	switch p.Place {
	case NoOptimum:
		return Unknown()
	case Inside:
	default:
		return Exactly(p.scan.X[p.Cell])
	}
	e := Exactly(math.Exp(p.center()))
	if p.freedom > 0 {
		low, high := p.within(misfitLimit(p.freedom))
		e.Low, e.High = math.Exp(low), math.Exp(high)
	}
	return e
}

func (p Profile) center() float64 {
	sum, total := 0.0, 0.0
	for i, x := range p.x {
		weight := math.Exp(-p.misfit[i]/2) * (p.x[min(i+1, len(p.x)-1)] - p.x[max(i-1, 0)])
		sum += weight * x
		total += weight
	}
	return sum / total
}

// misfitLimit is the misfit that the true best x exceeds at most once in 20 times. For
// a parabola of known noise that would be the square of Student's t at 95 %. Where
// all that is known of the shape is that it is convex, the best curve gains less on
// the true one: t at 85 % is what holds over all shapes of the command coverage, as
// does a limit as low for the mode of a log-concave density (Doss and Wellner,
// Annals of Statistics 47, 2019).
func misfitLimit(freedom float64) float64 { return square(studentQuantile(0.85, freedom)) }

// within is the range of log x with a misfit up to a limit, to the next place
// on either side.
func (p Profile) within(limit float64) (low, high float64) {
	first, last := within(p.misfit, limit)
	low, high = p.outer[0], p.outer[1]
	if first > 0 {
		low = p.x[first-1]
	}
	if last+1 < len(p.x) {
		high = p.x[last+1]
	}
	return low, high
}
