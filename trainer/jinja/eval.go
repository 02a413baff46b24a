package jinja

import (
	"fmt"
	"unicode/utf8"
)

// expression is what has a value.
type expression interface {
	eval(*renderer, *scope) (Value, error)
}

type literal struct{ value Value }

func (e *literal) eval(*renderer, *scope) (Value, error) { return e.value, nil }

type name struct{ name string }

func (e *name) eval(r *renderer, s *scope) (Value, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	return r.lookup(e.name, s)
}

// namespaceTarget is ns.name in {% set ns.name = value %}.
type namespaceTarget struct {
	line            int
	name, attribute string
}

func (e *namespaceTarget) eval(*renderer, *scope) (Value, error) {
	return nil, fmt.Errorf("%s.%s is only set", e.name, e.attribute)
}

func (e *namespaceTarget) assign(r *renderer, v Value, s *scope) error {
	holder, err := r.lookup(e.name, s)
	if err != nil {
		return err
	}
	ns, ok := holder.(*namespace)
	if !ok {
		return fmt.Errorf("%s.%s is set, but %s is no namespace", e.name, e.attribute, e.name)
	}
	return ns.set(e.attribute, v)
}

func (n *namespace) set(name string, v Value) error {
	if name == "" || name[0] == '_' {
		return fmt.Errorf("%q in a namespace begins with an underscore", name)
	}
	n.values.Put(name, v)
	return nil
}

// collection is a list or a tuple.
type collection struct {
	line  int
	kind  listKind
	items []expression
}

func (e *collection) eval(r *renderer, s *scope) (Value, error) {
	if err := r.take(16 * len(e.items)); err != nil {
		return nil, err
	}
	items, err := evalAll(r, s, e.items)
	return &List{items, e.kind}, err
}

