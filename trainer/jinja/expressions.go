package jinja

import (
	"slices"
	"strconv"
)

// expression reads an expression with its conditions.
func (p *parser) expression() (expression, error) {
	up, err := p.deeper()
	defer up()
	if err != nil {
		return nil, err
	}
	return p.condition()
}

// condition reads 'a if b else c'.
func (p *parser) condition() (expression, error) {
	value, err := p.or()
	for err == nil && p.isName("if") {
		line := p.take().line
		var test, otherwise expression
		if test, err = p.or(); err != nil {
			return nil, err
		}
		if p.skipName("else") {
			up, err := p.deeper()
			if err != nil {
				return nil, err
			}
			otherwise, err = p.condition()
			up()
			if err != nil {
				return nil, err
			}
		}
		value = &conditional{line, test, value, otherwise}
	}
	return value, err
}

func (p *parser) or() (expression, error) { return p.logical("or", p.and) }

func (p *parser) and() (expression, error) { return p.logical("and", p.not) }

func (p *parser) logical(word string, operand func() (expression, error)) (expression, error) {
	left, err := operand()
	for err == nil && p.skipName(word) {
		var right expression
		right, err = operand()
		left = &logical{word == "or", left, right}
	}
	return left, err
}

func (p *parser) not() (expression, error) {
	if !p.skipName("not") {
		return p.comparison()
	}
	up, err := p.deeper()
	defer up()
	if err != nil {
		return nil, err
	}
	value, err := p.not()
	return &not{value}, err
}

var comparisons = []kind{"==", "!=", "<", "<=", ">", ">="}

func (p *parser) comparison() (expression, error) {
	line := p.current().line
	first, err := p.sum()
	if err != nil {
		return nil, err
	}
	c := &comparison{line: line, first: first}
	for {
		operator := ""
		switch {
		case slices.Contains(comparisons, p.current().kind):
			operator = string(p.take().kind)
		case p.skipName("in"):
			operator = "in"
		case p.isName("not") && p.look().kind == nameToken && p.look().text == "in":
			p.take()
			p.take()
			operator = "not in"
		case len(c.rest) == 0:
			return first, nil
		default:
			return c, nil
		}
		operand, err := p.sum()
		if err != nil {
			return nil, err
		}
		c.rest = append(c.rest, compared{operator, operand})
	}
}

func (p *parser) sum() (expression, error) { return p.binary(p.concatenation, "+", "-") }

func (p *parser) product() (expression, error) { return p.binary(p.power, "*", "/", "//", "%") }

func (p *parser) power() (expression, error) {
	return p.binary(func() (expression, error) { return p.unary(true) }, "**")
}

func (p *parser) binary(operand func() (expression, error), operators ...kind) (expression, error) {
	left, err := operand()
	for err == nil && slices.Contains(operators, p.current().kind) {
		operator := p.take()
		var right expression
		right, err = operand()
		left = &binary{operator.line, string(operator.kind), left, right}
	}
	return left, err
}

func (p *parser) concatenation() (expression, error) {
	first, err := p.product()
	if err != nil || !p.is("~") {
		return first, err
	}
	c := &concatenation{p.current().line, []expression{first}}
	for p.skip("~") {
		next, err := p.product()
		if err != nil {
			return nil, err
		}
		c.parts = append(c.parts, next)
	}
	return c, nil
}

func (p *parser) unary(filtered bool) (value expression, err error) {
	up, err := p.deeper()
	defer up()
	if err != nil {
		return nil, err
	}
	t := p.current()
	switch t.kind {
	case "-", "+":
		p.take()
		value, err = p.unary(false)
		value = &signed{t.line, t.kind == "-", value}
	default:
		value, err = p.primary()
	}
	if err == nil {
		value, err = p.postfix(value)
	}
	if err == nil && filtered {
		value, err = p.filtered(value)
	}
	return value, err
}

