package sweep

import (
	"maps"
	"slices"
)

// Custom is the parameters of a run that a command trains and that are no Parameters
// here, by name. A value is a float64, a bool or a string.
type Custom map[string]any

// Names returns the names, ascending.
func (c Custom) Names() []string { return slices.Sorted(maps.Keys(c)) }

// text writes them, a line each.
func (c Custom) text() string {
	text := ""
	for _, name := range c.Names() {
		text += "custom." + name + " = " + Parameter{}.Canonical(c[name]) + "\n"
	}
	return text
}
