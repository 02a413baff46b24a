package jinja

import (
	"fmt"
	"strings"
)

type namedValue struct {
	key   string
	value Value
}

// arguments are what a function is given.
type arguments struct {
	positional []Value
	named      []namedValue
}

// unset is the value of an argument that is not given.
type unset struct{}

// bind returns the values of parameters, which are names between spaces, those that
// must be given with a star behind them: unset for one that is not given.
func (a arguments) bind(parameters string) ([]Value, error) {
	names := strings.Fields(parameters)
	values := make([]Value, len(names))
	if len(a.positional) > len(names) {
		return nil, fmt.Errorf("there are %d arguments; it takes %d", len(a.positional), len(names))
	}
	for i := range names {
		values[i] = unset{}
		if i < len(a.positional) {
			values[i] = a.positional[i]
		}
	}
	for _, argument := range a.named {
		known := false
		for i, name := range names {
			if strings.TrimSuffix(name, "*") == argument.key && i >= len(a.positional) {
				values[i], known = argument.value, true
			}
		}
		if !known {
			return nil, fmt.Errorf("argument %s is unknown or given twice", argument.key)
		}
	}
	for i, name := range names {
		if values[i] == (unset{}) && strings.HasSuffix(name, "*") {
			return nil, fmt.Errorf("argument %s is missing", strings.TrimSuffix(name, "*"))
		}
	}
	return values, nil
}

// given reports whether a value was given for a parameter.
func given(v Value) bool { return v != (unset{}) }

// textOr returns a text that was given, or another one.
func textOr(v Value, otherwise string) (string, error) {
	if !given(v) {
		return otherwise, nil
	}
	if s, ok := textOf(v); ok {
		return s, nil
	}
	return "", fmt.Errorf("an argument is %s; it must be a str", typeName(v))
}

// wholeOr returns a whole number that was given, or another one.
func wholeOr(v Value, otherwise int) (int, error) {
	if !given(v) {
		return otherwise, nil
	}
	if n, ok := whole(v); ok {
		return n, nil
	}
	return 0, fmt.Errorf("an argument is %s; it must be an int", typeName(v))
}

// truthOr returns the truth of what was given, or another one.
func truthOr(v Value, otherwise bool) bool {
	if !given(v) {
		return otherwise
	}
	return truth(v)
}