func (p *parser) primary() (expression, error) {
	t := p.current()
	switch t.kind {
	case nameToken:
		p.take()
		return p.name(t)
	case stringToken:
		said := ""
		for p.is(stringToken) {
			said += p.take().text
		}
		return &literal{said}, nil
	case integerToken:
		p.take()
		n, err := strconv.ParseInt(t.text, 0, 64)
		if err != nil {
			return nil, errorAt(t.line, "%s: %w", t.text, errBigInteger)
		}
		return &literal{int(n)}, nil
	case floatToken:
		p.take()
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, errorAt(t.line, "%s: %w", t.text, err)
		}
		return &literal{f}, nil
	case "(":
		p.take()
		value, err := p.tupleOrOne(tupleForm{bracketed: true})
		if err == nil {
			_, err = p.expect(")")
		}
		return value, err
	case "[":
		p.take()
		items, err := p.sequence("]")
		return &collection{t.line, list, items}, err
	case "{":
		p.take()
		return p.dict(t.line)
	default:
		return nil, p.fail("unexpected %v", t)
	}
}

func (p *parser) name(t token) (expression, error) {
	switch t.text {
	case "true", "True":
		return &literal{true}, nil
	case "false", "False":
		return &literal{false}, nil
	case "none", "None":
		return &literal{nil}, nil
	default:
		return &name{t.text}, nil
	}
}

