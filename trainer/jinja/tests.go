package jinja

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// test is what stands behind is in an expression.
type test struct {
	name       string
	parameters string // as arguments.bind has them
	holds      func(*renderer, Value, []Value) (bool, error)
}

// of is a test of a value alone.
func of(holds func(Value) bool) *test {
	return &test{holds: func(_ *renderer, v Value, _ []Value) (bool, error) { return holds(v), nil }}
}

// typed is a test of a value's type.
func typed(names ...string) *test {
	return of(func(v Value) bool { return slices.Contains(names, typeName(v)) })
}

// ordered is a test by a comparison.
func ordered(operator string) *test {
	return &test{parameters: "other*", holds: func(r *renderer, v Value, a []Value) (bool, error) { return r.compares(operator, v, a[0]) }}
}

// divided is a test of what is left of a division.
func divided(parameters string, holds func(left Value) bool) *test {
	return &test{parameters: parameters, holds: func(r *renderer, v Value, a []Value) (bool, error) {
		by := Value(2)
		if len(a) > 0 {
			by = a[0]
		}
		if _, ok := textOf(v); ok {
			return false, fmt.Errorf("a str is divided")
		}
		left, err := r.operate("%", v, by)
		return holds(left), err
	}}
}

// said is a test of the text that a value is printed as.
func said(holds func(string) Value) *test {
	return &test{holds: func(r *renderer, v Value, _ []Value) (bool, error) {
		s, err := r.str(v)
		return truth(holds(s)), err
	}}
}

// testsByName are those that are supported. It is set in init as it refers to itself.
var testsByName map[string]*test

func init() {
	isDefined := func(v Value) bool { _, ok := v.(*undefined); return !ok }
	testsByName = map[string]*test{
		"defined":     of(isDefined),
		"undefined":   of(func(v Value) bool { return !isDefined(v) }),
		"none":        of(func(v Value) bool { return v == nil }),
		"true":        of(func(v Value) bool { return v == true }),
		"false":       of(func(v Value) bool { return v == false }),
		"boolean":     typed("bool"),
		"integer":     typed("int"),
		"float":       typed("float"),
		"number":      typed("bool", "int", "float"),
		"string":      typed("str"),
		"mapping":     typed("dict"),
		"sequence":    typed("str", "list", "tuple", "range", "dict", "an undefined value"),
		"iterable":    of(isIterable),
		"callable":    of(isCallable),
		"lower":       said(methodHolds("islower")),
		"upper":       said(methodHolds("isupper")),
		"odd":         divided("", func(left Value) bool { return equal(left, 1) }),
		"even":        divided("", func(left Value) bool { return equal(left, 0) }),
		"divisibleby": divided("num*", func(left Value) bool { return equal(left, 0) }),
		"in":          {parameters: "seq*", holds: func(r *renderer, v Value, a []Value) (bool, error) { return r.contains(a[0], v) }},
		"filter": of(func(v Value) bool {
			s, _ := textOf(v)
			return filters[s] != nil || slices.Contains(lackingFilters, s)
		}),
		"test": of(func(v Value) bool {
			s, _ := textOf(v)
			return testsByName[s] != nil || slices.Contains(lackingTests, s)
		}),
	}
	for _, names := range [][]string{
		{"==", "eq", "equalto"}, {"!=", "ne"}, {"<", "lt", "lessthan"}, {"<=", "le"}, {">", "gt", "greaterthan"}, {">=", "ge"},
	} {
		for _, name := range names {
			testsByName[name] = ordered(names[0])
		}
	}
	for name, t := range testsByName {
		t.name = name
	}
}

// lackingTests are those of jinja2 that are not supported.
var lackingTests = []string{"escaped", "sameas"}

func testNamed(name string) (*test, error) {
	if t, ok := testsByName[name]; ok {
		return t, nil
	}
	if slices.Contains(lackingTests, name) {
		return nil, unsupported("the test " + name)
	}
	return nil, fmt.Errorf("there is no test %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(testsByName)), ", "))
}

// test reports whether a test holds of a value.
func (r *renderer) test(t *test, v Value, a arguments) (bool, error) {
	if err := r.step(1); err != nil {
		return false, err
	}
	values, err := a.bind(t.parameters)
	if err != nil {
		return false, fmt.Errorf("test %s: %w", t.name, err)
	}
	return t.holds(r, v, values)
}

func isIterable(v Value) bool {
	switch v.(type) {
	case string, markup, *undefined, *List, *Dict, *view, *iterator, *loop:
		return true
	default:
		return false
	}
}

func isCallable(v Value) bool {
	switch v.(type) {
	case *function, *loop, *undefined:
		return true
	default:
		return false
	}
}

// methodHolds is what a method of a text says of it.
func methodHolds(name string) func(string) Value {
	return func(s string) Value {
		v, _ := methods["str"][name].call(&renderer{}, s, nil)
		return v
	}
}
