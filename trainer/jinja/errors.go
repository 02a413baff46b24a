package jinja

import (
	"errors"
	"fmt"
)

// Error is what is wrong with a template, or with what it is given.
type Error struct {
	Line int // of the template, from 1
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A RaisedError is what a template refuses by raise_exception.
type RaisedError struct{ Message string }

func (e *RaisedError) Error() string { return "the template refuses it: " + e.Message }

func errorAt(line int, format string, a ...any) error {
	return &Error{line, fmt.Errorf(format, a...)}
}

// at gives an error the line that it lacks.
func at(line int, err error) error {
	var placed *Error
	if err == nil || errors.As(err, &placed) || errors.Is(err, errBreak) || errors.Is(err, errContinue) {
		return err
	}
	return &Error{line, err}
}

// unsupported is an error about something that jinja2 has.
func unsupported(what string) error {
	return fmt.Errorf("%s is not supported; name another template with chat_template", what)
}
