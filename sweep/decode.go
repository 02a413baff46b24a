package sweep

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// decoder turns the text of a grid file into a Spec, noting every problem on
// the way.
type decoder struct {
	file       string
	text       string
	lines      map[string]int // of keys such as "grid.lr"
	parameters []Parameter
	problems   []Problem
}

func newDecoder(file, text string) *decoder {
	return &decoder{file: file, text: text, lines: keyLines(text), parameters: Parameters()}
}

// decode returns the Spec, which is of use only if it left no problems.
func (d *decoder) decode() *Spec {
	spec := &Spec{File: d.file, Source: d.text, Fixed: Defaults()}
	root := map[string]any{}
	meta, err := toml.Decode(d.text, &root)
	if err != nil {
		d.note(syntaxProblem(err))
		return spec
	}
	for _, key := range children(meta) {
		switch key {
		case "name":
			spec.Name = d.textOf(key, root[key])
			d.checkName(spec.Name)
		case "question":
			spec.Question = d.textOf(key, root[key])
		case "fixed", "grid":
			if _, ok := root[key].(map[string]any); !ok {
				d.note(Problem{Key: key, Fault: "is no table", Allowed: "one table headed [" + key + "]"})
			}
		default:
			d.noteUnknown(key, "name", "question", "fixed", "grid")
		}
	}
	if _, given := root["name"]; !given {
		d.note(Problem{Key: "name", Fault: "is missing", Allowed: nameAllowed})
	}
	d.decodeFixed(spec, meta, root)
	d.decodeGrid(spec, meta, root)
	spec.heirs = d.heirs()
	d.checkCombinations(spec)
	return spec
}

func (d *decoder) textOf(key string, raw any) string {
	s, ok := raw.(string)
	if !ok || s == "" {
		d.note(Problem{Key: key, Given: tomlText(raw), Fault: "is no text", Allowed: "text in quotes"})
	}
	return s
}

const nameAllowed = "letters, digits, '.', '_' and '-', starting with a letter or digit"

