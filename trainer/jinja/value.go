package jinja

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Value is nil, a bool, an int, a float64, a string, a *List or a *Dict, or one of
// the types that only a template makes.
type Value = any

// List is a list of Python, or a tuple or a range, which only templates make.
type List struct {
	Items []Value
	kind  listKind
}

type listKind int

const (
	list listKind = iota
	tuple
	ranged
)

// Dict is a dict of Python. Its keys are in the order in which they were first set.
type Dict struct {
	keys   []Value
	values map[any]Value // by hashed key
}

// NewDict returns an empty dict.
func NewDict() *Dict { return &Dict{values: map[any]Value{}} }

// Set sets the value of a key. A key that cannot be one is ignored by Get and refused here.
func (d *Dict) Set(key, value Value) error {
	h, err := hashed(key)
	if err != nil {
		return err
	}
	if _, ok := d.values[h]; !ok {
		d.keys = append(d.keys, key)
	}
	d.values[h] = value
	return nil
}

// Put sets the value of a name and returns the dict.
func (d *Dict) Put(name string, value Value) *Dict {
	if _, ok := d.values[name]; !ok {
		d.keys = append(d.keys, name)
	}
	d.values[name] = value
	return d
}

// Get returns the value of a key, and whether there is one.
func (d *Dict) Get(key Value) (Value, bool) {
	h, err := hashed(key)
	if err != nil {
		return nil, false
	}
	v, ok := d.values[h]
	return v, ok
}

// Without returns a copy that lacks some names.
func (d *Dict) Without(names ...string) *Dict {
	c := NewDict()
	for _, key := range d.keys {
		name, isName := key.(string)
		keep := true
		for _, n := range names {
			keep = keep && (!isName || n != name)
		}
		if keep {
			v, _ := d.Get(key)
			_ = c.Set(key, v) // it was a key
		}
	}
	return c
}

// Keys returns the keys in their order.
func (d *Dict) Keys() []Value { return d.keys }

// hashed returns what equal keys have in common: 1, 1.0 and true are one key.
func hashed(key Value) (any, error) {
	switch key := key.(type) {
	case bool:
		return number(key), nil
	case int:
		return float64(key), nil
	case nil, float64, string:
		return key, nil
	case markup:
		return string(key), nil
	case *List:
		return nil, unsupported("a tuple or a list as the key of a dict")
	default:
		return nil, fmt.Errorf("%s cannot be the key of a dict", typeName(key))
	}
}

// undefined is a name, a key or an attribute that is not there.
type undefined struct{ what string }

func (u *undefined) err() error { return fmt.Errorf("%s is undefined", u.what) }

// markup is a text that the filter safe or escape returned.
type markup string

// iterator is a generator of Python: it has no length and is read once.
type iterator struct{ next func() (Value, bool, error) }

// view is what items, keys and values of a dict return.
type view struct{ items []Value }

// namespace holds what {% set ns.name = value %} sets.
type namespace struct{ values *Dict }

// function is what a template can call.
type function struct {
	name string
	call func(*renderer, arguments) (Value, error)
}

// typeName is the name of a value's type in Python.
func typeName(v Value) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case *undefined:
		return "an undefined value"
	case bool:
		return "bool"
	case int:
		return "int"
	case float64:
		return "float"
	case string, markup:
		return "str"
	case *List:
		return []string{"list", "tuple", "range"}[v.kind]
	case *Dict:
		return "dict"
	case *namespace:
		return "namespace"
	case *iterator:
		return "generator"
	case *view:
		return "dict view"
	default:
		return "function"
	}
}

// truth is the value's in a condition.
func truth(v Value) bool {
	switch v := v.(type) {
	case nil, *undefined:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case markup:
		return v != ""
	case *List:
		return len(v.Items) > 0
	case *Dict:
		return len(v.keys) > 0
	case *view:
		return len(v.items) > 0
	default:
		return true
	}
}

// number returns a number or a bool as a float64, NaN if it is neither.
func number(v Value) float64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case int:
		return float64(v)
	case float64:
		return v
	default:
		return math.NaN()
	}
}

// whole returns an int or a bool as an int.
func whole(v Value) (int, bool) {
	switch v := v.(type) {
	case bool:
		return int(number(v)), true
	case int:
		return v, true
	default:
		return 0, false
	}
}

// textOf returns a string, be it marked as safe or not.
func textOf(v Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case markup:
		return string(v), true
	default:
		return "", false
	}
}

// equal reports whether two values are equal in Python.
func equal(a, b Value) bool {
	if x, ok := textOf(a); ok {
		y, ok := textOf(b)
		return ok && x == y
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case *undefined:
		_, ok := b.(*undefined)
		return ok
	case bool, int, float64:
		i, ok := whole(a)
		if j, okj := whole(b); ok && okj {
			return i == j
		}
		return number(a) == number(b)
	case *List:
		y, ok := b.(*List)
		return ok && x.kind == y.kind && equalItems(x.Items, y.Items)
	case *Dict:
		y, ok := b.(*Dict)
		return ok && equalDicts(x, y)
	default:
		return a == b
	}
}

