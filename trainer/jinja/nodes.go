package jinja

import (
	"errors"
	"fmt"
)

// statement is what a template does, one after another.
type statement interface {
	run(*renderer, *scope) error
}

// text is printed as it is.
type text string

func (t text) run(r *renderer, _ *scope) error { return r.write(string(t)) }

// output is {{ value }}.
type output struct {
	line  int
	value expression
}

func (o *output) run(r *renderer, s *scope) error {
	v, err := o.value.eval(r, s)
	if err != nil {
		return at(o.line, err)
	}
	printed, err := r.str(v)
	if err != nil {
		return at(o.line, err)
	}
	return r.write(printed)
}

type branch struct {
	test expression
	body []statement
}

// ifElse is {% if %} with its branches. It has no scope of its own.
type ifElse struct {
	line      int
	branches  []branch
	otherwise []statement
}

func (n *ifElse) run(r *renderer, s *scope) error {
	for _, b := range n.branches {
		v, err := b.test.eval(r, s)
		if err != nil {
			return at(n.line, err)
		}
		if truth(v) {
			return r.run(b.body, s)
		}
	}
	return r.run(n.otherwise, s)
}

// set is {% set target = value %}.
type set struct {
	line          int
	target, value expression
}

func (n *set) run(r *renderer, s *scope) error {
	v, err := n.value.eval(r, s)
	if err == nil {
		err = r.assign(n.target, v, s)
	}
	return at(n.line, err)
}

// setBlock is {% set target %}...{% endset %}.
type setBlock struct {
	line    int
	target  expression
	filters []*filtered
	body    []statement
}

func (n *setBlock) run(r *renderer, s *scope) error {
	printed, err := r.captured(n.body, s.inner())
	if err != nil {
		return err
	}
	v, err := r.through(n.filters, s, printed)
	if err == nil {
		err = r.assign(n.target, v, s)
	}
	return at(n.line, err)
}

// filterBlock is {% filter name %}.
type filterBlock struct {
	line    int
	filters []*filtered
	body    []statement
}

func (n *filterBlock) run(r *renderer, s *scope) error {
	printed, err := r.captured(n.body, s.inner())
	if err != nil {
		return err
	}
	v, err := r.through(n.filters, s, printed)
	if err != nil {
		return at(n.line, err)
	}
	if printed, err = r.str(v); err != nil {
		return at(n.line, err)
	}
	return r.write(printed)
}

