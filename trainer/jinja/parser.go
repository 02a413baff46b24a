package jinja

import (
	"slices"
)

// parser reads tokens by the grammar of jinja2's parser, whose methods its own are
// named for.
type parser struct {
	tokens    []token
	at        int
	nested    int
	loops     int  // within which the statement stands, as break and continue need one
	captured  bool // the statement's text is kept in place of being printed
	generates bool // there is a {% generation %}
}

func (p *parser) current() token { return p.tokens[p.at] }

func (p *parser) look() token { return p.tokens[min(p.at+1, len(p.tokens)-1)] }

// take passes the current token and returns it.
func (p *parser) take() token {
	t := p.current()
	p.at = min(p.at+1, len(p.tokens)-1)
	return t
}

func (p *parser) is(k kind) bool { return p.current().kind == k }

// isName reports whether the current token is one of some names.
func (p *parser) isName(names ...string) bool {
	return p.is(nameToken) && slices.Contains(names, p.current().text)
}

// skip passes the current token if it is of a kind.
func (p *parser) skip(k kind) bool {
	if !p.is(k) {
		return false
	}
	p.take()
	return true
}

func (p *parser) skipName(name string) bool {
	if !p.isName(name) {
		return false
	}
	p.take()
	return true
}

func (p *parser) fail(format string, a ...any) error {
	return errorAt(p.current().line, format, a...)
}

func (p *parser) expect(k kind) (token, error) {
	if !p.is(k) {
		return token{}, p.fail("found %v; expected %q", p.current(), string(k))
	}
	return p.take(), nil
}

// deeper is called at the start of what can nest; its result ends it.
func (p *parser) deeper() (func(), error) {
	if p.nested++; p.nested > maxNested {
		return func() {}, p.fail("the template is nested more than %d deep", maxNested)
	}
	return func() { p.nested-- }, nil
}

// body reads statements up to a tag of one of some names, which is read to behind
// its name; without names up to the end of the template.
func (p *parser) body(ends ...string) (nodes []statement, end string, err error) {
	up, err := p.deeper()
	defer up()
	if err != nil {
		return nil, "", err
	}
	for {
		t := p.take()
		switch t.kind {
		case dataToken:
			nodes = append(nodes, text(t.text))
		case printBegin:
			value, err := p.tupleOrOne(tupleForm{})
			if err == nil {
				_, err = p.expect(printEnd)
			}
			if err != nil {
				return nil, "", err
			}
			nodes = append(nodes, &output{t.line, value})
		case blockBegin:
			if p.isName(ends...) {
				return nodes, p.take().text, nil
			}
			node, err := p.statement()
			if err == nil {
				_, err = p.expect(blockEnd)
			}
			if err != nil {
				return nil, "", err
			}
			nodes = append(nodes, node)
		default: // the end of the template
			if len(ends) > 0 {
				return nil, "", errorAt(t.line, "the template ends where {%% %s %%} is due", ends[len(ends)-1])
			}
			return nodes, "", nil
		}
	}
}

// block reads the rest of the tag that begins a block, the block and the name of the
// tag that ends it.
func (p *parser) block(ends ...string) ([]statement, string, error) {
	if _, err := p.expect(blockEnd); err != nil {
		return nil, "", err
	}
	return p.body(ends...)
}

// capture reads a block whose text is kept, in which no loop goes on.
func (p *parser) capture(end string) ([]statement, error) {
	loops, captured := p.loops, p.captured
	p.loops, p.captured = 0, true
	nodes, _, err := p.block(end)
	p.loops, p.captured = loops, captured
	return nodes, err
}

// Parse reads a template. Its errors are of type *Error.
func Parse(source string) (*Template, error) {
	if len(source) > maxSource {
		return nil, errorAt(1, "the template has more than %d MiB", maxSource>>20)
	}
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	nodes, _, err := p.body()
	if err != nil {
		return nil, err
	}
	return &Template{nodes, p.generates, wordsIn(tokens)}, nil
}

// wordsIn returns the names and the strings that stand in tags.
func wordsIn(tokens []token) map[string]bool {
	words := map[string]bool{}
	for _, t := range tokens {
		if t.kind == nameToken || t.kind == stringToken {
			words[t.text] = true
		}
	}
	return words
}
