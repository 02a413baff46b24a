package jinja

import (
	"fmt"
	"slices"
	"strings"
)

// attribute is value.name: an attribute or a method before a key of a dict.
func (r *renderer) attribute(v Value, name string) (Value, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	if found, ok, err := own(v, name); ok || err != nil {
		return found, err
	}
	if d, ok := v.(*Dict); ok {
		if found, ok := d.Get(name); ok {
			return found, nil
		}
	}
	return missing(v, name), nil
}

// missing is what a value lacks.
func missing(v Value, name string) Value {
	return &undefined{fmt.Sprintf("%q of a %s", name, typeName(v))}
}

// item is value[key]: a key or an index before an attribute or a method.
func (r *renderer) item(v, key Value) (Value, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	if u, ok := v.(*undefined); ok {
		return nil, u.err()
	}
	if d, ok := v.(*Dict); ok {
		if found, ok := d.Get(key); ok {
			return found, nil
		}
	}
	if n, ok := whole(key); ok {
		return r.element(v, n)
	}
	name, ok := textOf(key)
	if !ok {
		return &undefined{fmt.Sprintf("an item of a %s", typeName(v))}, nil
	}
	if found, ok, err := own(v, name); ok || err != nil {
		return found, err
	}
	return missing(v, name), nil
}

// element is that of a list or a text at an index, which counts from its end if it is
// negative.
func (r *renderer) element(v Value, n int) (Value, error) {
	none := &undefined{fmt.Sprintf("element %d of a %s", n, typeName(v))}
	if l, ok := v.(*List); ok {
		if n < 0 {
			n += len(l.Items)
		}
		if n < 0 || n >= len(l.Items) {
			return none, nil
		}
		return l.Items[n], nil
	}
	text, ok := v.(string)
	if !ok {
		return none, nil
	}
	if err := r.step(len(text) / 8); err != nil {
		return nil, err
	}
	if n < 0 {
		size, _ := length(text)
		n += size
	}
	at := 0
	for _, c := range text {
		if at == n {
			return string(c), nil
		}
		at++
	}
	return none, nil
}

// own returns an attribute or a method that Python's type has.
func own(v Value, name string) (Value, bool, error) {
	switch v := v.(type) {
	case *undefined:
		return nil, false, v.err()
	case *loop:
		found, err := v.attribute(name)
		return found, true, err
	case *namespace:
		found, ok := v.values.Get(name)
		return found, ok, nil
	}
	if strings.HasPrefix(name, "__") {
		return nil, false, unsupported("the attribute " + name)
	}
	kind := typeName(v)
	if _, ok := v.(markup); ok {
		kind = "safe text"
	}
	if m, ok := methods[kind][name]; ok {
		return &function{name, func(r *renderer, given arguments) (Value, error) {
			values, err := given.bind(m.parameters)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return m.call(r, v, values)
		}}, true, nil
	}
	if slices.Contains(lacking[kind], name) {
		return nil, false, unsupported(fmt.Sprintf("%s of a %s", name, kind))
	}
	return nil, false, nil
}