func evalAll(r *renderer, s *scope, nodes []expression) ([]Value, error) {
	values := make([]Value, len(nodes))
	for i, node := range nodes {
		v, err := node.eval(r, s)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

type dict struct {
	line  int
	pairs [][2]expression
}

func (e *dict) eval(r *renderer, s *scope) (Value, error) {
	if err := r.take(64 * len(e.pairs)); err != nil {
		return nil, err
	}
	d := NewDict()
	for _, pair := range e.pairs {
		key, err := pair[0].eval(r, s)
		if err != nil {
			return nil, err
		}
		value, err := pair[1].eval(r, s)
		if err == nil {
			err = d.Set(key, value)
		}
		if err != nil {
			return nil, at(e.line, err)
		}
	}
	return d, nil
}

// conditional is 'value if test else otherwise'.
type conditional struct {
	line                   int
	test, value, otherwise expression
}

func (e *conditional) eval(r *renderer, s *scope) (Value, error) {
	test, err := e.test.eval(r, s)
	if err != nil {
		return nil, err
	}
	switch {
	case truth(test):
		return e.value.eval(r, s)
	case e.otherwise == nil:
		return &undefined{"an if without else"}, nil
	default:
		return e.otherwise.eval(r, s)
	}
}

type logical struct {
	or          bool
	left, right expression
}

func (e *logical) eval(r *renderer, s *scope) (Value, error) {
	left, err := e.left.eval(r, s)
	if err != nil || truth(left) == e.or {
		return left, err
	}
	return e.right.eval(r, s)
}

type not struct{ value expression }

func (e *not) eval(r *renderer, s *scope) (Value, error) {
	v, err := e.value.eval(r, s)
	return !truth(v), err
}

type compared struct {
	operator string
	operand  expression
}

// comparison is 'a < b < c', of which each operand is evaluated once.
type comparison struct {
	line  int
	first expression
	rest  []compared
}

func (e *comparison) eval(r *renderer, s *scope) (Value, error) {
	left, err := e.first.eval(r, s)
	if err != nil {
		return nil, err
	}
	for _, c := range e.rest {
		right, err := c.operand.eval(r, s)
		if err != nil {
			return nil, err
		}
		holds, err := r.compares(c.operator, left, right)
		if err != nil {
			return nil, at(e.line, err)
		}
		if !holds {
			return false, nil
		}
		left = right
	}
	return true, nil
}

// binary is an operation on two values.
type binary struct {
	line        int
	operator    string
	left, right expression
}

func (e *binary) eval(r *renderer, s *scope) (Value, error) {
	left, err := e.left.eval(r, s)
	if err != nil {
		return nil, err
	}
	right, err := e.right.eval(r, s)
	if err != nil {
		return nil, err
	}
	v, err := r.operate(e.operator, left, right)
	return v, at(e.line, err)
}

// signed is -value or +value.
type signed struct {
	line  int
	minus bool
	value expression
}

func (e *signed) eval(r *renderer, s *scope) (Value, error) {
	v, err := e.value.eval(r, s)
	if err != nil {
		return nil, err
	}
	v, err = r.operate(map[bool]string{true: "-", false: "+"}[e.minus], 0, v)
	return v, at(e.line, err)
}

// concatenation is 'a ~ b ~ c'.
type concatenation struct {
	line  int
	parts []expression
}

func (e *concatenation) eval(r *renderer, s *scope) (Value, error) {
	joined := ""
	for _, part := range e.parts {
		v, err := part.eval(r, s)
		if err != nil {
			return nil, err
		}
		said, err := r.str(v)
		if err == nil {
			err = r.take(len(joined) + len(said))
		}
		if err != nil {
			return nil, at(e.line, err)
		}
		joined += said
	}
	return joined, nil
}

// attribute is value.name.
type attribute struct {
	line  int
	value expression
	name  string
}

func (e *attribute) eval(r *renderer, s *scope) (Value, error) {
	v, err := e.value.eval(r, s)
	if err != nil {
		return nil, err
	}
	v, err = r.attribute(v, e.name)
	return v, at(e.line, err)
}

// item is value[key].
type item struct {
	line       int
	value, key expression
}

func (e *item) eval(r *renderer, s *scope) (Value, error) {
	v, err := e.value.eval(r, s)
	if err != nil {
		return nil, err
	}
	key, err := e.key.eval(r, s)
	if err != nil {
		return nil, err
	}
	v, err = r.item(v, key)
	return v, at(e.line, err)
}

// slice is value[start:stop:step].
type slice struct {
	line   int
	value  expression
	bounds [3]expression // nil where there is none
}

func (e *slice) eval(r *renderer, s *scope) (Value, error) {
	v, err := e.value.eval(r, s)
	if err != nil {
		return nil, err
	}
	var bounds [3]*int
	for i, node := range e.bounds {
		if node == nil {
			continue
		}
		bound, err := node.eval(r, s)
		if err != nil {
			return nil, err
		}
		if n, ok := whole(bound); ok {
			bounds[i] = &n
		} else if bound != nil {
			return &undefined{"a slice with the bound " + typeName(bound)}, nil
		}
	}
	v, err = r.slice(v, bounds)
	return v, at(e.line, err)
}

// slice returns the elements of v between bounds, as Python does.
func (r *renderer) slice(v Value, bounds [3]*int) (Value, error) {
	if u, ok := v.(*undefined); ok {
		return nil, u.err()
	}
	if s, ok := v.(string); ok {
		if err := r.take(4 * len(s)); err != nil {
			return nil, err
		}
		characters := []rune(s)
		var b []byte
		err := sliced(len(characters), bounds, func(i int) { b = utf8.AppendRune(b, characters[i]) })
		return string(b), err
	}
	l, ok := v.(*List)
	if !ok {
		return &undefined{"a slice of " + typeName(v)}, nil
	}
	if l.kind == ranged {
		return nil, unsupported("a slice of a range")
	}
	if err := r.take(16 * len(l.Items)); err != nil {
		return nil, err
	}
	part := &List{kind: l.kind}
	return part, sliced(len(l.Items), bounds, func(i int) { part.Items = append(part.Items, l.Items[i]) })
}

// sliced calls keep for each index of a slice of n elements.
func sliced(n int, bounds [3]*int, keep func(int)) error {
	step := 1
	if bounds[2] != nil {
		step = *bounds[2]
	}
	if step == 0 {
		return fmt.Errorf("a slice has the step 0")
	}
	low, high := 0, n // between which a bound is cut
	if step < 0 {
		low, high = -1, n-1
	}
	cut := func(bound *int, otherwise int) int {
		if bound == nil {
			return otherwise
		}
		b := *bound
		if b < 0 {
			b += n
		}
		return max(low, min(high, b))
	}
	start, stop := cut(bounds[0], low), cut(bounds[1], high)
	if step < 0 {
		start, stop = cut(bounds[0], high), cut(bounds[1], low)
	}
	for i := start; step > 0 && i < stop || step < 0 && i > stop; {
		keep(i)
		if step > n || step < -n {
			break
		}
		i += step
	}
	return nil
}

type namedArgument struct {
	key   string
	value expression
}

// callArguments are what is written in the brackets of a call.
type callArguments struct {
	positional []expression
	named      []namedArgument
}

func (c callArguments) eval(r *renderer, s *scope) (given arguments, err error) {
	if given.positional, err = evalAll(r, s, c.positional); err != nil {
		return given, err
	}
	for _, argument := range c.named {
		v, err := argument.value.eval(r, s)
		if err != nil {
			return given, err
		}
		given.named = append(given.named, namedValue{argument.key, v})
	}
	return given, nil
}

type call struct {
	line   int
	callee expression
	given  callArguments
}

func (e *call) eval(r *renderer, s *scope) (Value, error) { return e.with(r, s) }

// with makes the call with more arguments than are written.
func (e *call) with(r *renderer, s *scope, more ...namedValue) (Value, error) {
	callee, err := e.callee.eval(r, s)
	if err != nil {
		return nil, err
	}
	given, err := e.given.eval(r, s)
	if err != nil {
		return nil, err
	}
	given.named = append(given.named, more...)
	v, err := r.call(callee, given)
	return v, at(e.line, err)
}

func (r *renderer) call(callee Value, given arguments) (Value, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	switch f := callee.(type) {
	case *function:
		return f.call(r, given)
	case *loop:
		return f.call(r, given)
	case *undefined:
		return nil, f.err()
	default:
		return nil, fmt.Errorf("%s is called, which is no function", typeName(callee))
	}
}

// filtered is 'value | filter(arguments)'.
type filtered struct {
	line   int
	value  expression
	filter *filter
	given  callArguments
}

func (e *filtered) eval(r *renderer, s *scope) (Value, error) {
	v, err := e.value.eval(r, s)
	if err != nil {
		return nil, err
	}
	v, err = e.apply(r, s, v)
	return v, at(e.line, err)
}

func (e *filtered) apply(r *renderer, s *scope, v Value) (Value, error) {
	given, err := e.given.eval(r, s)
	if err != nil {
		return nil, err
	}
	return r.filter(e.filter, v, given)
}

// tested is 'value is test(arguments)'.
type tested struct {
	line  int
	value expression
	test  *test
	given callArguments
}

func (e *tested) eval(r *renderer, s *scope) (Value, error) {
	v, err := e.value.eval(r, s)
	if err != nil {
		return nil, err
	}
	given, err := e.given.eval(r, s)
	if err != nil {
		return nil, err
	}
	holds, err := r.test(e.test, v, given)
	return holds, at(e.line, err)
}