func equalItems(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalDicts(a, b *Dict) bool {
	if len(a.keys) != len(b.keys) {
		return false
	}
	for _, key := range a.keys {
		x, _ := a.Get(key)
		if y, ok := b.Get(key); !ok || !equal(x, y) {
			return false
		}
	}
	return true
}

// compare returns -1, 0 or 1 as a is less than, equal to or greater than b.
func compare(a, b Value) (int, error) {
	x, isText := textOf(a)
	y, bothText := textOf(b)
	if isText && bothText {
		return strings.Compare(x, y), nil // of UTF-8, which has the order of code points
	}
	if i, ok := whole(a); ok {
		if j, ok := whole(b); ok {
			return sign(i-j, i < j), nil
		}
	}
	if f, g := number(a), number(b); !math.IsNaN(f) && !math.IsNaN(g) {
		switch {
		case f < g:
			return -1, nil
		case f > g:
			return 1, nil
		}
		return 0, nil
	}
	p, okP := a.(*List)
	q, okQ := b.(*List)
	if okP && okQ && p.kind == q.kind && p.kind != ranged {
		return compareItems(p.Items, q.Items)
	}
	return 0, fmt.Errorf("%s and %s have no order", typeName(a), typeName(b))
}

// sign is that of a difference which may have overflown.
func sign(difference int, less bool) int {
	switch {
	case difference == 0:
		return 0
	case less:
		return -1
	default:
		return 1
	}
}

func compareItems(a, b []Value) (int, error) {
	for i := range min(len(a), len(b)) {
		if !equal(a[i], b[i]) {
			return compare(a[i], b[i])
		}
	}
	return sign(len(a)-len(b), len(a) < len(b)), nil
}

// str is Python's str(v), with which a value is printed.
func (r *renderer) str(v Value) (string, error) {
	if s, ok := textOf(v); ok {
		return s, nil
	}
	if _, ok := v.(*undefined); ok {
		return "", nil
	}
	var b strings.Builder
	err := r.repr(&b, v, 0)
	return b.String(), err
}

// repr writes Python's repr(v).
func (r *renderer) repr(b *strings.Builder, v Value, depth int) error {
	if depth > maxNested {
		return errDepth
	}
	if err := r.step(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case int:
		b.WriteString(strconv.Itoa(v))
	case float64:
		b.WriteString(floatText(v))
	case string:
		if err := r.take(len(v)); err != nil {
			return err
		}
		b.WriteString(quoted(v))
	case *undefined:
		b.WriteString("Undefined")
	case *List:
		return r.reprList(b, v, depth)
	case *Dict:
		return r.reprDict(b, v, depth)
	default:
		return unsupported("printing a " + typeName(v))
	}
	return nil
}

func (r *renderer) reprList(b *strings.Builder, v *List, depth int) error {
	if v.kind == ranged {
		return unsupported("printing a range")
	}
	brackets := []string{"[]", "()"}[v.kind]
	b.WriteByte(brackets[0])
	for i, item := range v.Items {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := r.repr(b, item, depth+1); err != nil {
			return err
		}
	}
	if v.kind == tuple && len(v.Items) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(brackets[1])
	return nil
}

func (r *renderer) reprDict(b *strings.Builder, v *Dict, depth int) error {
	b.WriteByte('{')
	for i, key := range v.keys {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := r.repr(b, key, depth+1); err != nil {
			return err
		}
		b.WriteString(": ")
		value, _ := v.Get(key)
		if err := r.repr(b, value, depth+1); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// floatText is Python's repr of a float.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return map[bool]string{true: "inf", false: "-inf"}[f > 0]
	}
	short := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(short, "e")
	if n, _ := strconv.Atoi(exponent); n < -4 || n >= 16 {
		return short
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// quoted is Python's repr of a string.
func quoted(s string) string {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	b := []byte{quote}
	for _, c := range s {
		switch {
		case c == rune(quote) || c == '\\':
			b = append(b, '\\', byte(c))
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case unicode.IsPrint(c):
			b = utf8.AppendRune(b, c)
		case c < 0x100:
			b = fmt.Appendf(b, `\x%02x`, c)
		case c < 0x10000:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = fmt.Appendf(b, `\U%08x`, c)
		}
	}
	return string(append(b, quote))
}

// length is Python's len(v).
func length(v Value) (int, error) {
	if s, ok := textOf(v); ok {
		return utf8.RuneCountInString(s), nil
	}
	switch v := v.(type) {
	case *undefined:
		return 0, nil
	case *List:
		return len(v.Items), nil
	case *Dict:
		return len(v.keys), nil
	case *view:
		return len(v.items), nil
	default:
		return 0, fmt.Errorf("%s has no length", typeName(v))
	}
}

// iterate is Python's iter(v).
func (r *renderer) iterate(v Value) (*iterator, error) {
	if i, ok := v.(*iterator); ok {
		return i, nil
	}
	items, err := r.items(v)
	return over(items), err
}

// over returns an iterator over a list.
func over(items []Value) *iterator {
	return &iterator{func() (Value, bool, error) {
		if len(items) == 0 {
			return nil, false, nil
		}
		v := items[0]
		items = items[1:]
		return v, true, nil
	}}
}

// items returns what a loop over v goes through.
func (r *renderer) items(v Value) ([]Value, error) {
	if s, ok := textOf(v); ok {
		if err := r.take(16 * len(s)); err != nil {
			return nil, err
		}
		var characters []Value
		for _, c := range s {
			characters = append(characters, string(c))
		}
		return characters, nil
	}
	switch v := v.(type) {
	case *undefined:
		return nil, nil
	case *List:
		return v.Items, r.step(len(v.Items))
	case *Dict:
		return v.keys, r.step(len(v.keys))
	case *view:
		return v.items, r.step(len(v.items))
	case *iterator:
		return r.drain(v)
	default:
		return nil, fmt.Errorf("%s cannot be iterated over", typeName(v))
	}
}

// drain reads an iterator to its end.
func (r *renderer) drain(i *iterator) ([]Value, error) {
	var items []Value
	for {
		v, ok, err := i.next()
		if err != nil || !ok {
			return items, err
		}
		if err := r.take(16); err != nil {
			return nil, err
		}
		items = append(items, v)
	}
}