// checkName holds the sweep's name to what is safe in file names and on a
// command line. An empty one has been noted before.
func (d *decoder) checkName(name string) {
	if name != "" && !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`).MatchString(name) {
		d.note(Problem{Key: "name", Given: tomlText(name), Fault: "is no name", Allowed: nameAllowed})
	}
}

func (d *decoder) decodeFixed(spec *Spec, meta toml.MetaData, root map[string]any) {
	table, ok := root["fixed"].(map[string]any)
	if !ok {
		return
	}
	for _, name := range children(meta, "fixed") {
		q, ok := d.lookup("fixed", name)
		if !ok {
			continue
		}
		v, fault := q.convert(table[name])
		if fault != "" {
			d.note(valueProblem(q, "fixed."+name, table[name], fault+fixedHint(q, table[name])))
			continue
		}
		q.Set(&spec.Fixed, d.resolve(q, v))
	}
}

// fixedHint points a person to [grid] who wrote an axis in [fixed].
func fixedHint(q Parameter, raw any) string {
	_, isList := raw.([]any)
	_, isTable := raw.(map[string]any)
	if isTable || isList && q.Kind != Subset {
		return " (several values belong in [grid])"
	}
	return ""
}

func (d *decoder) decodeGrid(spec *Spec, meta toml.MetaData, root map[string]any) {
	fixed, _ := root["fixed"].(map[string]any)
	table, ok := root["grid"].(map[string]any)
	if !ok {
		return
	}
	for _, name := range children(meta, "grid") {
		q, ok := d.lookup("grid", name)
		if !ok {
			continue
		}
		key := "grid." + name
		if _, ok := fixed[name]; ok {
			d.note(Problem{Key: key, Fault: "stands in [fixed] as well; keep one of the two"})
		}
		if values, ok := d.decodeAxis(q, key, table[name]); ok {
			spec.Axes = append(spec.Axes, Axis{q, values})
		}
	}
}

// heirs are the parameters that inherit and are neither fixed nor an axis.
func (d *decoder) heirs() []Parameter {
	return slices.DeleteFunc(slices.Clone(d.parameters), func(q Parameter) bool {
		return q.Inherits == "" || d.whereIs(q.Name) != q.Name
	})
}

// decodeAxis returns the values of an axis, and whether they are all right.
func (d *decoder) decodeAxis(q Parameter, key string, raw any) (values []any, ok bool) {
	elements, fault := axisElements(q, raw)
	if fault != "" {
		d.note(Problem{Key: key, Given: tomlText(raw), Fault: fault, Allowed: axisAllowed(q)})
		return nil, false
	}
	var problems []Problem
	seen := map[string]bool{}
	for _, element := range elements {
		v, fault := q.convert(element)
		if fault != "" {
			problems = append(problems, valueProblem(q, key, element, fault))
			continue
		}
		v = d.resolve(q, v)
		id := q.canonical(v)
		if seen[id] {
			problems = append(problems, Problem{Key: key, Given: tomlText(element), Fault: "is there twice; keep one"})
		}
		seen[id] = true
		values = append(values, v)
	}
	d.noteFew(key, problems)
	return values, len(problems) == 0
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

// axisElements returns the values that raw lists or spans, as the TOML package
// would decode them.
func axisElements(q Parameter, raw any) (elements []any, fault string) {
	switch raw := raw.(type) {
	case []any:
		if len(raw) == 0 {
			return nil, "is an empty axis"
		}
		return raw, ""
	case map[string]any:
		if q.Kind != Integer && q.Kind != Number {
			return nil, "is a range, which only numbers have"
		}
		values, fault := expandSpan(raw)
		for _, x := range values {
			if q.Kind == Integer {
				x = math.Round(x)
			}
			elements = append(elements, x)
		}
		return elements, fault
	default:
		return nil, "is no axis; an axis is a list, even of one value"
	}
}

func axisAllowed(q Parameter) string {
	switch q.Kind {
	case Integer, Number:
		return "a list, { pow2 = [a, b] }, { log = [a, b], points = n }, { linear = [a, b], points = n } or { range = [a, b], step = s }"
	case Subset:
		return "a list of lists"
	default:
		return "a list"
	}
}

// resolve makes a path relative to the grid file's folder one that opens from
// here.
func (d *decoder) resolve(q Parameter, v any) any {
	path, ok := v.(string)
	if q.Kind != Path || !ok || path == "" || strings.HasPrefix(path, "builtin:") || filepath.IsAbs(path) {
		return v
	}
	return filepath.Join(filepath.Dir(d.file), path)
}

// whereIs returns the key under which the file sets the parameter, or the
// parameter's name if it does not.
func (d *decoder) whereIs(name string) string {
	for _, table := range []string{"grid.", "fixed."} {
		if _, ok := d.lines[table+name]; ok {
			return table + name
		}
	}
	return name
}

// lookup finds the parameter of that name and notes where there is none.
func (d *decoder) lookup(table, name string) (Parameter, bool) {
	for _, q := range d.parameters {
		if q.Name == name {
			return q, true
		}
	}
	p := Problem{Key: table + "." + name, Fault: "is no parameter", Nearest: nearestParameter(name, d.parameters)}
	if p.Nearest == "" {
		p.Fault += "; 'sweep help params' lists them"
	}
	d.note(p)
	return Parameter{}, false
}

func (d *decoder) noteUnknown(key string, known ...string) {
	d.note(Problem{Key: key, Fault: "is unknown here", Allowed: strings.Join(known, ", "), Nearest: nearest(key, known, nil)})
}

// valueProblem says that the parameter does not take a value.
func valueProblem(q Parameter, key string, raw any, fault string) Problem {
	p := Problem{Key: key, Given: tomlText(raw), Fault: fault, Allowed: q.Allowed()}
	if s, ok := raw.(string); ok && q.Kind == Choice {
		p.Nearest = nearest(s, q.Choices, nil)
	}
	if list, ok := raw.([]any); ok && q.Kind == Subset {
		p.Nearest = nearestElement(list, q.Choices)
	}
	return p
}

// nearestElement returns the choice that the first unknown name of the list
// was most likely meant to be.
func nearestElement(list []any, choices []string) string {
	for _, element := range list {
		if s, ok := element.(string); ok && !slices.Contains(choices, s) {
			return nearest(s, choices, nil)
		}
	}
	return ""
}

func (d *decoder) note(p Problem) {
	p.File = d.file
	if p.Line == 0 {
		p.Line = d.lines[p.Key]
	}
	d.problems = append(d.problems, p)
}

func syntaxProblem(err error) Problem {
	if parse, ok := errors.AsType[toml.ParseError](err); ok {
		return Problem{Line: parse.Position.Line, Fault: "this is no TOML: " + parse.Message}
	}
	return Problem{Fault: "this is no TOML: " + err.Error()}
}
