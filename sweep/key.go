package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Key is the identity of a run: a SHA-256, in hex, over every parameter, with
// the paths of what it reads replaced by in's content hashes, and in's
// numerics version. What is Unused counts as if nothing were said of it. Two
// runs with equal keys have equal curves, whatever they are called and whichever
// sweep they belong to.
func (p Params) Key(in Inputs) string { return newEncoding(Parameters()).key(p, in) }

// encoding writes settings so that equal ones have equal texts. It holds the
// parameters it writes, sorted by name, with the line that it wrote of each last:
// from one cell of a grid to the next few change. It is not for use by several
// goroutines.
type encoding struct {
	lines []*line
	all   []Parameter
}

type line struct {
	Parameter
	was  any // the value that text is of, nil before the first
	text []byte
}

func newEncoding(parameters []Parameter) encoding {
	e := encoding{make([]*line, len(parameters)), Parameters()}
	for i, q := range parameters {
		e.lines[i] = &line{Parameter: q}
	}
	slices.SortFunc(e.lines, func(a, b *line) int { return strings.Compare(a.Name, b.Name) })
	return e
}

func (e encoding) key(p Params, in Inputs) string { return e.keyOf(p.normal(e.all), in) }

// keyOf is the key of the run of a normal form.
func (e encoding) keyOf(p Params, in Inputs) string {
	p.Model, p.Data, p.DataEval, p.Adapter = in.Model, in.Data, in.DataEval, in.Adapter
	text := append(e.write(&p), "numerics = "+strconv.Itoa(in.Numerics)+"\n"...)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// text is what equal runs have in common: what write makes of the normal form.
func (e encoding) text(p *Params) []byte {
	n := p.normal(e.all)
	return e.write(&n)
}

// write is one 'name = value' line a parameter. Parameters that came after the
// first keys have none at their default, so that keys outlive their coming.
func (e encoding) write(p *Params) []byte {
	text := make([]byte, 0, 1024)
	for _, l := range e.lines {
		text = append(text, l.of(p)...)
	}
	return text
}

// of is the line of a parameter in p.
func (l *line) of(p *Params) []byte {
	byItself := !l.later || l.Inherits == "" // and not the value of another, too
	if byItself && l.was != nil && equals(l.field(p), l.was) {
		return l.text
	}
	l.was = l.value(p)
	v := l.canonical(l.was)
	l.text = l.text[:0]
	if l.later && v == l.canonical(l.defaultIn(p)) {
		return l.text
	}
	l.text = append(l.text, l.Name...)
	l.text = append(l.text, " = "...)
	l.text = append(l.text, v...)
	l.text = append(l.text, '\n')
	return l.text
}

// equals reports whether what field points to is the value v.
func equals(field, v any) bool {
	switch field := field.(type) {
	case *float64:
		return *field == v.(float64)
	case *int:
		return *field == v.(int)
	case *bool:
		return *field == v.(bool)
	case *string:
		return *field == v.(string)
	case *[]string:
		return slices.Equal(*field, v.([]string))
	default:
		return false
	}
}

// canonical writes a value in the one form that all its spellings share: a
// number in its shortest exact form, a list as a set.
func (q Parameter) canonical(v any) string {
	switch v := v.(type) {
	case float64:
		if v == 0 {
			v = 0 // of the two zeros, the positive one
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return strconv.Quote(v)
	case []string:
		return fmt.Sprintf("%q", q.ordered(v))
	case int:
		return strconv.Itoa(v)
	default:
		return fmt.Sprint(v)
	}
}

// ordered returns the names of list as a set: in the order of the parameter's
// Choices and each once. Names that are no choice follow, sorted.
func (q Parameter) ordered(list []string) []string {
	var known, unknown []string
	for _, c := range q.Choices {
		if slices.Contains(list, c) {
			known = append(known, c)
		}
	}
	for _, name := range list {
		if !slices.Contains(q.Choices, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return append(known, slices.Compact(unknown)...)
}
