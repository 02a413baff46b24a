package grid

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
)

// Axis is one direction of a grid: a parameter with the values it takes, or
// several parameters that a [[zip]] moves together.
type Axis struct {
	Parameters  []sweep.Parameter
	Points      [][]any // a value for each of Parameters, of its kind's Go type; none twice
	Conditional bool    // whether it stands in a [[when]], so that it and each of its points exist in some cells only
}

// set gives the axis's parameters the values of its i-th point.
func (a Axis) set(p *sweep.Params, i int) {
	for k, q := range a.Parameters {
		q.Set(p, a.Points[i][k])
	}
}

func (a Axis) names() []string { return parameterNames(a.Parameters) }

func parameterNames(parameters []sweep.Parameter) []string {
	names := make([]string, len(parameters))
	for i, q := range parameters {
		names[i] = q.Name
	}
	return names
}

// id returns the i-th point in a form that does not depend on how it was spelt.
func (a Axis) id(i int) string {
	var id string
	for k, q := range a.Parameters {
		id += q.Canonical(a.Points[i][k]) + "\n"
	}
	return id
}

func (d *decoder) decodeGrid(s section, taken claims) map[string]placedAxis {
	grid := map[string]placedAxis{}
	table := d.subtable(s, "grid")
	for _, name := range table.names() {
		q, ok := d.lookup(table, name)
		if !ok {
			continue
		}
		key := table.key(name)
		d.claim(taken, q, key, "[grid]")
		if values, plain, ok := d.axisValues(q, key, table.values[name], true); ok {
			own := []sweep.Parameter{q}
			grid[name] = placedAxis{Axis: zipped(own, [][]any{values}), plain: zipped(own, [][]any{plain}).Points, at: []place{{d.file, key}}}
		}
	}
	return grid
}

// decodeZips returns the axis of each [[zip]] in s, an empty one if it is wrong.
func (d *decoder) decodeZips(s section, taken claims) (zips []placedAxis) {
	for _, table := range d.subtables(s, "zip") {
		zips = append(zips, d.decodeZip(table, taken))
	}
	return zips
}

func (d *decoder) decodeZip(table section, taken claims) (zip placedAxis) {
	var columns, plain [][]any
	for _, name := range table.names() {
		q, ok := d.lookup(table, name)
		if !ok {
			return placedAxis{}
		}
		key := table.key(name)
		d.claim(taken, q, key, "[[zip]]")
		values, asGiven, ok := d.axisValues(q, key, table.values[name], false)
		if !ok {
			return placedAxis{}
		}
		columns, plain = append(columns, values), append(plain, asGiven)
		zip.Parameters, zip.at = append(zip.Parameters, q), append(zip.at, place{d.file, key})
	}
	if len(columns) < 2 {
		d.note(Problem{Key: table.path, Fault: "moves fewer than two parameters; an axis of one belongs in [grid]"})
		return placedAxis{}
	}
	for i, values := range columns {
		if len(values) != len(columns[0]) {
			d.note(Problem{Key: zip.at[i].key, Fault: fmt.Sprintf("has %d values, where %s beside it has %d; a zip pairs them one by one",
				len(values), zip.Parameters[0].Name, len(columns[0]))})
			return placedAxis{}
		}
	}
	zip.Axis, zip.plain = zipped(zip.Parameters, columns), zipped(zip.Parameters, plain).Points
	d.refuseTwins(zip.Axis, table.path)
	return zip
}

// zipped returns the axis of parameters whose values are columns of equal length.
func zipped(parameters []sweep.Parameter, columns [][]any) Axis {
	axis := Axis{Parameters: parameters, Points: make([][]any, len(columns[0]))}
	for i := range axis.Points {
		for _, values := range columns {
			axis.Points[i] = append(axis.Points[i], values[i])
		}
	}
	return axis
}

// refuseTwins notes the points that are twice in a zip.
func (d *decoder) refuseTwins(a Axis, key string) {
	seen := map[string]bool{}
	var problems []Problem
	for i, point := range a.Points {
		id := a.id(i)
		if seen[id] {
			problems = append(problems, Problem{Key: key, Given: pointText(point), Fault: "is there twice; keep one"})
		}
		seen[id] = true
	}
	d.noteFew(key, problems)
}

