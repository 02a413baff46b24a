package jinja

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// getter returns what gets an attribute of a value: names and indices between dots,
// or the value itself where none is given. Where it is undefined, the default is got,
// if that is not nil.
func getter(path, otherwise Value) func(*renderer, Value) (Value, error) {
	var parts []Value
	if s, ok := textOf(path); ok {
		for _, part := range strings.Split(s, ".") {
			if n, err := strconv.Atoi(part); err == nil && part[0] != '-' && part[0] != '+' {
				parts = append(parts, n)
			} else {
				parts = append(parts, part)
			}
		}
	} else if given(path) && path != nil {
		parts = []Value{path}
	}
	return func(r *renderer, v Value) (_ Value, err error) {
		for _, part := range parts {
			if v, err = r.item(v, part); err != nil {
				return nil, err
			}
			if _, ok := v.(*undefined); ok && otherwise != nil {
				v = otherwise
			}
		}
		return v, nil
	}
}

// lazily iterates over what each gives for the elements of v: a value, and whether
// to keep it. Of what is false there are none, whatever its type.
func (r *renderer) lazily(v Value, each func(Value) (Value, bool, error)) (Value, error) {
	if !truth(v) {
		return over(nil), nil
	}
	from, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	return &iterator{func() (Value, bool, error) {
		for {
			item, ok, err := from.next()
			if err == nil {
				err = r.step(1)
			}
			if err != nil || !ok {
				return nil, false, err
			}
			got, keep, err := each(item)
			if err != nil || keep {
				return got, err == nil, err
			}
		}
	}}, nil
}

// mapped is the filter map, of an attribute or of another filter.
func mapped(r *renderer, v Value, a arguments) (Value, error) {
	if len(a.positional) == 0 {
		values, err := a.bind("attribute* default")
		if err != nil {
			return nil, err
		}
		otherwise := values[1]
		if !given(otherwise) {
			otherwise = nil
		}
		get := getter(values[0], otherwise)
		return r.lazily(v, func(item Value) (Value, bool, error) {
			got, err := get(r, item)
			return got, true, err
		})
	}
	name, err := textOr(a.positional[0], "")
	if err != nil {
		return nil, err
	}
	f, err := filterNamed(name)
	if err != nil {
		return nil, err
	}
	rest := arguments{a.positional[1:], a.named}
	return r.lazily(v, func(item Value) (Value, bool, error) {
		got, err := r.filter(f, item, rest)
		return got, true, err
	})
}

// selecting is a filter that keeps what a test holds of, or does not hold of: of the
// elements, or of an attribute of each.
func selecting(keep, byAttribute bool) func(*renderer, Value, arguments) (Value, error) {
	return func(r *renderer, v Value, a arguments) (Value, error) {
		get := getter(unset{}, nil)
		if byAttribute {
			if len(a.positional) == 0 {
				return nil, errors.New("the attribute is missing")
			}
			get = getter(a.positional[0], nil)
			a.positional = a.positional[1:]
		}
		holds, err := r.testOf(a)
		if err != nil {
			return nil, err
		}
		return r.lazily(v, func(item Value) (Value, bool, error) {
			got, err := get(r, item)
			if err != nil {
				return nil, false, err
			}
			kept, err := holds(got)
			return item, kept == keep, err
		})
	}
}

// testOf returns the test that arguments begin with, the truth if there are none.
func (r *renderer) testOf(a arguments) (func(Value) (bool, error), error) {
	if len(a.positional) == 0 {
		return func(v Value) (bool, error) { return truth(v), nil }, nil
	}
	name, ok := textOf(a.positional[0])
	if !ok {
		return nil, fmt.Errorf("a test is named by %s; it must be a str", typeName(a.positional[0]))
	}
	t, err := testNamed(name)
	if err != nil {
		return nil, err
	}
	rest := arguments{a.positional[1:], a.named}
	return func(v Value) (bool, error) { return r.test(t, v, rest) }, nil
}
