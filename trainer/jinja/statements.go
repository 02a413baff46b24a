package jinja

import (
	"maps"
	"slices"
	"strings"
)

// statementParsers read the rest of a tag, up to and without its end, by its name.
// It is a function as the parsers refer to it.
func statementParsers() map[string]func(*parser, int) (statement, error) {
	return map[string]func(*parser, int) (statement, error){
		"for": (*parser).forLoop, "if": (*parser).ifElse, "set": (*parser).set, "macro": (*parser).macro,
		"call": (*parser).callBlock, "filter": (*parser).filterBlock, "with": (*parser).with,
		"break": (*parser).leap, "continue": (*parser).leap, "generation": (*parser).generation,
	}
}

// statement reads the tag that begins here.
func (p *parser) statement() (statement, error) {
	t, err := p.expect(nameToken)
	if err != nil {
		return nil, err
	}
	read, ok := statementParsers()[t.text]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(statementParsers())), ", ")
		return nil, errorAt(t.line, "{%% %s %%} is unknown here; there are %s", t.text, known)
	}
	return read(p, t.line)
}

func (p *parser) forLoop(line int) (statement, error) {
	f := &forLoop{line: line}
	var err error
	if f.target, err = p.tupleOrOne(tupleForm{targets: true, end: "in"}); err != nil {
		return nil, err
	}
	if !p.skipName("in") {
		return nil, p.fail("found %v; expected in", p.current())
	}
	if f.over, err = p.tupleOrOne(tupleForm{plain: true, end: "recursive"}); err != nil {
		return nil, err
	}
	if p.skipName("if") {
		if f.condition, err = p.expression(); err != nil {
			return nil, err
		}
	}
	captured := p.captured
	if f.recursive = p.skipName("recursive"); f.recursive {
		p.captured = true
	}
	p.loops++
	body, end, err := p.block("else", "endfor")
	p.loops--
	if f.body = body; err == nil && end == "else" {
		f.otherwise, _, err = p.block("endfor")
	}
	p.captured = captured
	return f, err
}

func (p *parser) ifElse(line int) (statement, error) {
	node := &ifElse{line: line}
	for end := "elif"; end == "elif"; {
		test, err := p.tupleOrOne(tupleForm{plain: true})
		if err != nil {
			return nil, err
		}
		var body []statement
		if body, end, err = p.block("elif", "else", "endif"); err != nil {
			return nil, err
		}
		node.branches = append(node.branches, branch{test, body})
		if end == "else" {
			node.otherwise, _, err = p.block("endif")
			return node, err
		}
	}
	return node, nil
}

func (p *parser) set(line int) (statement, error) {
	target, err := p.tupleOrOne(tupleForm{targets: true})
	if err != nil {
		return nil, err
	}
	if p.skip("=") {
		value, err := p.tupleOrOne(tupleForm{})
		return &set{line, target, value}, err
	}
	node := &setBlock{line: line, target: target}
	if p.skip("|") {
		if node.filters, err = p.filters(); err != nil {
			return nil, err
		}
	}
	node.body, err = p.capture("endset")
	return node, err
}

// filters reads the filters that a block's text goes through.
func (p *parser) filters() (filters []*filtered, err error) {
	for more := true; more; more = p.skip("|") {
		f, err := p.filter(nil)
		if err != nil {
			return nil, err
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// signature reads the parameters of a macro, or of what a call block calls.
func (p *parser) signature(m *macro) error {
	if _, err := p.expect("("); err != nil {
		return err
	}
	for first := true; !p.is(")"); first = false {
		if !first {
			if _, err := p.expect(","); err != nil {
				return err
			}
		}
		t, err := p.expect(nameToken)
		if err != nil {
			return err
		}
		m.parameters = append(m.parameters, t.text)
		var value expression
		if p.skip("=") {
			if value, err = p.expression(); err != nil {
				return err
			}
		} else if len(m.defaults) > 0 && m.defaults[len(m.defaults)-1] != nil {
			return p.fail("parameter %s without a default follows one with a default", t.text)
		}
		m.defaults = append(m.defaults, value)
	}
	p.take()
	return nil
}

func (p *parser) macro(line int) (statement, error) {
	t, err := p.expect(nameToken)
	if err != nil {
		return nil, err
	}
	m := &macro{line: line, name: t.text}
	return m, p.macroBody(m, "endmacro", true)
}

// macroBody reads the parameters of a macro, if it has any, and its body. The names
// varargs, kwargs and caller are parameters, too, where the body has them.
func (p *parser) macroBody(m *macro, end string, signed bool) (err error) {
	if signed {
		if err := p.signature(m); err != nil {
			return err
		}
	}
	from := p.at
	if m.body, err = p.capture(end); err != nil {
		return err
	}
	words := wordsIn(p.tokens[from:p.at])
	m.takesCaller = words["caller"] && !slices.Contains(m.parameters, "caller")
	if words["varargs"] || words["kwargs"] {
		return at(m.line, unsupported("a macro with varargs or kwargs"))
	}
	return nil
}

func (p *parser) callBlock(line int) (statement, error) {
	m := &macro{line: line, name: "caller"}
	if p.is("(") {
		if err := p.signature(m); err != nil {
			return nil, err
		}
	}
	callee, err := p.unary(true)
	if err != nil {
		return nil, err
	}
	c, ok := callee.(*call)
	if !ok {
		return nil, errorAt(line, "{%% call %%} has no call of a macro")
	}
	return &callBlock{line, c, m}, p.macroBody(m, "endcall", false)
}

func (p *parser) filterBlock(line int) (statement, error) {
	filters, err := p.filters()
	if err != nil {
		return nil, err
	}
	body, err := p.capture("endfilter")
	return &filterBlock{line, filters, body}, err
}

func (p *parser) with(line int) (statement, error) {
	node := &with{line: line}
	for !p.is(blockEnd) {
		if len(node.targets) > 0 {
			if _, err := p.expect(","); err != nil {
				return nil, err
			}
		}
		target, err := p.target()
		if err == nil {
			_, err = p.expect("=")
		}
		if err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		node.targets, node.values = append(node.targets, target), append(node.values, value)
	}
	var err error
	node.body, _, err = p.block("endwith")
	return node, err
}

// leap reads {% break %} or {% continue %}.
func (p *parser) leap(line int) (statement, error) {
	word := p.tokens[p.at-1].text
	if p.loops == 0 {
		return nil, errorAt(line, "{%% %s %%} is in no loop", word)
	}
	if word == "break" {
		return leap{errBreak}, nil
	}
	return leap{errContinue}, nil
}

// generation reads what transformers calls the assistant's. Within a text that is
// kept, transformers cannot tell where it is printed.
func (p *parser) generation(line int) (statement, error) {
	if p.captured {
		return nil, errorAt(line, "{%% generation %%} stands in a macro, a recursive loop or another block whose text is kept, so where the text is printed is unknown")
	}
	p.generates = true
	body, err := p.capture("endgeneration")
	return &generation{line, body}, err
}
