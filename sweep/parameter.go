package sweep

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Kind says which values a parameter takes, and their Go type.
type Kind string

// The kinds of parameters, with the Go type of their values.
const (
	KindInteger Kind = "integer" // int
	KindNumber  Kind = "number"  // float64
	KindFlag    Kind = "flag"    // bool
	KindChoice  Kind = "choice"  // string, one of Choices
	KindPath    Kind = "path"    // string: a file, a folder, "builtin:NAME" or a HubName
	KindSubset  Kind = "list"    // []string, some of Choices, each once
	KindTargets Kind = "targets" // []string: names of modules, each once and ending in one of Choices, or a text as TargetPattern has it
	KindTable   Kind = "table"   // map[string]float64: a number for each of some names, nil without any
	KindTexts   Kind = "texts"   // sweep.Texts: a text for each of some of Choices
	KindText    Kind = "text"    // string, of a command's own parameters alone
)

// Parameter describes one setting of a run: how to set it, to check it and to
// explain it.
type Parameter struct {
	Name    string // in TOML
	Unit    string // "" where it has none
	Doc     string // one sentence
	Kind    Kind
	Default any      // of the kind's Go type; nil where the value of Inherits is the default
	Choices []string // the words that a Choice, a Subset or the names of a Table allow, in canonical order

	// Inherits is the name of the parameter whose value in the same run is the
	// default, or "". That parameter itself inherits nothing.
	Inherits string

	// Decides is the name of the parameter that this one decides where it is not 0, as
	// epochs decides steps, or "". A grid sets one of the two; the other's value in a run
	// is worked out from it, and what a run does depends on that alone.
	Decides string

	// Min and Max bound an Integer, a Number or the numbers of a Table. Bounds of an
	// Integer are whole and at most MaxWhole. OpenMin and OpenMax say that a Number may
	// not be the bound itself. NaN and infinities are never allowed.
	Min, Max         float64
	OpenMin, OpenMax bool
	Whole            bool // the numbers of a Table are whole

	// Aliases are names that other programs have for the parameter. They are not
	// accepted, but lead to a suggestion.
	Aliases []string

	Abbreviation string               // stands before the value in a run's name; "" is Name
	roles        Role                 // see Has
	content      func(*Inputs) string // the hash that stands for a path in keys
	later        bool                 // added after the first keys, which have no line for its default
	field        func(*Params) any    // points to the value, to a copy of it where custom is set
	custom       bool                 // one of Params.Custom; its values are nil in runs without it
	open         bool                 // takes any text or names, not Choices alone
	parent       func(*Params) any    // the value of the parameter that Inherits names

	unused func(*Params) string // the rule behind Unused
	idle   func(*Params) any    // the value in normal form where it is unused; nil is its default
}

