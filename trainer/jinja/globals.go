package jinja

import (
	"fmt"
	"strings"
)

// global returns what a name stands for that is neither set nor a variable.
func global(name string) (Value, error) {
	if f, ok := globals[name]; ok {
		return &function{name, f}, nil
	}
	switch name {
	case "cycler", "joiner", "lipsum":
		return nil, unsupported(name)
	}
	return &undefined{name}, nil
}

// globals are the functions that every template has.
var globals = map[string]func(*renderer, arguments) (Value, error){
	"range":           makeRange,
	"dict":            makeDict,
	"namespace":       makeNamespace,
	"raise_exception": raise,
	"strftime_now":    strftimeNow,
}

func makeRange(r *renderer, a arguments) (Value, error) {
	var bounds []int
	for _, v := range a.positional {
		n, ok := whole(v)
		if !ok {
			return nil, fmt.Errorf("range takes whole numbers, not %s", typeName(v))
		}
		bounds = append(bounds, n)
	}
	start, stop, step := 0, 0, 1
	switch len(bounds) {
	case 1:
		stop = bounds[0]
	case 2:
		start, stop = bounds[0], bounds[1]
	case 3:
		start, stop, step = bounds[0], bounds[1], bounds[2]
	default:
		return nil, fmt.Errorf("range takes 1 to 3 arguments")
	}
	if step == 0 {
		return nil, fmt.Errorf("range has the step 0")
	}
	l := &List{kind: ranged}
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		if len(l.Items) == maxRange {
			return nil, fmt.Errorf("a range has more than %d elements", maxRange)
		}
		l.Items = append(l.Items, i)
	}
	return l, r.take(16 * len(l.Items))
}

// makeDict is Python's dict, of a dict or of nothing and of names.
func makeDict(r *renderer, a arguments) (Value, error) {
	d := NewDict()
	if len(a.positional) > 1 {
		return nil, fmt.Errorf("dict takes one argument without a name")
	}
	for _, v := range a.positional {
		from, ok := v.(*Dict)
		if !ok {
			return nil, unsupported("dict of a " + typeName(v))
		}
		for _, key := range from.keys {
			value, _ := from.Get(key)
			if err := d.Set(key, value); err != nil {
				return nil, err
			}
		}
	}
	for _, argument := range a.named {
		d.Put(argument.key, argument.value)
	}
	return d, r.take(64 * len(d.keys))
}

func makeNamespace(r *renderer, a arguments) (Value, error) {
	made, err := makeDict(r, a)
	if err != nil {
		return nil, err
	}
	n := &namespace{NewDict()}
	for _, key := range made.(*Dict).keys {
		name, ok := key.(string)
		if !ok {
			return nil, unsupported("a namespace with a key that is no name")
		}
		v, _ := made.(*Dict).Get(key)
		if err := n.set(name, v); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func raise(r *renderer, a arguments) (Value, error) {
	values, err := a.bind("message*")
	if err != nil {
		return nil, err
	}
	message, err := r.str(values[0])
	if err != nil {
		return nil, err
	}
	return nil, &RaisedError{message}
}

// directives are those of strftime, in the C locale, as layouts of package time.
var directives = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'd': "02", 'H': "15", 'I': "03", 'j': "002", 'm': "01",
	'M': "04", 'p': "PM", 'S': "05", 'y': "06", 'Y': "2006", 'F': "2006-01-02", 'T': "15:04:05", 'e': "_2",
}

// strftimeNow gives the date of the rendering, which is no date of today.
func strftimeNow(r *renderer, a arguments) (Value, error) {
	values, err := a.bind("format*")
	if err != nil {
		return nil, err
	}
	format, err := textOr(values[0], "")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(format, "%")
		b.WriteString(before)
		if !found {
			return b.String(), r.take(b.Len())
		}
		bare := strings.HasPrefix(after, "-") // without leading zeros
		after = strings.TrimPrefix(after, "-")
		if after == "" {
			return nil, fmt.Errorf("strftime_now: a format ends with %%")
		}
		format = after[1:]
		layout, ok := directives[after[0]]
		switch {
		case after[0] == '%':
			b.WriteByte('%')
		case !ok:
			return nil, unsupported(fmt.Sprintf("%%%c in strftime_now", after[0]))
		case bare:
			b.WriteString(strings.TrimLeft(r.date.Format(layout), "0 "))
		default:
			b.WriteString(r.date.Format(layout))
		}
	}
}