// through applies filters to a value, one after another.
func (r *renderer) through(filters []*filtered, s *scope, v Value) (_ Value, err error) {
	for _, f := range filters {
		if v, err = f.apply(r, s, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// with is {% with target = value %}. The values do not see one another.
type with struct {
	line            int
	targets, values []expression
	body            []statement
}

func (n *with) run(r *renderer, s *scope) error {
	inner := s.inner()
	for i, value := range n.values {
		v, err := value.eval(r, s)
		if err == nil {
			err = r.assign(n.targets[i], v, inner)
		}
		if err != nil {
			return at(n.line, err)
		}
	}
	return r.run(n.body, inner)
}

// leap is {% break %} or {% continue %}.
type leap struct{ err error }

func (n leap) run(*renderer, *scope) error { return n.err }

// generation is {% generation %}.
type generation struct {
	line int
	body []statement
}

func (n *generation) run(r *renderer, s *scope) error {
	printed, err := r.captured(n.body, s.inner())
	if err != nil {
		return err
	}
	start := len(r.text)
	if err := r.write(printed); err != nil {
		return err
	}
	r.generated = append(r.generated, Span{start, len(r.text)})
	return nil
}

// macro is {% macro name(parameters) %}.
type macro struct {
	line        int
	name        string
	parameters  []string
	defaults    []expression // nil where a parameter has none
	takesCaller bool
	body        []statement
}

func (n *macro) run(_ *renderer, s *scope) error {
	s.values[n.name] = n.function(s)
	return nil
}

// function is the macro as it is called, in the scope of where it is written.
func (n *macro) function(s *scope) *function {
	return &function{n.name, func(r *renderer, given arguments) (Value, error) {
		if err := r.enter(); err != nil {
			return nil, err
		}
		defer r.leave()
		inner := s.inner()
		if err := n.bind(r, inner, given); err != nil {
			return nil, fmt.Errorf("macro %s: %w", n.name, err)
		}
		return r.captured(n.body, inner)
	}}
}

// bind sets the parameters to what is given, or to their defaults.
func (n *macro) bind(r *renderer, s *scope, given arguments) error {
	if len(given.positional) > len(n.parameters) {
		return fmt.Errorf("there are %d arguments; it takes %d", len(given.positional), len(n.parameters))
	}
	for i, v := range given.positional {
		s.values[n.parameters[i]] = v
	}
	if n.takesCaller {
		s.values["caller"] = &undefined{"caller"}
	}
	for _, argument := range given.named {
		known := n.takesCaller && argument.key == "caller"
		for i, parameter := range n.parameters {
			known = known || parameter == argument.key && i >= len(given.positional)
		}
		if !known {
			return fmt.Errorf("argument %s is unknown or given twice", argument.key)
		}
		s.values[argument.key] = argument.value
	}
	for i, parameter := range n.parameters {
		if _, ok := s.values[parameter]; ok {
			continue
		}
		s.values[parameter] = &undefined{"parameter " + parameter}
		if n.defaults[i] == nil {
			continue
		}
		v, err := n.defaults[i].eval(r, s)
		if err != nil {
			return err
		}
		s.values[parameter] = v
	}
	return nil
}

// callBlock is {% call macro() %}, whose body the macro has as caller.
type callBlock struct {
	line   int
	call   *call
	caller *macro
}

func (n *callBlock) run(r *renderer, s *scope) error {
	caller := namedValue{"caller", n.caller.function(s)}
	v, err := n.call.with(r, s, caller)
	if err != nil {
		return at(n.line, err)
	}
	printed, err := r.str(v)
	if err != nil {
		return at(n.line, err)
	}
	return r.write(printed)
}

// forLoop is {% for target in over if condition %}.
type forLoop struct {
	line            int
	target, over    expression
	condition       expression // nil without one
	recursive       bool
	body, otherwise []statement
}

func (n *forLoop) run(r *renderer, s *scope) error {
	v, err := n.over.eval(r, s)
	if err == nil {
		err = n.through(r, s, v, nil)
	}
	return at(n.line, err)
}

// through runs the loop over v, within another pass of itself if it is recursive.
func (n *forLoop) through(r *renderer, s *scope, v Value, outer *loop) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	from, err := r.iterate(v)
	if err != nil {
		return err
	}
	l := &loop{node: n, scope: s, next: n.those(r, s, from).next, outer: outer}
	if items, err := length(v); err == nil && n.condition == nil {
		l.known, l.size = true, items
	}
	for {
		more, err := l.advance()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		inner := s.inner()
		inner.values["loop"] = l
		if err := r.assign(n.target, l.current, inner); err != nil {
			return err
		}
		if err := r.run(n.body, inner); errors.Is(err, errBreak) {
			return nil
		} else if err != nil && !errors.Is(err, errContinue) {
			return err
		}
	}
	if l.index < 0 {
		return r.run(n.otherwise, s.inner())
	}
	return nil
}

// those iterates over what the loop's condition holds of.
func (n *forLoop) those(r *renderer, s *scope, from *iterator) *iterator {
	if n.condition == nil {
		return from
	}
	return &iterator{func() (Value, bool, error) {
		for {
			v, ok, err := from.next()
			if err != nil || !ok {
				return nil, false, err
			}
			if err := r.step(1); err != nil {
				return nil, false, err
			}
			inner := s.inner()
			inner.values["loop"] = &undefined{"loop in the condition of a loop"}
			if err := r.assign(n.target, v, inner); err != nil {
				return nil, false, err
			}
			if holds, err := n.condition.eval(r, inner); err != nil || truth(holds) {
				return v, err == nil, err
			}
		}
	}}
}