// LookupParameter returns the parameter of that name, which may be one of the commands' own
// that are given. The error for an unknown name suggests the one that was most likely meant.
func LookupParameter(name string, custom ...Parameter) (Parameter, error) {
	all := slices.Concat(Parameters(), custom)
	if i := slices.IndexFunc(all, func(q Parameter) bool { return q.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Parameter{}, &UnknownNameError{Kind: "parameter", Name: name, Nearest: cmp.Or(NearestOf(name, custom), NearestParameter(name))}
}

// NearestOf returns the name of the parameter, of some, that was most likely meant by a
// misspelt one, or "" if none is near.
func NearestOf(misspelt string, parameters []Parameter) string {
	var names []string
	for _, q := range parameters {
		names = append(names, q.Name)
	}
	return Nearest(misspelt, names)
}

// UnknownNameError says that there is no parameter, or no column, of a name. Where
// none is near, the program says how to list them.
type UnknownNameError struct {
	Kind    string // what the name may be: "parameter", or "parameter or column"
	Name    string
	Nearest string // the name that was most likely meant, "" if none is near
}

func (e *UnknownNameError) Error() string {
	text := fmt.Sprintf("there is no %s %q", e.Kind, e.Name)
	if e.Nearest != "" {
		text += fmt.Sprintf("; did you mean %q?", e.Nearest)
	}
	return text
}

// NearestParameter returns the name of the parameter that was most likely meant by
// a misspelt one, or "" if none is near.
func NearestParameter(misspelt string) string {
	var names []string
	aliases := map[string]string{}
	for _, q := range Parameters() {
		names = append(names, q.Name)
		for _, alias := range q.Aliases {
			aliases[alias] = q.Name
		}
	}
	return nearest(misspelt, names, aliases)
}

// ParameterByAlias returns the parameter that other programs have that name for.
func ParameterByAlias(name string) (q Parameter, known bool) {
	for _, q := range Parameters() {
		if slices.Contains(q.Aliases, name) {
			return q, true
		}
	}
	return Parameter{}, false
}

// Defaults returns the settings of a run whose grid sets no parameter.
func Defaults() Params {
	var p Params
	for _, q := range Parameters() {
		if q.Inherits == "" {
			q.Set(&p, q.Default)
		}
	}
	p.Inherit()
	return p
}

// Inherit gives each parameter that inherits the value of the one it inherits from.
// Code that sets LR, Eps or WeightDecay by hand calls it next, and only then sets
// values for A or B alone.
func (p *Params) Inherit() {
	for _, q := range Parameters() {
		if q.Inherits != "" {
			q.Set(p, q.DefaultIn(p))
		}
	}
}

// DefaultIn returns the value that the parameter has in p if the grid does not set it.
func (q Parameter) DefaultIn(p *Params) any {
	if q.Inherits != "" {
		return q.parent(p)
	}
	return q.Default
}

// Value returns the parameter's value in p, of the kind's Go type.
func (q Parameter) Value(p Params) any { return q.value(&p) }

func (q Parameter) value(p *Params) any {
	return reflect.ValueOf(q.field(p)).Elem().Interface()
}

// Set gives the parameter the value v in p. It panics if v is not of the
// kind's Go type.
func (q Parameter) Set(p *Params, v any) {
	if q.custom {
		p.Custom = p.Custom.with(q.Name, v)
		return
	}
	switch list := v.(type) {
	case []string:
		v = slices.Clone(list)
	case Texts:
		v = slices.Clone(list)
	case map[string]float64:
		v = maps.Clone(list)
	}
	reflect.ValueOf(q.field(p)).Elem().Set(reflect.ValueOf(v))
}

// Allowed says in words which values the parameter takes.
func (q Parameter) Allowed() string {
	switch q.Kind {
	case KindInteger:
		return "an integer " + q.bounds()
	case KindNumber:
		return "a number " + q.bounds()
	case KindFlag:
		return "true or false"
	case KindChoice:
		if q.open {
			return "a text in quotes"
		}
		return oneOf(q.Choices)
	case KindSubset:
		return "a list of some of " + strings.Join(q.Choices, ", ")
	case KindTargets:
		if q.open {
			return "a list of names, or a text"
		}
		return fmt.Sprintf("a list of some of %s, or of longer names such as \"layers.0.self_attn.q_proj\", or as a text %q or a regular expression", strings.Join(q.Choices, ", "), AllLinear)
	case KindTable:
		return fmt.Sprintf("a table of names of modules, each with %s, as in { q_proj = 16 }", q.bounded())
	case KindText:
		return "a text in quotes"
	case KindTexts:
		return fmt.Sprintf("a table such as { %s = \"...\" }, with some of %s", q.Choices[0], strings.Join(q.Choices, ", "))
	default:
		return `a path in quotes, or "builtin:NAME", ` + HubForms
	}
}

// bounded says in words which numbers a table has.
func (q Parameter) bounded() string {
	if q.Whole {
		return "an integer " + q.bounds()
	}
	return "a number " + q.bounds()
}

// bounds says in words between which values a numeric parameter lies. It leaves out
// that a Number is finite.
func (q Parameter) bounds() string {
	low, high := FormatValue(q.Min), FormatValue(q.Max)
	switch {
	case q.Kind == KindInteger || q.Whole:
		return fmt.Sprintf("from %d to %d", int64(q.Min), int64(q.Max))
	case q.Min == -math.MaxFloat64:
		return "of any size"
	case q.Max == math.MaxFloat64 && q.OpenMin:
		return "above " + low
	case q.Max == math.MaxFloat64:
		return "of at least " + low
	case q.OpenMax:
		return "of at least " + low + " and below " + high
	default:
		return "from " + low + " to " + high
	}
}

// Within reports whether a number is within the bounds.
func (q Parameter) Within(x float64) bool {
	return x >= q.Min && x <= q.Max && (x != q.Min || !q.OpenMin) && (x != q.Max || !q.OpenMax)
}

// FormatValue writes a parameter's value as people do: numbers exactly, with a power
// of ten where they are below 0.01 or at least a million ("3.16e-3", "0.01", "256"),
// lists with commas, and tables as in TOML.
func FormatValue(v any) string {
	switch v := v.(type) {
	case float64:
		return formatNumber(v)
	case []string:
		return strings.Join(v, ",")
	case map[string]float64:
		return tableText(v)
	case Texts:
		return v.toml()
	default:
		return fmt.Sprint(v)
	}
}

func formatNumber(x float64) string {
	plain := strconv.FormatFloat(x, 'f', -1, 64)
	if size := math.Abs(x); x == 0 || math.IsInf(x, 0) || math.IsNaN(x) || size >= 0.01 && size < 1e6 {
		return plain
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	sign, digits := strings.TrimPrefix(exponent[:1], "+"), strings.TrimLeft(exponent[1:], "0")
	return mantissa + "e" + sign + digits
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return strconv.Quote(words[0])
	}
	last := len(words) - 1
	return quoted(words[:last]) + " or " + strconv.Quote(words[last])
}

// Number returns the value of an Integer or a Number, NaN where a run does not have it.
func (q Parameter) Number(p *Params) float64 {
	switch x := q.value(p).(type) {
	case int:
		return float64(x)
	case float64:
		return x
	default:
		return math.NaN()
	}
}

// IsNumeric reports whether it is an integer or a number.
func (q Parameter) IsNumeric() bool { return q.Kind == KindInteger || q.Kind == KindNumber }

// IsList reports whether one value may be written as a list.
func (q Parameter) IsList() bool { return q.Kind == KindSubset || q.Kind == KindTargets }

// IsTable reports whether the values are tables.
func (q Parameter) IsTable() bool { return q.Kind == KindTable || q.Kind == KindTexts }

// MaxWhole is the largest whole number that a grid may hold. Formulas, conditions and
// JSON compute with float64, which holds every whole number up to it exactly.
const MaxWhole = 1<<53 - 1

// ContentHash is the hash, in the Inputs of a run, of what a parameter that is a
// Path leads to. It is "" for other parameters.
func (q Parameter) ContentHash(in Inputs) string {
	if q.content == nil {
		return ""
	}
	return q.content(&in)
}

// PathIn points to the value of a parameter that is a Path.
func (q *Parameter) PathIn(p *Params) *string { return q.field(p).(*string) }

// IsExact reports whether n is small enough for formulas, conditions and ranges,
// which compute with float64, to hold it exactly.
func IsExact(n int64) bool { return -MaxWhole <= n && n <= MaxWhole }

func quoted(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = strconv.Quote(w)
	}
	return strings.Join(all, ", ")
}
