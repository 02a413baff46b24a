package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep/statistics"
)

// An LRLaw is how the best lr of a recipe moves with alpha, r and steps: as a power
// of each. It rests on settings with r of MinRank or more, if there are any.
type LRLaw struct {
	Recipe
	Ranges []LRRange // of the settings that it rests on: of alpha, r and steps

	powers statistics.Powers
}

// An LRRange is what was tried of alpha, r or steps.
type LRRange struct {
	Axis      string
	Low, High float64
	Values    int // that differ
}

// One reports whether there is but one value, by which no law is told.
func (r LRRange) One() bool { return r.Values < 2 }

// nextStep is one further step of a ladder of alpha, r or steps: as far as a law is
// believed beyond what was trained.
const nextStep = 4

// Least and Most are how far the law is believed.
func (r LRRange) Least() float64 { return r.Low / nextStep }

// Most is the largest value for which the law is believed.
func (r LRRange) Most() float64 { return r.High * nextStep }

// String reads "alpha 1 to 512".
func (r LRRange) String() string {
	if r.One() {
		return r.Axis + " " + plain(r.Low)
	}
	return r.Axis + " " + plain(r.Low) + " to " + plain(r.High)
}

func plain(x float64) string { return number(tenDigits(x)).Text }

// NewLRLaw fits the law to a recipe's tuned settings.
func NewLRLaw(r Recipe) LRLaw {
	law := LRLaw{Recipe: r}
	enough := func(t TunedSetting) bool { return t.R >= MinRank }
	if slices.ContainsFunc(r.Tuned, enough) {
		law.Tuned = slices.DeleteFunc(slices.Clone(r.Tuned), func(t TunedSetting) bool { return !enough(t) })
	}
	var points []statistics.TunedPoint
	for _, t := range law.Tuned {
		point := statistics.TunedPoint{By: t.place(), At: t.LR, Error: math.NaN()}
		if t.Low > 0 && t.High > t.Low {
			point.Error = statistics.StandardError(t.Low, t.High)
		}
		points = append(points, point)
	}
	law.powers = statistics.NewPowers(points)
	for i, axis := range []string{"alpha", "r", "steps"} {
		law.Ranges = append(law.Ranges, rangeOf(axis, points, i))
	}
	return law
}

// place is alpha, r and steps, in the order of all that follows.
func (t TunedSetting) place() []float64 { return []float64{t.Alpha, t.R, t.Steps} }

func rangeOf(axis string, points []statistics.TunedPoint, i int) LRRange {
	var values []float64
	for _, p := range points {
		values = append(values, p.By[i])
	}
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) == 0 {
		return LRRange{Axis: axis}
	}
	return LRRange{axis, values[0], values[len(values)-1], len(values)}
}

// Seeds are the fewest and the most that a setting of the law has.
func (l LRLaw) Seeds() (fewest, most int) {
	for i, t := range l.Tuned {
		if i == 0 || t.Seeds < fewest {
			fewest = t.Seeds
		}
		most = max(most, t.Seeds)
	}
	return fewest, most
}

// An LRPlace is a setting whose best lr is known or asked for. What is 0 is not
// known; an empty Scaling is alpha/r.
type LRPlace struct {
	Alpha, R, Steps float64
	Scaling         string
}

// power is that of r in s r / alpha.
func (p LRPlace) power() float64 {
	switch p.Scaling {
	case "alpha":
		return 1
	case "alpha/sqrt(r)":
		return 0.5
	default:
		return 0
	}
}

// values are those that the law sees: of alpha the one that would give the same s
// under the scaling alpha/r.
func (p LRPlace) values() []float64 {
	alpha := p.Alpha
	if p.power() != 0 {
		alpha *= math.Pow(p.R, p.power())
	}
	return []float64{alpha, p.R, p.Steps}
}

// step is by how much the logs of the values change from one place to another.
func (p LRPlace) step(to LRPlace) []float64 {
	unknown := p.Alpha == 0
	if unknown {
		p.Alpha, to.Alpha = 1, 1
	}
	from, step := p.values(), to.values()
	for i := range step {
		if step[i] = math.Log(step[i] / from[i]); math.IsNaN(step[i]) { // neither is known
			step[i] = 0
		}
	}
	return step
}

// An LRMove is what a change of alpha, r and steps does to the best lr.
type LRMove struct {
	Factor   statistics.Estimate // of lr
	Changes  []LRChange          // what each brings by itself, where that is known
	Beyond   []LRRange           // that one of the places lies outside of
	Capacity bool                // one of them has an r below MinRank
}

// An LRChange is what the change of one of alpha, r and steps brings, the others
// left as they are.
type LRChange struct {
	Axis     string
	Ratio    float64
	Exponent statistics.Estimate
	Factor   statistics.Estimate
}

// regimes is how far apart theory's exponents for neighbouring regimes are: -1,
// -1/2 and 0 under Adam, twice that under SGD.
func (l LRLaw) regimes() float64 {
	if l.Shared["optimizer"] == "sgd" {
		return 1
	}
	return 0.5
}

