package plots

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"

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
	linear                  // numbers
	logarithmic             // positive numbers over a factor of four or more
)

// wide is the ratio from which positive numbers are drawn on a log axis.
const wide = 4

func newScale(axis string, values []analysis.Value) scale {
	s := scale{axis, values, linear}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !v.Numeric {
			s.kind = ordinal
			return s
		}
		low, high = min(low, v.Number), max(high, v.Number)
	}
	switch {
	case low > 0 && (high >= wide*low || len(values) == 1):
		s.kind = logarithmic
	case low <= 0:
		s.kind = ordinal
	}
	return s
}

// at is where a value is drawn, in the axis' own units.
func (s scale) at(v analysis.Value) float64 {
	if s.kind != ordinal {
		return v.Number
	}
	for i, w := range s.values {
		if v == w {
			return float64(i)
		}
	}
	return 0
}

// apply sets an axis to show all values, with room on either side.
func (s scale) apply(a *plot.Axis) {
	first, last := s.values[0], s.values[len(s.values)-1]
	switch s.kind {
	case logarithmic:
		logAxis(a, s.axis, first.Number, last.Number)
		if s.whole() {
			a.Tick.Marker = s.wholeTicks()
		}
	case linear:
		linearAxis(a, first.Number, last.Number)
	case ordinal:
		a.Min, a.Max = -0.5, float64(len(s.values))-0.5
		a.Tick.Marker = s.names()
	}
}

func (s scale) names() plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(s.values))
	for i, v := range s.values {
		ticks[i] = plot.Tick{Value: float64(i), Label: valueName(s.axis, v)}
	}
	return ticks
}

// whole reports whether the values are whole numbers and few, as powers of two
// are, so that they are better ticks than decades.
func (s scale) whole() bool {
	for _, v := range s.values {
		if v.Number < 1 || v.Number != math.Trunc(v.Number) {
			return false
		}
	}
	return len(s.values) <= 10
}

func (s scale) wholeTicks() plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(s.values))
	for i, v := range s.values {
		ticks[i] = plot.Tick{Value: v.Number, Label: valueName(s.axis, v)}
	}
	return ticks
}

// logAxis makes an axis logarithmic over a positive range of a parameter, or
// of losses if none is named.
func logAxis(a *plot.Axis, axis string, low, high float64) {
	room := math.Max(math.Pow(high/low, 0.06), 1.06)
	if low == high {
		room = 2
	}
	a.Scale = plot.LogScale{}
	a.Min, a.Max = low/room, high*room
	a.Tick.Marker = decades(a.Min, a.Max, tickNamer(axis, a.Min, a.Max))
}

// linearAxis makes an axis linear over a range.
func linearAxis(a *plot.Axis, low, high float64) {
	room := 0.06 * (high - low)
	if room == 0 {
		room = math.Max(math.Abs(low)/2, 1e-3)
	}
	a.Scale = plot.LinearScale{}
	a.Min, a.Max = low-room, high+room
	a.Tick.Marker = plainTicks{}
}

// plainTicks are gonum's, labelled with no more digits than they need: 25, not
// 25.00.
type plainTicks struct{}

func (plainTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if !ticks[i].IsMinor() {
			ticks[i].Label = tickName(ticks[i].Value)
		}
	}
	return ticks
}

// lossAxis chooses log or linear for losses in a range.
func lossAxis(a *plot.Axis, low, high float64) {
	if low > 0 && high >= wide*low {
		logAxis(a, "", low, high)
	} else {
		linearAxis(a, low, high)
	}
}

// zeroAxis makes an axis logarithmic over what is positive, and returns where,
// a decade lower, zero is drawn.
func zeroAxis(a *plot.Axis, positive extent) (none float64) {
	low, high := positive.or(1e-3, 1)
	none = math.Pow(10, math.Floor(math.Log10(low))-1)
	logAxis(a, "", none, math.Max(high, 10*none))
	ticks := plot.ConstantTicks{{Value: none, Label: "0"}}
	for _, t := range a.Tick.Marker.Ticks(a.Min, a.Max) {
		if t.Value > 1.5*none {
			ticks = append(ticks, t)
		}
	}
	a.Tick.Marker = ticks
	return none
}

// decades are the ticks of a log axis: labels at powers of ten, at 1, 2 and 5
// times them where there are few of these, at each digit where there are fewer
// still, and at finer steps where one digit is not enough.
func decades(low, high float64, name func(float64) string) plot.ConstantTicks {
	for _, choice := range []struct {
		digits string
		enough int
	}{{"1", 3}, {"125", 2}, {"123456789", 2}} {
		if ticks, labels := digitTicks(low, high, choice.digits, name); labels >= choice.enough {
			return ticks
		}
	}
	return fineTicks(low, high, name)
}

// fineTicks are two ticks or a few more at multiples of 1, 2 or 5 times a power of
// ten.
func fineTicks(low, high float64, name func(float64) string) (ticks plot.ConstantTicks) {
	for power := math.Floor(math.Log10(high - low)); len(ticks) < 2; power-- {
		for _, digit := range []float64{5, 2, 1} {
			step := digit * math.Pow(10, power)
			ticks = nil
			for i := math.Ceil(low / step); i*step <= high; i++ {
				ticks = append(ticks, plot.Tick{Value: i * step, Label: name(i * step)})
			}
			if len(ticks) > 1 {
				return ticks
			}
		}
	}
	return ticks
}

func digitTicks(low, high float64, labelled string, name func(float64) string) (ticks plot.ConstantTicks, labels int) {
	for power := int(math.Floor(math.Log10(low))); power <= int(math.Ceil(math.Log10(high))); power++ {
		for digit := 1; digit <= 9; digit++ {
			value, err := strconv.ParseFloat(fmt.Sprintf("%de%d", digit, power), 64)
			if err != nil || value < low || value > high {
				continue
			}
			tick := plot.Tick{Value: value}
			if strings.Contains(labelled, strconv.Itoa(digit)) {
				tick.Label = name(value)
				labels++
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks, labels
}
