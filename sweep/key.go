package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Key is the identity of a run: a SHA-256, in hex, over every parameter, where
// hashes of the content stand for paths and the modules that they are for targets, over
// the numerics version and, for a run
// trained elsewhere, over what was imported. Parameters
// that are Unused have the same part in it whatever their value. Two runs with
// equal keys have equal curves, whatever their names and their sweeps.
func (p Params) Key(in Inputs) string { return NewEncoder(Parameters()).key(p, in) }

// Encoder writes settings as text, so that equal settings have equal texts. It keeps
// the line that it wrote last for each parameter, since few of them change from one
// cell of a grid to the next. It is not for use by several goroutines.
type Encoder struct {
	lines []*line // of the parameters that it writes, sorted by name
	all   []Parameter
}

type line struct {
	Parameter
	was  any // the value that text holds, nil before the first
	text []byte
}

// NewEncoder returns an Encoder that writes some parameters and leaves out the
// others.
func NewEncoder(parameters []Parameter) Encoder {
	e := Encoder{make([]*line, len(parameters)), Parameters()}
	for i, q := range parameters {
		e.lines[i] = &line{Parameter: q}
	}
	slices.SortFunc(e.lines, func(a, b *line) int { return strings.Compare(a.Name, b.Name) })
	return e
}

func (e Encoder) key(p Params, in Inputs) string { return e.KeyOfNormal(e.Normal(p), in) }

// KeyOfNormal returns the Key of settings that are in normal form.
func (e Encoder) KeyOfNormal(p Params, in Inputs) string {
	if p.Command != nil {
		return e.keyOfCommand(p, in)
	}
	for i := range e.all {
		if q := &e.all[i]; q.content != nil {
			*q.PathIn(&p) = q.content(&in)
		}
	}
	if in.Targets != "" {
		p.Targets = strings.Fields(in.Targets)
	}
	text := append(e.Literal(&p), "numerics = "+strconv.Itoa(in.Numerics)+"\n"...)
	if in.Imported != "" {
		text = append(text, "imported = "+in.Imported+"\n"...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Text writes the normal form of settings: equal runs have equal texts.
func (e Encoder) Text(p *Params) []byte {
	n := e.Normal(*p)
	return e.Literal(&n)
}

// Literal writes settings as they are, one 'name = value' line for each parameter.
// Parameters that were added after the first keys have no line at their default, so
// that the keys from before are still right.
//
// Of a run that a command trains they have besides what its key has of the command, and
// the parameters of the command's own.
func (e Encoder) Literal(p *Params) []byte {
	text := e.Values(p)
	if p.Command != nil {
		text = append(append(text, p.Command.identity()...), p.Custom.text()...)
	}
	return text
}

// Values is Literal without what a command adds.
func (e Encoder) Values(p *Params) []byte {
	text := make([]byte, 0, 1024)
	for _, l := range e.lines {
		text = append(text, l.write(p)...)
	}
	return text
}

// write returns the line for the value that the parameter has in p.
func (l *line) write(p *Params) []byte {
	byItself := !l.later || l.Inherits == "" // the line depends on no other parameter
	if byItself && l.was != nil && equals(l.field(p), l.was) {
		return l.text
	}
	l.was = l.value(p)
	v := l.Canonical(l.was)
	l.text = l.text[:0]
	if l.later && v == l.Canonical(l.DefaultIn(p)) {
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
	case *map[string]float64:
		return maps.Equal(*field, v.(map[string]float64))
	case *Texts:
		return slices.Equal(*field, v.(Texts))
	case *any:
		return *field == v
	default:
		return false
	}
}

// Canonical writes a value in one form, however it was spelt: a number in its
// shortest exact form, a list as a set.
func (q Parameter) Canonical(v any) string {
	switch v := v.(type) {
	case float64:
		if v == 0 {
			v = 0 // which may have been the negative zero
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return strconv.Quote(v)
	case []string:
		return fmt.Sprintf("%q", q.Ordered(v))
	case map[string]float64:
		return tableText(v)
	case Texts:
		return v.toml()
	case int:
		return strconv.Itoa(v)
	default:
		return fmt.Sprint(v)
	}
}

// Ordered returns the names of list as a set: in the order of the parameter's
// Choices and each once. Names that are no choice follow, sorted.
func (q Parameter) Ordered(list []string) []string {
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

// Adopt gives p the settings of a cell, if both are the same run: they may differ in
// what is unused. The paths in p stay.
func (e Encoder) Adopt(p, cell *Params) {
	differs := false
	for i := range e.all {
		q := &e.all[i] // which is large, and this is done for every run
		differs = differs || q.Kind != KindPath && !equals(q.field(cell), q.value(p))
	}
	if !differs {
		return
	}
	here := *cell
	for i := range e.all {
		if q := &e.all[i]; q.Kind == KindPath {
			*q.PathIn(&here) = *q.PathIn(p)
		}
	}
	if string(e.Text(&here)) == string(e.Text(p)) {
		*p = here
	}
}