// Move tells what to multiply lr by. Its interval holds what the settings' own
// intervals or their scatter leave open of the exponents, whichever is more; how far
// single settings lie from the law, in full from a step of the ladder on; and, for
// the part of the way that lies beyond what was trained, exponents that are half the
// way to theory's next regime off. So it does for the whole way where too few settings are
// to spare to show a bend. It refuses to go further than one step beyond.
func (l LRLaw) Move(from, to LRPlace) (LRMove, error) {
	var m LRMove
	step := from.step(to)
	if err := l.refuse(from, to, step); err != nil {
		return m, err
	}
	whole := l.powers.Along(step)
	if !whole.Known() {
		return m, fmt.Errorf("these runs cannot tell what %s do apart: their values rise together in all %d settings", strings.Join(l.changed(step), " and "), len(l.Tuned))
	}
	squares, longest := 0.0, 0.0
	start, end := from.values(), to.values()
	for i, r := range l.Ranges {
		longest = max(longest, math.Abs(step[i]))
		outside := r.outside(start[i], end[i])
		if !l.powers.Spare() {
			outside = step[i]
		}
		squares += square(l.regimes() / 2 * outside)
		if step[i] != 0 && !(r.holds(start[i]) && r.holds(end[i])) {
			m.Beyond = append(m.Beyond, r)
		}
	}
	m.Capacity = from.R > 0 && min(from.R, to.R) < MinRank
	misfit := l.powers.Reach(l.powers.Scatter * math.Sqrt(2*min(1, longest/math.Log(nextStep))))
	reach := math.Sqrt(square(whole.High-whole.Value) + square(misfit) + squares)
	m.Factor = factor(statistics.Estimate{Value: whole.Value, Low: whole.Value - reach, High: whole.Value + reach}, 1)
	for i, r := range l.Ranges {
		unit := make([]float64, len(step))
		unit[i] = 1
		if exponent := l.powers.Along(unit); step[i] != 0 && exponent.Known() {
			m.Changes = append(m.Changes, LRChange{r.Axis, math.Exp(step[i]), exponent, factor(exponent, step[i])})
		}
	}
	return m, nil
}

func square(x float64) float64 { return x * x }

// factor is e to a multiple of an estimate.
func factor(e statistics.Estimate, by float64) statistics.Estimate {
	low, high := math.Exp(by*e.Low), math.Exp(by*e.High)
	if by < 0 {
		low, high = high, low
	}
	return statistics.Estimate{Value: math.Exp(by * e.Value), Low: low, High: high}
}

// holds reports whether a value, if it is known, was within what was trained.
func (r LRRange) holds(x float64) bool { return x == 0 || x >= r.Low && x <= r.High }

// outside is how much of the way from one value to another lies outside the range,
// in logs.
func (r LRRange) outside(from, to float64) float64 {
	low, high := min(from, to), max(from, to)
	if low == 0 {
		return 0
	}
	within := max(0, math.Log(min(high, r.High)/max(low, r.Low)))
	return math.Log(high/low) - within
}

// changed are the axes along which a step goes.
func (l LRLaw) changed(step []float64) []string {
	var names []string
	for i, r := range l.Ranges {
		if step[i] != 0 {
			names = append(names, r.Axis)
		}
	}
	return names
}

// refuse says why the law does not reach from one place to another.
func (l LRLaw) refuse(from, to LRPlace, step []float64) error {
	if len(l.Tuned) < 2 {
		return fmt.Errorf("these runs enclose the best lr of %s of alpha, r and steps; a law needs two or more", counted(len(l.Tuned), "setting"))
	}
	start, end := from.values(), to.values()
	for i, r := range l.Ranges {
		changes := step[i] != 0
		if changes && r.One() {
			return &OneValueError{Axis: r.Axis, Value: r.Low}
		}
		if ratio := math.Exp(math.Abs(step[i])); changes && ratio > r.High/r.Low*nextStep*(1+1e-9) {
			return fmt.Errorf("%s changes by a factor of %.4g; it was trained over one of %.4g (%s), and a law is believed for %d times that, %.4g",
				r.Axis, ratio, r.High/r.Low, r, nextStep, r.High/r.Low*nextStep)
		}
		for _, x := range []float64{start[i], end[i]} {
			if x == 0 || r.Axis == "steps" && !changes {
				continue
			}
			if x < r.Least()*(1-1e-9) || x > r.Most()*(1+1e-9) {
				return fmt.Errorf("%s = %s is too far from what was trained, %s: a law is believed from %s to %s, one step of %d beyond",
					r.Axis, plain(x), r, plain(r.Least()), plain(r.Most()), nextStep)
			}
		}
	}
	return nil
}

// OneValueError says that all settings of a law have one value of an axis that is to
// change.
type OneValueError struct {
	Axis  string
	Value float64
}

func (e *OneValueError) Error() string {
	return fmt.Sprintf("these runs have %s = %s throughout, which does not tell how the best lr moves with it", e.Axis, plain(e.Value))
}

// Varies reports whether the law tells of a change of alpha, r or steps.
func (l LRLaw) Varies() bool {
	return slices.ContainsFunc(l.Ranges, func(r LRRange) bool { return !r.One() })
}
