package analysis

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sweep/sweep"
)

// Seed is the one axis that losses are averaged over.
const Seed = "seed"

// A Value is what a parameter is set to. Values compare with ==.
type Value struct {
	Text    string  // as a person would write it, never empty in results of ValueOf
	Number  float64 // the number, 0 unless Numeric
	Numeric bool
}

// String returns the text.
func (v Value) String() string { return v.Text }

// Compare orders numbers by size and before texts, which are ordered
// alphabetically.
func (v Value) Compare(w Value) int {
	if v.Numeric != w.Numeric {
		return cmp.Compare(rank(w.Numeric), rank(v.Numeric))
	}
	return cmp.Or(cmp.Compare(v.Number, w.Number), cmp.Compare(v.Text, w.Text))
}

func rank(numeric bool) int {
	if numeric {
		return 1
	}
	return 0
}

// An Axis is a parameter that differs between runs.
type Axis struct {
	Name   string
	Values []Value // ascending, each once, at least two
}

// Numeric reports whether every value is a number.
func (a Axis) Numeric() bool {
	return !slices.ContainsFunc(a.Values, func(v Value) bool { return !v.Numeric })
}

// A Setting is one parameter's value.
type Setting struct {
	Axis  string
	Value Value
}

// String returns "axis = value".
func (s Setting) String() string { return s.Axis + " = " + s.Value.Text }

// ValueOf returns the value of the parameter with the given TOML name, which may be one of
// a command's own.
func ValueOf(p sweep.Params, name string) (Value, error) {
	if v, ok := p.Custom[name]; ok {
		return valueOfCustom(v), nil
	}
	i := slices.Index(fieldNames(), name)
	if i < 0 {
		return Value{}, fmt.Errorf("no parameter is named %q", name)
	}
	if name != Seed && !p.States(name) {
		return unknownValue, nil
	}
	return read(reflect.ValueOf(p).Field(i)), nil
}

// unknownValue is that of a parameter that a run does not know.
var unknownValue = Value{Text: "(unknown)"}

// column returns each result's value of a parameter known to exist.
func column(results []sweep.Result, name string) []Value {
	levels := make([]int, len(results))
	values := scan(results, name, func(row, level int) { levels[row] = level })
	all := make([]Value, len(results))
	for row, level := range levels {
		all[row] = values[level]
	}
	return all
}

// scan returns the values of a parameter, in the order of their first results, and calls
// each with the index of the value that each result has. That of results which do not know
// it is unknownValue.
func scan(results []sweep.Result, name string, each func(row, level int)) []Value {
	field := slices.Index(fieldNames(), name)
	if field < 0 {
		return scanCustom(results, name, each)
	}
	switch reflect.TypeFor[sweep.Params]().Field(field).Type.Kind() {
	case reflect.Int:
		return scanBy(results, name, field, reflect.Value.Int, each)
	case reflect.Float64:
		return scanBy(results, name, field, func(at reflect.Value) uint64 { return math.Float64bits(at.Float()) }, each)
	case reflect.String:
		return scanBy(results, name, field, reflect.Value.String, each)
	case reflect.Bool:
		return scanBy(results, name, field, reflect.Value.Bool, each)
	default: // a list or a table, which runs may share
		return scanBy(results, name, field, func(at reflect.Value) [2]uintptr { return [2]uintptr{at.Pointer(), uintptr(at.Len())} }, each)
	}
}

// allKnow reports whether all results know a parameter.
func allKnow(results []sweep.Result, name string) bool {
	for i := range results { // a result is large
		if !knows(&results[i], name) {
			return false
		}
	}
	return true
}

// knows reports whether a result knows a parameter. Each has a seed: a command is told one
// even where its grid sets none.
func knows(r *sweep.Result, name string) bool { return name == Seed || r.Knows(name) }

// scanCustom is scan of a parameter of commands' own, which other runs do not have.
func scanCustom(results []sweep.Result, name string, each func(row, level int)) []Value {
	var values []Value
	levels := map[any]int{}
	for row := range results {
		v := results[row].Params.Custom[name]
		level, seen := levels[v]
		if !seen {
			level = len(values)
			levels[v], values = level, append(values, valueOfCustom(v))
		}
		each(row, level)
	}
	return values
}

