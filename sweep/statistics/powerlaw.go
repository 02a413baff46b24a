package statistics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A PowerLaw is how the best x moves with what is varied: as a power of it.
type PowerLaw struct {
	Estimate         // of the power
	N        int     // valleys that it rests on
	Misfit   float64 // of the best power: the sum of the valleys' misfits there
	Bent     bool    // no one power fits all valleys, at 1 %
}

// NewPowerLaw looks for the power at which each valley may have its best x, by
// the sum of the misfits in their profiles: of all powers, weighted by how well
// each would do, the mean. Valleys whose best x is not Inside are
// left out, as their bounds would bend it; by is positive. What the valleys have in common,
// such as a bias on one side of a cliff, shifts the line and not its slope. Seeds
// that valleys share make the interval wider than it need be. It is unknown for
// fewer than two valleys.
func NewPowerLaw(by []float64, profiles []Profile) PowerLaw {
	l := line{}
	for i, p := range profiles {
		if p.Place == Inside && by[i] > 0 {
			l.z, l.profiles = append(l.z, math.Log(by[i])), append(l.profiles, p)
		}
	}
	law := PowerLaw{Estimate: Unknown(), N: len(l.z)}
	if law.N < 2 || stat.Variance(l.z, nil) == 0 {
		return law
	}
	l.center()
	slope, step := l.start()
	misfits := make([]float64, 2*reach+1)
	for i := range misfits {
		misfits[i] = l.misfit(slope + float64(i-reach)*step)
	}
	law.Misfit = slices.Min(misfits)
	sum, total := 0.0, 0.0
	for i, misfit := range misfits {
		weight := math.Exp((law.Misfit - misfit) / 2)
		sum += weight * float64(i-reach)
		total += weight
	}
	law.Value = slope + sum/total*step
	freedom := math.Inf(1)
	for _, p := range l.profiles {
		freedom = min(freedom, p.freedom)
	}
	if freedom == 0 {
		return law
	}
	first, last := within(misfits, law.Misfit+misfitLimit(freedom))
	law.Low, law.High = slope+float64(first-1-reach)*step, slope+float64(last+1-reach)*step
	if law.N > 2 {
		law.Bent = law.Misfit > distuv.ChiSquared{K: float64(law.N - 2)}.Quantile(0.99)
	}
	return law
}

// misfitLimit is the misfit that the true power exceeds at most once in 20 times, were
// the log of how plausible it is a parabola: the square of Student's t at 95 %.
func misfitLimit(freedom float64) float64 { return square(studentQuantile(confidence, freedom)) }

// reach is how many steps of slope are looked at on either side.
const reach = 150

// within is the range of places with a misfit up to a limit.
func within(misfits []float64, limit float64) (first, last int) {
	for misfits[first] > limit {
		first++
	}
	for last = len(misfits) - 1; misfits[last] > limit; last-- {
	}
	return first, last
}

// line is valleys whose best log x may lie on a straight line over z.
type line struct {
	z        []float64 // with a mean of 0
	profiles []Profile
}

func (l line) center() {
	mean := stat.Mean(l.z, nil)
	for i := range l.z {
		l.z[i] -= mean
	}
}

// start is the slope through the centres, and a step that is small beside its
// uncertainty.
func (l line) start() (slope, step float64) {
	centers := make([]float64, len(l.z))
	widest := 0.0
	for i, p := range l.profiles {
		centers[i] = p.center()
		widest = max(widest, p.x[len(p.x)-1]-p.x[0])
	}
	_, slope = stat.LinearRegression(l.z, centers, nil, false)
	return slope, widest / 150 / math.Sqrt(dot(l.z, l.z))
}

// misfit is the least sum of misfits of a line with a slope.
func (l line) misfit(slope float64) float64 {
	low, high := math.Inf(-1), math.Inf(1) // where the line may be at z = 0
	spread := 0.0
	for i, p := range l.profiles {
		low = max(low, p.x[0]-slope*l.z[i])
		high = min(high, p.x[len(p.x)-1]-slope*l.z[i])
		spread = max(spread, p.x[1]-p.x[0])
	}
	if low > high {
		low, high = high, low
	}
	steps := int(math.Ceil((high-low)/spread)) + 1
	least := math.Inf(1)
	for s := range steps + 1 {
		a := low + float64(s)/float64(steps)*(high-low)
		sum := 0.0
		for i, p := range l.profiles {
			sum += p.at(a + slope*l.z[i])
		}
		least = min(least, sum)
	}
	return least
}

// at is the misfit at any log x, beyond the places looked at that of the last.
func (p Profile) at(x float64) float64 {
	next, _ := slices.BinarySearch(p.x, x)
	switch next {
	case 0:
		return p.misfit[0]
	case len(p.x):
		return p.misfit[next-1]
	}
	t := (x - p.x[next-1]) / (p.x[next] - p.x[next-1])
	return (1-t)*p.misfit[next-1] + t*p.misfit[next]
}

// PowerLawOf is that of valleys.
func PowerLawOf(by []float64, valleys []Valley) PowerLaw {
	profiles := make([]Profile, len(valleys))
	for i, v := range valleys {
		profiles[i] = v.profile
	}
	return NewPowerLaw(by, profiles)
}