func pointText(point []any) string {
	var texts []string
	for _, v := range point {
		texts = append(texts, tomlText(v))
	}
	return strings.Join(texts, " with ")
}

// inFileOrder returns the axes of [grid] and of the [[zip]]s beside it in the order in
// which they stand in the file, without those that are wrong.
func inFileOrder(s section, grid map[string]placedAxis, zips []placedAxis) (axes []placedAxis) {
	for _, key := range s.keys {
		switch {
		case key[0] == "zip" && len(key) == 1 && len(zips) > 0:
			axes, zips = append(axes, zips[0]), zips[1:]
		case key[0] == "grid" && len(key) > 1:
			axes = append(axes, grid[key[1]])
			delete(grid, key[1])
		}
	}
	axes = append(axes, zips...) // those written as one list, zip = [{...}, {...}]
	return slices.DeleteFunc(axes, func(a placedAxis) bool { return len(a.Points) == 0 })
}

// axisValues returns the values of an axis, also as the file has them, where paths are
// relative to it, and whether all are right. If once is true, none may be there twice.
func (d *decoder) axisValues(q sweep.Parameter, key string, raw any, once bool) (values, plain []any, ok bool) {
	if !d.takesValues(key, 0) {
		return nil, nil, false
	}
	elements, err := axisElements(q, raw)
	if err != nil {
		d.note(Problem{Key: key, Given: tomlText(raw), Fault: err.Error(), Allowed: axisAllowed(q)})
		return nil, nil, false
	}
	if !d.takesValues(key, len(elements)) {
		return nil, nil, false
	}
	var problems []Problem
	seen := map[string]bool{}
	for _, element := range elements {
		v, err := q.Convert(element)
		if err != nil {
			problems = append(problems, valueProblem(q, key, element, fmt.Errorf("%w%s", err, d.kindHint(q))))
			continue
		}
		plain = append(plain, v)
		v = d.resolve(q, v)
		id := q.Canonical(v)
		if once && seen[id] {
			problems = append(problems, Problem{Key: key, Given: tomlText(element), Fault: "is there twice; keep one"})
		}
		seen[id] = true
		values = append(values, v)
	}
	d.noteFew(key, problems)
	return values, plain, len(problems) == 0
}

// noteFew notes the first of the problems of one key, and how many more there
// are.
func (d *decoder) noteFew(key string, problems []Problem) {
	const few = 5
	for _, p := range problems[:min(few, len(problems))] {
		d.note(p)
	}
	if more := len(problems) - few; more > 0 {
		d.note(Problem{Key: key, Fault: fmt.Sprintf("has %d more values that are wrong", more)})
	}
}

// axisElements returns the values that raw lists, or that its range has, as the TOML
// package would decode them. The error is a clause about raw.
func axisElements(q sweep.Parameter, raw any) ([]any, error) {
	if tables, ok := raw.([]map[string]any); ok {
		return anys(tables), nil
	}
	switch raw := raw.(type) {
	case []any:
		if len(raw) == 0 {
			return nil, errors.New("is an empty axis")
		}
		return raw, nil
	case map[string]any:
		if q.Kind != sweep.KindInteger && q.Kind != sweep.KindNumber {
			return nil, errors.New("is a range, which only numbers have")
		}
		values, err := expandSpan(raw)
		var elements []any
		for _, x := range values {
			if q.Kind == sweep.KindInteger {
				x = math.Round(x)
			}
			elements = append(elements, x)
		}
		return elements, err
	default:
		return nil, errors.New("is no axis; an axis is a list, even of one value")
	}
}

// anys returns tables or texts as the elements of a list.
func anys[T any](all []T) []any {
	elements := make([]any, len(all))
	for i, element := range all {
		elements[i] = element
	}
	return elements
}

func axisAllowed(q sweep.Parameter) string {
	switch q.Kind {
	case sweep.KindInteger, sweep.KindNumber:
		return "a list, { pow2 = [a, b] }, { log = [a, b], points = n }, { linear = [a, b], points = n } or { range = [a, b], step = s }"
	case sweep.KindSubset:
		return "a list of lists"
	case sweep.KindTargets:
		return "a list of lists or of texts"
	case sweep.KindTable, sweep.KindTexts:
		return "a list of tables"
	default:
		return "a list"
	}
}
