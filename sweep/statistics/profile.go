package statistics

import (
	"math"
	"slices"
)

// A Profile says of every x in a valley how well it would do as the best one.
//
// Near its bottom a valley is taken for a curve, of log loss over log x, that may be
// level for a while and rises on either side as a power of the distance, each side its
// own: a parabola is such a curve, a corner, a cliff on one side, and a plateau. An x is
// as plausible as the curves are that are lowest there, by how well they fit. Next to a
// cliff no curve tells how far below it the best x lies, so that the interval reaches up
// to it. Parabolas through the lowest cells promise more, and hold the truth a few times
// in ten on valleys with a cliff; the table made by the command coverage has both.
type Profile struct {
	Place Place
	Cell  int // index of the lowest place of the scan, -1 for NoOptimum

	scan    Scan
	x       []float64  // log of the places looked at, ascending
	misfit  []float64  // of each, above that of the best: -2 log of how plausible it is beside that
	freedom float64    // of the noise, 0 for one seed
	cliff   [2]bool    // below, above
	ends    [2]float64 // the log x up to which the best may lie next to a cliff
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
	first, last := s.bottom(mean, rest, p.Cell, clearlyHigher)
	p.cliff = [2]bool{
		s.steep(mean, first+1, first) > cliffSteepness*s.steep(mean, p.Cell, last),
		s.steep(mean, last-1, last) > cliffSteepness*s.steep(mean, p.Cell, first),
	}
	below, above := s.bottom(mean, rest, p.Cell, higher)
	p.ends = [2]float64{math.Log(s.X[below]), math.Log(s.X[above])}
	from, to := s.steepening(mean, rest, first, last)
	p.fit(s.part(from, to), math.Log(s.X[first]), math.Log(s.X[last]))
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

const (
	// clearlyHigher is by how many standard errors a loss exceeds the lowest where the
	// best x is not to be looked for.
	clearlyHigher = 4
	// higher is by how many it does beyond a cliff.
	higher = 2.5
)

// bottom is the range of places about the lowest in which the best x is looked for: on
// either side up to the first at which the loss is higher by some standard errors.
func (s Scan) bottom(mean []float64, rest [][]float64, lowest int, errors float64) (first, last int) {
	near := [][]float64{}
	for _, row := range rest {
		near = append(near, row[lowest-1:lowest+2])
	}
	variance, _ := noise(near)
	limit := mean[lowest] + errors*math.Sqrt(2*variance[1])
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

// cliffSteepness is how many times as steep as the other side a valley is next to a
// cliff.
const cliffSteepness = 3

// steep is how steeply the loss rises from one place to another.
func (s Scan) steep(mean []float64, from, to int) float64 {
	return (mean[to] - mean[from]) / math.Abs(math.Log(s.X[to]/s.X[from]))
}

// highest is how far above the lowest a log loss may tell of the shape of the bottom.
const highest = 0.5

// steepening is the range of places that may tell of the shape of the bottom: on either
// side as long as the loss gets steeper, but for noise. Beyond, a cliff has a top, and a
// run that hardly trains a level.
func (s Scan) steepening(mean []float64, rest [][]float64, first, last int) (from, to int) {
	variance, _ := noise(rest)
	limit := slices.Min(mean[first:last+1]) + highest
	end := func(at, side int) int {
		for next := at + side; next >= 0 && next < len(s.X) && s.eligible(next) && mean[next] < limit; next += side {
			wrong := 4 * math.Sqrt(variance[at]) / math.Abs(math.Log(s.X[next]/s.X[at]))
			if s.steep(mean, at, next) < s.steep(mean, at-side, at)-wrong {
				break
			}
			at = next
		}
		return at
	}
	return end(first, -1), end(last, 1)
}

const (
	// fineness is how many places are looked at from one x of the scan to the next.
	fineness = 4
	// unevenness is what part of a loss above the lowest no power of the distance is
	// taken to explain.
	unevenness = 0.15
)

// fit works out how well each place between two would do.
func (p *Profile) fit(s Scan, first, last float64) {
	mean, rest := s.levels()
	t := twoSided{y: mean}
	t.variance, p.freedom = noise(rest)
	for i, x := range s.X {
		t.x = append(t.x, math.Log(x))
		t.variance[i] += square(unevenness * (mean[i] - slices.Min(mean)))
	}
	for i, x := range t.x {
		if x < first || x > last {
			continue
		}
		p.x = append(p.x, x)
		for step := 1; x < last && step < fineness; step++ {
			p.x = append(p.x, x+float64(step)/fineness*(t.x[i+1]-x))
		}
	}
	weights := t.plausible(p.x, p.freedom)
	const least = 1e-300
	most := max(slices.Max(weights), least) // where none is plausible, all are alike
	for _, w := range weights {
		p.misfit = append(p.misfit, -2*math.Log(max(w, least)/most))
	}
}

// Best is the best x with its 95 % interval: of all x, weighted by how plausible each
// is, the mean, in log x, but no nearer to a cliff than the lowest cell. There is no interval for one seed. Where the
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
	at, lowest := p.center(), math.Log(p.scan.X[p.Cell])
	if p.cliff[0] {
		at = max(at, lowest)
	}
	if p.cliff[1] {
		at = min(at, lowest)
	}
	e := Exactly(math.Exp(at))
	if p.freedom > 0 {
		low, high := p.quantile((1-credence)/2), p.quantile((1+credence)/2)
		if p.cliff[0] {
			low = min(low, p.ends[0])
		}
		if p.cliff[1] {
			high = max(high, p.ends[1])
		}
		e.Low, e.High = math.Exp(low), math.Exp(high)
	}
	return e
}

// credence is the share of what is plausible that an interval has to hold in order to
// hold the truth in 95 cases of 100 or more, over all shapes of the command coverage.
const credence = 0.91

func (p Profile) center() float64 {
	sum, total := 0.0, 0.0
	for i, x := range p.x {
		weight := p.plausible(i) * (p.x[min(i+1, len(p.x)-1)] - p.x[max(i-1, 0)])
		sum += weight * x
		total += weight
	}
	return sum / total
}

// plausible is how plausible a place is beside the best one.
func (p Profile) plausible(i int) float64 { return math.Exp(-p.misfit[i] / 2) }

// quantile is the log x below which a share of what is plausible lies.
func (p Profile) quantile(share float64) float64 {
	below := make([]float64, len(p.x))
	for i := 1; i < len(p.x); i++ {
		below[i] = below[i-1] + (p.plausible(i-1)+p.plausible(i))/2*(p.x[i]-p.x[i-1])
	}
	aim := share * below[len(below)-1]
	i := 1
	for i < len(below)-1 && below[i] < aim {
		i++
	}
	return p.x[i-1] + (aim-below[i-1])/(below[i]-below[i-1])*(p.x[i]-p.x[i-1])
}