// valueOfCustom is a value of a parameter of a command's own, nil in runs without it.
func valueOfCustom(v any) Value {
	switch v := v.(type) {
	case nil:
		return text("")
	case float64:
		return number(v)
	default:
		return text(fmt.Sprint(v))
	}
}

// scanBy is scan of a field of Params, where fields with equal ids have equal values.
func scanBy[K comparable](results []sweep.Result, name string, field int, id func(reflect.Value) K, each func(row, level int)) []Value {
	var values []Value
	known, levels := map[K]int{}, map[Value]int{} // a grid has few values of a parameter
	var last K
	level, unknown := -1, -1
	for row := range results {
		if !knows(&results[row], name) {
			if unknown < 0 {
				unknown = len(values)
				values = append(values, unknownValue)
			}
			each(row, unknown)
			continue
		}
		at := reflect.ValueOf(&results[row].Params).Elem().Field(field)
		this := id(at)
		if level < 0 || this != last {
			var seen bool
			if level, seen = known[this]; !seen {
				v := read(at)
				if level, seen = levels[v]; !seen {
					level = len(values)
					values, levels[v] = append(values, v), level
				}
				known[this] = level
			}
			last = this
		}
		each(row, level)
	}
	return values
}

// names are the names of all parameters that results may differ in: those of Params'
// fields, in their order, and then those that commands have of their own.
func names(results []sweep.Result) []string {
	all := ours()
	for _, q := range sweep.CustomParameters(results) {
		all = append(all, q.Name)
	}
	return all
}

// ours are the TOML names of Params' fields, in their order. The fields that are no
// parameters come after all others.
func ours() []string { return slices.Clone(fieldNames()) }

var fieldNames = sync.OnceValue(func() []string {
	t := reflect.TypeFor[sweep.Params]()
	var all []string
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("toml"), ","); name != "-" {
			all = append(all, name)
		}
	}
	return all
})

// namesWith returns the names of the parameters that have one of the roles, in the
// order of Params' fields.
func namesWith(any sweep.Role) []string {
	with := sweep.ParametersWith(any)
	return slices.DeleteFunc(ours(), func(name string) bool {
		return !slices.ContainsFunc(with, func(q sweep.Parameter) bool { return q.Name == name })
	})
}

func read(field reflect.Value) Value {
	switch field.Kind() {
	case reflect.Int:
		return Value{Text: strconv.FormatInt(field.Int(), 10), Number: float64(field.Int()), Numeric: true}
	case reflect.Float64:
		return number(field.Float())
	case reflect.Slice:
		if texts, ok := field.Interface().(sweep.Texts); ok {
			return text(sweep.FormatValue(texts))
		}
		parts := make([]string, field.Len())
		for i := range parts {
			parts[i] = read(field.Index(i)).Text
		}
		return text(strings.Join(parts, " "))
	case reflect.Map:
		return text(sweep.FormatValue(field.Interface()))
	default:
		return text(fmt.Sprint(field.Interface()))
	}
}

func number(x float64) Value {
	return Value{Text: strconv.FormatFloat(x, 'g', -1, 64), Number: x, Numeric: true}
}

func text(s string) Value {
	if s == "" {
		s = "none"
	}
	return Value{Text: s}
}

// Axes returns the parameters in which the results differ, seed included, in
// the order of Params, and then those that commands have of their own. Results that do not
// know a parameter do not differ in it. One that always is the same multiple of the parameter it
// inherits from, as lr_a of lr, is no axis of its own; nor are starting adapters of
// which each goes with a seed of its own: they are what was trained with other seeds.
func Axes(results []sweep.Result) []Axis {
	var axes []Axis
	for _, own := range leading(results) {
		if len(own.Values) < 2 || own.Name == "adapter" && goTogether(results, own.Name, Seed) {
			continue
		}
		axes = append(axes, own)
	}
	return axes
}

// goTogether reports whether each value of one parameter has one of the other, and the
// reverse.
func goTogether(results []sweep.Result, first, second string) bool {
	_, pairs := partition(results, []string{first, second})
	return len(pairs) == len(distinct(results, first)) && len(pairs) == len(distinct(results, second))
}

