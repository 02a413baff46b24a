package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot"

	"sweep/sweep/analysis"
)

// axis is what one side of a panel shows. Panels that have a label in common have
// the axis in common, too: shareAxes sees to it.
type axis struct {
	name   string // of the parameter, which decides how its numbers are written; "" for losses
	kind   kind
	span   extent           // of the data; noExtent for none
	values []analysis.Value // which all get a tick, where they are few
	room   room
	least  floor

	headroom bool // more of it above the data, for crosses at the edge
}

// room is how far an axis goes beyond its data.
type room int

const (
	roomAround room = iota
	roomAbove       // none below
	roomNone
)

// floor is where a log axis draws what is too small for it.
type floor struct {
	name string  // the label of its tick; "" for an axis that has none
	at   float64 // 0: a decade below what is positive
}

// parameterAxis shows a parameter's values.
func parameterAxis(s scale) axis {
	a := axis{name: s.axis, kind: s.kind, span: noExtent(), values: s.values}
	for _, v := range s.values {
		if s.kind != ordinal {
			a.span.include(v.Number)
		}
	}
	return a
}

// lossAxis shows losses on a log scale unless some are not positive.
func lossAxis(span extent) axis {
	a := axis{kind: logarithmic, span: span}
	if span.low <= 0 {
		a.kind = linear
	}
	return a
}

// stepAxis shows steps.
func stepAxis(span extent) axis { return axis{kind: linear, span: span, room: roomAbove} }

// zeroAxis shows what may be 0 or span decades: a log axis that ends in a line for 0.
func zeroAxis(positive extent) axis {
	return axis{kind: logarithmic, span: positive, least: floor{name: "0"}}
}

// with is the axis for what another shows, too.
func (a axis) with(b axis) axis {
	a.span.include(b.span.low, b.span.high)
	a.headroom = a.headroom || b.headroom
	a.values = slices.Clone(a.values)
	for _, v := range b.values {
		if !slices.Contains(a.values, v) {
			a.values = append(a.values, v)
		}
	}
	slices.SortFunc(a.values, analysis.Value.Compare)
	if b.kind == linear && a.kind == logarithmic && b.span.low <= 0 {
		a.kind = linear // some losses are not positive
	}
	return a
}

// bottom is where the axis draws what is too small for it, 0 where nothing is.
func (a axis) bottom() float64 {
	switch {
	case a.least.name == "":
		return 0
	case a.least.at > 0:
		return a.least.at
	default:
		low, _ := a.span.or(1e-3, 1)
		return math.Pow(10, math.Floor(math.Log10(low))-1)
	}
}

// apply sets a plot's axis to it.
func (a axis) apply(p *plot.Axis) {
	low, high := a.span.or(1, 10)
	if bottom := a.bottom(); bottom > 0 {
		low, high = bottom, math.Max(high, 10*bottom)
	}
	switch a.kind {
	case ordinal:
		p.Scale, p.Min, p.Max = plot.LinearScale{}, -0.5, float64(len(a.values))-0.5
		p.Tick.Marker = a.ticks(func(i int) float64 { return float64(i) })
		return
	case linear:
		p.Scale = plot.LinearScale{}
		p.Min, p.Max = a.around(low, high)
		p.Tick.Marker = evenTicks(p.Min, p.Max)
	case logarithmic:
		p.Scale = plot.LogScale{}
		from, to := a.around(math.Log(low), math.Log(high))
		p.Min, p.Max = math.Exp(from), math.Exp(to)
		p.Tick.Marker = decades(p.Min, p.Max, tickNamer(a.name, p.Min, p.Max))
		if a.whole() {
			p.Tick.Marker = a.ticks(func(i int) float64 { return a.values[i].Number })
		}
	}
	if bottom := a.bottom(); bottom > 0 {
		ticks := plot.ConstantTicks{{Value: bottom, Label: a.least.name}}
		for _, t := range p.Tick.Marker.Ticks(p.Min, p.Max) {
			if t.Value > 1.5*bottom {
				ticks = append(ticks, t)
			}
		}
		p.Tick.Marker = ticks
	}
}

// around is a range, of logarithms where the axis has a log scale, with room.
func (a axis) around(low, high float64) (from, to float64) {
	const share = 0.06
	if a.room == roomNone {
		return low, high
	}
	beside := share * (high - low)
	switch {
	case a.kind == logarithmic && low == high:
		beside = math.Log(2)
	case a.kind == logarithmic:
		beside = max(beside, math.Log(1+share))
	case low == high:
		beside = max(math.Abs(low)/2, 1e-3)
	}
	if a.headroom {
		high += 1.2 * beside
	}
	if a.room == roomAbove {
		return low, high + beside
	}
	return low - beside, high + beside
}

// whole reports whether the values are whole numbers and few, as powers of two
// are, so that they are better ticks than decades.
func (a axis) whole() bool {
	const few = 10
	for _, v := range a.values {
		if v.Number < 1 || v.Number != math.Trunc(v.Number) {
			return false
		}
	}
	return len(a.values) > 0 && len(a.values) <= few
}

// ticks are one for each value.
func (a axis) ticks(at func(i int) float64) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(a.values))
	for i, v := range a.values {
		ticks[i] = plot.Tick{Value: at(i), Label: valueName(a.name, v)}
	}
	return ticks
}
