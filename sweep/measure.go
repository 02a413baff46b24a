package sweep

import (
	"cmp"
	"slices"
)

// Measure is a number that a command logged at a step, beside the loss, the gradient norm
// and the evaluation loss: its accuracy, say, or its learning rate. It may be NaN or infinite.
type Measure struct {
	Name  string
	Value float64
}

// Measures is what was logged at one step, ascending by name, each name once.
type Measures []Measure

// Value returns the measure of that name, and whether there is one.
func (m Measures) Value(name string) (x float64, ok bool) {
	if i, found := m.search(name); found {
		return m[i].Value, true
	}
	return 0, false
}

// Names returns the names, ascending.
func (m Measures) Names() []string {
	names := make([]string, len(m))
	for i, measure := range m {
		names[i] = measure.Name
	}
	return names
}

// With returns the measures with one more, which replaces that of its name.
func (m Measures) With(name string, x float64) Measures {
	i, found := m.search(name)
	with := slices.Clone(m)
	if found {
		with[i].Value = x
		return with
	}
	return slices.Insert(with, i, Measure{name, x})
}

// Merge returns the measures with more of them, in any order. The last one of a name counts.
func (m Measures) Merge(more []Measure) Measures {
	if len(more) == 0 {
		return m
	}
	merged := append(slices.Clip(m), more...)
	slices.SortStableFunc(merged, func(a, b Measure) int { return cmp.Compare(a.Name, b.Name) })
	last := merged[:0]
	for i, measure := range merged {
		if i+1 == len(merged) || merged[i+1].Name != measure.Name {
			last = append(last, measure)
		}
	}
	return last
}

// ColumnOfMeasure is the name of the column of a measure in a table that has others:
// its own or, where another column has that, with "logged." before it.
func ColumnOfMeasure(name string, others []string) string {
	if slices.Contains(others, name) {
		return "logged." + name
	}
	return name
}

func (m Measures) search(name string) (int, bool) {
	return slices.BinarySearchFunc(m, name, func(m Measure, name string) int { return cmp.Compare(m.Name, name) })
}