// Shared returns the settings that all results have in common, in the order of
// Params, and without those that follow another or that some result does not know.
func Shared(results []sweep.Result) []Setting {
	var shared []Setting
	for _, own := range leading(results) {
		if len(own.Values) == 1 && allKnow(results, own.Name) {
			shared = append(shared, Setting{own.Name, own.Values[0]})
		}
	}
	return shared
}

// leading are the parameters that do not follow the one they inherit from, and that
// decide no other, in the order of Params, each with all values that are known of the
// results.
func leading(results []sweep.Result) []Axis {
	parents, decides := map[string]string{}, map[string]bool{}
	for _, q := range sweep.Parameters() {
		parents[q.Name], decides[q.Name] = q.Inherits, q.Decides != "" && !byCommands(results)
	}
	var axes []Axis
	for _, name := range names(results) {
		values := distinct(results, name)
		if decides[name] || parents[name] != "" && len(values) > 0 && len(multiplesOf(results, name, parents[name])) == 1 {
			continue
		}
		axes = append(axes, Axis{name, values})
	}
	return axes
}

// byCommands reports whether commands trained all the results: to them no parameter
// decides another.
func byCommands(results []sweep.Result) bool {
	return !slices.ContainsFunc(results, func(r sweep.Result) bool { return r.Params.Command == nil })
}

// follows reports whether every result has the parameter at the value of the
// one it inherits from, or at the same multiple of it.
func follows(results []sweep.Result, name string) bool {
	return len(multiples(results, name)) == 1
}

// multiples are what a parameter is of the one it inherits from, to ten digits
// and each once; none if it inherits from none, or from one that is 0 where it
// is not.
func multiples(results []sweep.Result, name string) []Value {
	q, err := sweep.LookupParameter(name)
	if err != nil || q.Inherits == "" {
		return nil
	}
	return multiplesOf(results, name, q.Inherits)
}

func multiplesOf(results []sweep.Result, name, parent string) []Value {
	levels := make([]int, len(results))
	own := scan(results, name, func(row, level int) { levels[row] = level })
	together := map[[2]int]bool{} // levels of both in one run
	var last [2]int
	parents := scan(results, parent, func(row, level int) {
		if both := [2]int{levels[row], level}; row == 0 || both != last {
			together[both], last = true, both
		}
	})
	var ratios []Value
	for both := range together {
		x, of := own[both[0]], parents[both[1]]
		switch ratio := x.Number / of.Number; {
		case x == unknownValue || of == unknownValue:
			return nil
		case x == of:
			ratios = append(ratios, number(1))
		case !finite(ratio):
			return nil
		default:
			ratios = append(ratios, number(tenDigits(ratio)))
		}
	}
	slices.SortFunc(ratios, Value.Compare)
	return slices.Compact(ratios)
}

// distinct returns the values that are known of a parameter, ascending.
func distinct(results []sweep.Result, name string) []Value {
	values := scan(results, name, func(int, int) {})
	values = slices.DeleteFunc(values, func(v Value) bool { return v == unknownValue })
	slices.SortFunc(values, Value.Compare)
	return values
}

// known returns an error for a name that no parameter has, with the axes that vary.
func known(results []sweep.Result, name string) error {
	if slices.Contains(names(results), name) {
		return nil
	}
	return fmt.Errorf("group runs by %q: no parameter has that name; %s", name, varying(results))
}

// Varies returns an error for a parameter that has one value in all results, with
// the axes that vary. The parameter must exist.
func Varies(results []sweep.Result, name string) error {
	values := distinct(results, name)
	switch len(values) {
	case 0:
		return fmt.Errorf("%s is not known of any run, so there is nothing to compare; %s", name, varying(results))
	case 1:
	default:
		return nil
	}
	return fmt.Errorf("%s is %s in every run, so there is nothing to compare; %s", name, values[0], varying(results))
}

func varying(results []sweep.Result) string {
	var parts []string
	for _, axis := range Axes(results) {
		parts = append(parts, fmt.Sprintf("%s (%d values)", axis.Name, len(axis.Values)))
	}
	if len(parts) == 0 {
		return "nothing varies between these runs"
	}
	return "these vary: " + strings.Join(parts, ", ")
}