// sequence reads expressions between commas up to a bracket, which it passes.
func (p *parser) sequence(end kind) (items []expression, err error) {
	for !p.is(end) {
		if len(items) > 0 {
			if _, err := p.expect(","); err != nil {
				return nil, err
			}
			if p.is(end) {
				break
			}
		}
		item, err := p.expression()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	p.take()
	return items, nil
}

func (p *parser) dict(line int) (expression, error) {
	d := &dict{line: line}
	for !p.is("}") {
		if len(d.pairs) > 0 {
			if _, err := p.expect(","); err != nil {
				return nil, err
			}
			if p.is("}") {
				break
			}
		}
		key, err := p.expression()
		if err == nil {
			_, err = p.expect(":")
		}
		if err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		d.pairs = append(d.pairs, [2]expression{key, value})
	}
	p.take()
	return d, nil
}

// tupleForm says how a tuple may be written.
type tupleForm struct {
	targets   bool // of names that are set
	bracketed bool // it may be empty
	plain     bool // an expression in it has no condition
	end       string
}

// tupleOrOne reads expressions between commas, or the one that there is.
func (p *parser) tupleOrOne(form tupleForm) (expression, error) {
	line := p.current().line
	read := p.expression
	switch {
	case form.targets:
		read = p.target
	case form.plain:
		read = p.or
	}
	var items []expression
	isTuple := false
	for !p.endsTuple(form) {
		item, err := read()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if !p.skip(",") {
			break
		}
		isTuple = true
	}
	switch {
	case isTuple || len(items) == 0 && form.bracketed:
		return &collection{line, tuple, items}, nil
	case len(items) == 0:
		return nil, p.fail("found %v; expected an expression", p.current())
	default:
		return items[0], nil
	}
}

func (p *parser) endsTuple(form tupleForm) bool {
	ends := []kind{printEnd, blockEnd, ")", endOfTemplate}
	return slices.Contains(ends, p.current().kind) || form.end != "" && p.isName(form.end)
}

// target reads a name that is set, an attribute of a namespace, or several in brackets.
func (p *parser) target() (expression, error) {
	if p.skip("(") {
		up, err := p.deeper()
		defer up()
		if err != nil {
			return nil, err
		}
		targets, err := p.tupleOrOne(tupleForm{targets: true, bracketed: true})
		if err == nil {
			_, err = p.expect(")")
		}
		return targets, err
	}
	t, err := p.expect(nameToken)
	if err != nil {
		return nil, err
	}
	if slices.Contains([]string{"true", "false", "none", "True", "False", "None"}, t.text) {
		return nil, errorAt(t.line, "%q cannot be set", t.text)
	}
	if !p.skip(".") {
		return &name{t.text}, nil
	}
	attribute, err := p.expect(nameToken)
	return &namespaceTarget{t.line, t.text, attribute.text}, err
}

// postfix reads what follows a value: attributes, subscripts and calls.
func (p *parser) postfix(value expression) (expression, error) {
	for {
		t := p.current()
		var err error
		switch t.kind {
		case ".":
			p.take()
			value, err = p.attribute(value, t.line)
		case "[":
			p.take()
			value, err = p.subscript(value, t.line)
		case "(":
			value, err = p.call(value, t.line)
		default:
			return value, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) attribute(value expression, line int) (expression, error) {
	t := p.take()
	switch t.kind {
	case nameToken:
		return &attribute{line, value, t.text}, nil
	case integerToken:
		n, err := strconv.Atoi(t.text)
		if err != nil {
			return nil, errorAt(t.line, "%s: %w", t.text, errBigInteger)
		}
		return &item{line, value, &literal{n}}, nil
	default:
		return nil, errorAt(t.line, "found %v; expected the name of an attribute", t)
	}
}

func (p *parser) subscript(value expression, line int) (expression, error) {
	var bounds [3]expression
	colons := 0
	for !p.is("]") {
		if p.skip(":") {
			if colons++; colons > 2 {
				return nil, p.fail("a slice has more than three parts")
			}
			continue
		}
		if bounds[colons] != nil {
			return nil, p.fail("found %v; expected %q", p.current(), "]")
		}
		bound, err := p.expression()
		if err != nil {
			return nil, err
		}
		bounds[colons] = bound
	}
	p.take()
	switch {
	case colons > 0:
		return &slice{line, value, bounds}, nil
	case bounds[0] == nil:
		return nil, errorAt(line, "a subscript is empty")
	default:
		return &item{line, value, bounds[0]}, nil
	}
}

func (p *parser) call(callee expression, line int) (expression, error) {
	given, err := p.arguments()
	return &call{line, callee, given}, err
}

// arguments reads what is given in brackets to a function, a filter or a test.
func (p *parser) arguments() (given callArguments, err error) {
	if _, err := p.expect("("); err != nil {
		return given, err
	}
	for first := true; !p.is(")"); first = false {
		if !first {
			if _, err := p.expect(","); err != nil {
				return given, err
			}
			if p.is(")") {
				break
			}
		}
		if p.is("*") || p.is("**") {
			return given, at(p.current().line, unsupported("a call with * or **"))
		}
		named := p.is(nameToken) && p.look().kind == "="
		key := ""
		switch {
		case named:
			key = p.take().text
			p.take()
		case len(given.named) > 0:
			return given, p.fail("an argument without a name follows one with a name")
		}
		value, err := p.expression()
		if err != nil {
			return given, err
		}
		if named {
			given.named = append(given.named, namedArgument{key, value})
		} else {
			given.positional = append(given.positional, value)
		}
	}
	p.take()
	return given, nil
}

// filtered reads the filters, tests and calls that follow a value.
func (p *parser) filtered(value expression) (expression, error) {
	for {
		var err error
		switch {
		case p.is("|"):
			p.take()
			value, err = p.filter(value)
		case p.isName("is"):
			value, err = p.test(value)
		case p.is("("):
			value, err = p.call(value, p.current().line)
		default:
			return value, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) filter(value expression) (*filtered, error) {
	t, err := p.expect(nameToken)
	if err != nil {
		return nil, err
	}
	f, err := filterNamed(t.text)
	if err != nil {
		return nil, at(t.line, err)
	}
	node := &filtered{line: t.line, value: value, filter: f}
	if p.is("(") {
		node.given, err = p.arguments()
	}
	return node, err
}

// test reads 'is NAME', with an argument in brackets or without.
func (p *parser) test(value expression) (expression, error) {
	p.take()
	negated := p.skipName("not")
	t, err := p.expect(nameToken)
	if err != nil {
		return nil, err
	}
	f, err := testNamed(t.text)
	if err != nil {
		return nil, at(t.line, err)
	}
	node := &tested{line: t.line, value: value, test: f}
	values := []kind{nameToken, stringToken, integerToken, floatToken, "[", "{"}
	switch {
	case p.is("("):
		node.given, err = p.arguments()
	case p.isName("is"):
		return nil, p.fail("two tests follow one another; put brackets around the first")
	case slices.Contains(values, p.current().kind) && !p.isName("else", "or", "and"):
		var argument expression
		if argument, err = p.primary(); err == nil {
			argument, err = p.postfix(argument)
		}
		node.given.positional = []expression{argument}
	}
	if negated {
		return &not{node}, err
	}
	return node, err
}
