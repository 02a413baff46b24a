package jinja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// ParseJSON reads a JSON value. A key that occurs twice in an object is an error, and
// so is a number that neither an int nor a float64 can hold.
func ParseJSON(data []byte) (Value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := decoded(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the JSON value")
	}
	return v, nil
}

func decoded(d *json.Decoder, depth int) (Value, error) {
	if depth > maxNested {
		return nil, fmt.Errorf("it is nested more than %d deep", maxNested)
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		return numberOf(string(t))
	case json.Delim:
		if t == '[' {
			return decodedList(d, depth)
		}
		return decodedDict(d, depth)
	default:
		return t, nil
	}
}

func numberOf(text string) (Value, error) {
	if !strings.ContainsAny(text, ".eE") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, errBigInteger)
		}
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("%s is no number of 64 bits", text)
	}
	return f, nil
}

func decodedList(d *json.Decoder, depth int) (Value, error) {
	l := &List{}
	for d.More() {
		v, err := decoded(d, depth+1)
		if err != nil {
			return nil, err
		}
		l.Items = append(l.Items, v)
	}
	_, err := d.Token()
	return l, err
}

func decodedDict(d *json.Decoder, depth int) (Value, error) {
	o := NewDict()
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // the decoder lets no other key pass
		if _, ok := o.Get(name); ok {
			return nil, fmt.Errorf("key %q occurs twice; keep one", name)
		}
		v, err := decoded(d, depth+1)
		if err != nil {
			return nil, err
		}
		o.Put(name, v)
	}
	_, err := d.Token()
	return o, err
}

// dumper writes JSON as Python's json.dumps.
type dumper struct {
	r            *renderer
	b            strings.Builder
	indent       string
	indented     bool
	comma, colon string
	ascii, sort  bool
}

// toJSON is transformers' filter tojson.
func toJSON(r *renderer, v Value, a []Value) (Value, error) {
	d := &dumper{r: r, comma: ", ", colon: ": ", ascii: truthOr(a[0], false), sort: truthOr(a[3], false)}
	if given(a[1]) && a[1] != nil {
		d.indented, d.comma = true, ","
		if n, ok := whole(a[1]); ok {
			d.indent = strings.Repeat(" ", max(0, min(n, 64)))
		} else if s, ok := textOf(a[1]); ok {
			d.indent = s
		} else {
			return nil, fmt.Errorf("tojson: indent is %s", typeName(a[1]))
		}
	}
	if given(a[2]) && a[2] != nil {
		l, ok := a[2].(*List)
		if !ok || len(l.Items) != 2 {
			return nil, fmt.Errorf("tojson: separators must be two texts")
		}
		var okComma, okColon bool
		d.comma, okComma = textOf(l.Items[0])
		d.colon, okColon = textOf(l.Items[1])
		if !okComma || !okColon {
			return nil, fmt.Errorf("tojson: separators must be two texts")
		}
	}
	if err := d.dump(v, 0); err != nil {
		return nil, err
	}
	return d.b.String(), r.take(d.b.Len())
}

func (d *dumper) dump(v Value, depth int) error {
	if depth > maxNested {
		return errDepth
	}
	if err := d.r.take(8 + depth*len(d.indent)); err != nil {
		return err
	}
	if s, ok := textOf(v); ok {
		d.text(s)
		return d.r.take(len(s))
	}
	switch v := v.(type) {
	case *List:
		if v.kind == ranged {
			break
		}
		return d.all("[]", len(v.Items), depth, func(i int) error { return d.dump(v.Items[i], depth+1) })
	case *Dict:
		return d.dict(v, depth)
	}
	said, err := scalarJSON(v)
	d.b.WriteString(said)
	return err
}

// scalarJSON writes what is neither a text, a list nor a dict.
func scalarJSON(v Value) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN", nil
		case math.IsInf(v, 0):
			return map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0], nil
		}
		return floatText(v), nil
	default:
		return "", fmt.Errorf("tojson: a %s is not JSON", typeName(v))
	}
}

func (d *dumper) dict(v *Dict, depth int) error {
	keys := make([]string, len(v.keys))
	order := make([]int, len(v.keys))
	for i, key := range v.keys {
		order[i] = i
		var err error
		if s, ok := textOf(key); ok {
			keys[i] = s
		} else if keys[i], err = scalarJSON(key); err != nil {
			return err
		}
	}
	if d.sort {
		slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(keys[a], keys[b]) })
	}
	return d.all("{}", len(keys), depth, func(i int) error {
		d.text(keys[order[i]])
		d.b.WriteString(d.colon)
		value, _ := v.Get(v.keys[order[i]])
		return d.dump(value, depth+1)
	})
}

// all writes the elements of a list or a dict between brackets.
func (d *dumper) all(brackets string, n, depth int, element func(int) error) error {
	d.b.WriteByte(brackets[0])
	for i := range n {
		if i > 0 {
			d.b.WriteString(d.comma)
		}
		d.line(depth + 1)
		if err := element(i); err != nil {
			return err
		}
	}
	if n > 0 {
		d.line(depth)
	}
	d.b.WriteByte(brackets[1])
	return nil
}

// line begins a line, if there are any.
func (d *dumper) line(depth int) {
	if d.indented {
		d.b.WriteString("\n" + strings.Repeat(d.indent, depth))
	}
}

func (d *dumper) text(s string) {
	d.b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			d.b.WriteString(`\` + string(c))
		case c < ' ':
			if name, ok := map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}[c]; ok {
				d.b.WriteString(name)
			} else {
				fmt.Fprintf(&d.b, `\u%04x`, c)
			}
		case d.ascii && c > 0xffff:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&d.b, `\u%04x\u%04x`, high, low)
		case d.ascii && c > '~':
			fmt.Fprintf(&d.b, `\u%04x`, c)
		default:
			d.b.WriteRune(c)
		}
	}
	d.b.WriteByte('"')
}
