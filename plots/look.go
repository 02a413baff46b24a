package plots

import (
	"slices"

	"sweep/sweep/analysis"
)

// look is how the values of an axis are drawn, the same in every panel of a
// figure.
type look struct {
	axis   string
	values []analysis.Value
	styles []style
	layer  int // of several sweeps over one another, from 0
}

// newLook gives each value a style.
func newLook(axis string, values []analysis.Value) look {
	return look{axis: axis, values: values, styles: stylesOf(values)}
}

// of is a value's place in the legend and its style. The zero Value stands for all
// of them.
func (l look) of(v analysis.Value) (int, style) {
	i := max(0, slices.Index(l.values, v))
	return i, l.styles[i]
}

// name is what the legend calls a value.
func (l look) name(v analysis.Value) string {
	i, _ := l.of(v)
	return valueName(l.axis, l.values[i])
}

func (l look) legend() legend { return newLegend(l.axis, l.values, l.styles) }
