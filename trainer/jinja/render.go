package jinja

import (
	"errors"
	"fmt"
	"time"
)

// Template is a parsed template. It is safe for concurrent use.
type Template struct {
	body      []statement
	generates bool
	words     map[string]bool
}

// Generates reports whether the template marks what the assistant says, by
// {% generation %}.
func (t *Template) Generates() bool { return t.generates }

// Mentions reports whether a name stands in one of the template's tags, be it as a
// string, as in message["name"].
func (t *Template) Mentions(name string) bool { return t.words[name] }

// Span is a part of a text, in bytes from its start.
type Span struct{ Start, End int }

// Output is a rendered text.
type Output struct {
	Text      string
	Generated []Span // what stood in {% generation %}
}

// Render renders the template. Strftime_now in it gives the date. Its errors are of
// type *Error, the cause a *RaisedError where the template itself refuses what it is
// given.
func (t *Template) Render(variables *Dict, date time.Time) (Output, error) {
	r := &renderer{variables: variables, date: date}
	err := r.run(t.body, &scope{values: map[string]Value{}})
	if err != nil {
		return Output{}, at(1, err)
	}
	return Output{string(r.text), r.generated}, nil
}

// renderer is one rendering.
type renderer struct {
	budget
	variables *Dict
	date      time.Time
	text      []byte
	generated []Span
}

// write writes to what is rendered.
func (r *renderer) write(text string) error {
	if err := r.take(len(text)); err != nil {
		return err
	}
	r.text = append(r.text, text...)
	return nil
}

// captured runs statements and returns what they print.
func (r *renderer) captured(body []statement, s *scope) (string, error) {
	outer := r.text
	r.text = nil
	err := r.run(body, s)
	text := string(r.text)
	r.text = outer
	return text, err
}

// run runs statements.
func (r *renderer) run(body []statement, s *scope) error {
	for _, node := range body {
		if err := r.step(1); err != nil {
			return err
		}
		if err := node.run(r, s); err != nil {
			return err
		}
	}
	return nil
}

var (
	errBreak    = errors.New("break")
	errContinue = errors.New("continue")
)

// scope holds what is set in a block. A name that it lacks is looked for in the block
// around it, then among the variables and the globals.
type scope struct {
	outer  *scope
	values map[string]Value
}

func (s *scope) inner() *scope { return &scope{s, map[string]Value{}} }

// lookup returns the value of a name.
func (r *renderer) lookup(name string, s *scope) (Value, error) {
	for ; s != nil; s = s.outer {
		if v, ok := s.values[name]; ok {
			return v, nil
		}
	}
	if v, ok := r.variables.Get(name); ok {
		return v, nil
	}
	return global(name)
}

// assign sets what a target names.
func (r *renderer) assign(target expression, v Value, s *scope) error {
	switch target := target.(type) {
	case *name:
		s.values[target.name] = v
		return nil
	case *namespaceTarget:
		return target.assign(r, v, s)
	case *collection:
		items, err := r.items(v)
		if err != nil {
			return err
		}
		if len(items) != len(target.items) {
			return fmt.Errorf("%d values are set to %d names", len(items), len(target.items))
		}
		for i := range items {
			if err := r.assign(target.items[i], items[i], s); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("this cannot be set")
	}
}
