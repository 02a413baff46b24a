package jinja

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is. An operator's kind is its text.
type kind string

const (
	dataToken     kind = "text"
	printBegin    kind = "{{"
	printEnd      kind = "}}"
	blockBegin    kind = "{%"
	blockEnd      kind = "%}"
	nameToken     kind = "name"
	stringToken   kind = "string"
	integerToken  kind = "integer"
	floatToken    kind = "float"
	endOfTemplate kind = "end of template"
)

type token struct {
	kind kind
	text string // of a string, what it holds
	line int
}

// String shows a token as it stands in the template.
func (t token) String() string {
	if t.kind == nameToken || t.kind == integerToken || t.kind == floatToken {
		return strconv.Quote(t.text)
	}
	return strconv.Quote(string(t.kind))
}

var (
	newlines  = regexp.MustCompile(`\r\n|\r|\n`)
	rawBegin  = regexp.MustCompile(`^\{%([-+]?)[\s\p{Z}]*raw[\s\p{Z}]*(-?%\})`)
	rawEnd    = regexp.MustCompile(`\{%([-+]?)[\s\p{Z}]*endraw[\s\p{Z}]*([-+]?%\})`)
	aFloat    = regexp.MustCompile(`(?i)^(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)`)
	anInteger = regexp.MustCompile(`(?i)^(?:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*)`)
	aName     = regexp.MustCompile(`^[\p{L}\p{N}\p{Mn}_]+`)
	aString   = regexp.MustCompile(`(?s)^(?:'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")`)
)

// operators are in the order in which they are tried.
var operators = []string{
	"//", "**", "==", "!=", ">=", "<=",
	"+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
}

// lexer splits a template into tokens, by the rules of jinja2's lexer.
type lexer struct {
	source   string
	at       int
	line     int
	atStart  bool   // of a line, as far as tags are concerned
	brackets []byte // the closing ones that are due
	tokens   []token
}

// lex returns the tokens of a template, the last of them endOfTemplate.
func lex(source string) ([]token, error) {
	source = newlines.ReplaceAllString(source, "\n")
	l := &lexer{source: strings.TrimSuffix(source, "\n"), line: 1, atStart: true}
	for l.at < len(l.source) {
		if err := l.text(); err != nil {
			return nil, err
		}
	}
	l.emit(endOfTemplate, "")
	return l.tokens, nil
}

func (l *lexer) emit(k kind, text string) { l.tokens = append(l.tokens, token{k, text, l.line}) }

func (l *lexer) fail(format string, a ...any) error { return errorAt(l.line, format, a...) }

// advance passes n bytes.
func (l *lexer) advance(n int) {
	passed := l.source[l.at : l.at+n]
	l.line += strings.Count(passed, "\n")
	l.atStart = strings.HasSuffix(passed, "\n")
	l.at += n
}

// text reads the text up to the next tag, and the tag.
func (l *lexer) text() error {
	rest := l.source[l.at:]
	begin := tagIn(rest)
	if begin < 0 {
		l.emit(dataToken, rest)
		l.advance(len(rest))
		return nil
	}
	tag := rest[begin:]
	raw := rawBegin.FindStringSubmatch(tag)
	sign := ""
	switch {
	case raw != nil:
		sign = raw[1]
	case len(tag) > 2 && (tag[2] == '-' || tag[2] == '+'):
		sign = tag[2:3]
	}
	if said := l.stripped(rest[:begin], sign, tag[1] == '{'); said != "" {
		l.emit(dataToken, said)
	}
	l.advance(begin)
	switch {
	case raw != nil:
		return l.raw(raw)
	case tag[1] == '#':
		return l.comment(2 + len(sign))
	case tag[1] == '{':
		return l.tag(printBegin, printEnd, 2+len(sign))
	default:
		return l.tag(blockBegin, blockEnd, 2+len(sign))
	}
}

// tagIn returns where the first tag begins, -1 if there is none.
func tagIn(text string) int {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '{' && strings.IndexByte("%{#", text[i+1]) >= 0 {
			return i
		}
	}
	return -1
}

// stripped returns what is left of the text before a tag that begins with a sign.
func (l *lexer) stripped(text, sign string, prints bool) string {
	if sign == "-" {
		return strings.TrimRightFunc(text, isSpace)
	}
	if sign == "+" || prints {
		return text
	}
	from := strings.LastIndexByte(text, '\n') + 1
	if (from > 0 || l.atStart) && strings.TrimLeftFunc(text[from:], isSpace) == "" {
		return text[:from]
	}
	return text
}

// raw reads the text of {% raw %} to its end.
func (l *lexer) raw(begin []string) error {
	size := len(begin[0])
	if begin[2] == "-%}" {
		size += spaces(l.source[l.at+size:])
	}
	l.advance(size)
	rest := l.source[l.at:]
	end := rawEnd.FindStringSubmatchIndex(rest)
	if end == nil {
		return l.fail("{%% raw %%} has no {%% endraw %%}")
	}
	l.emit(dataToken, l.stripped(rest[:end[0]], rest[end[2]:end[3]], false))
	l.advance(end[4])
	l.close(rest[end[4]:end[5]])
	return nil
}

// comment passes a comment, of which the first size bytes are its beginning.
func (l *lexer) comment(size int) error {
	body := l.source[l.at+size:]
	end := strings.Index(body, "#}")
	if end < 0 {
		return l.fail("a comment has no #}")
	}
	closing := "#}"
	if end > 0 && (body[end-1] == '-' || body[end-1] == '+') {
		end--
		closing = body[end : end+3]
	}
	l.advance(size + end)
	l.close(closing)
	return nil
}

// close passes the end of a tag with the white space that it takes: all of it after
// a minus, one line feed after a block or a comment.
func (l *lexer) close(end string) {
	size := len(end)
	rest := l.source[l.at+size:]
	switch {
	case end[0] == '-':
		size += spaces(rest)
	case end[0] != '+' && end != "}}" && strings.HasPrefix(rest, "\n"):
		size++
	}
	l.advance(size)
}

// spaces is how many bytes of white space a text begins with.
func spaces(text string) int { return len(text) - len(strings.TrimLeftFunc(text, isSpace)) }

// tag reads the tokens of a tag, whose beginning has size bytes.
func (l *lexer) tag(begin, end kind, size int) error {
	l.emit(begin, "")
	l.advance(size)
	l.brackets = l.brackets[:0]
	for {
		rest := l.source[l.at:]
		if rest == "" {
			return l.fail("a tag has no %s", end)
		}
		if closing := closes(rest, end); closing != "" && len(l.brackets) == 0 {
			l.emit(end, "")
			l.close(closing)
			return nil
		}
		if n := spaces(rest); n > 0 {
			l.advance(n)
			continue
		}
		if err := l.next(rest); err != nil {
			return err
		}
	}
}

// closes returns the end of a tag that a text begins with, with its sign.
func closes(text string, end kind) string {
	for _, sign := range []string{"", "-", "+"} {
		if closing := sign + string(end); (sign != "+" || end == blockEnd) && strings.HasPrefix(text, closing) {
			return closing
		}
	}
	return ""
}

// next reads one token.
func (l *lexer) next(rest string) error {
	if l.source[l.at-1] != '.' {
		if text := aFloat.FindString(rest); text != "" {
			l.emit(floatToken, strings.ReplaceAll(text, "_", ""))
			l.advance(len(text))
			return nil
		}
	}
	if text := anInteger.FindString(rest); text != "" {
		l.emit(integerToken, strings.ReplaceAll(text, "_", ""))
		l.advance(len(text))
		return nil
	}
	if text := aName.FindString(rest); text != "" {
		if first, _ := utf8.DecodeRuneInString(text); first != '_' && !unicode.IsLetter(first) {
			return l.fail("%q is not a name", text)
		}
		l.emit(nameToken, text)
		l.advance(len(text))
		return nil
	}
	if text := aString.FindString(rest); text != "" {
		said, err := unescape(text[1 : len(text)-1])
		if err != nil {
			return l.fail("%w", err)
		}
		l.emit(stringToken, said)
		l.advance(len(text))
		return nil
	}
	return l.operator(rest)
}

func (l *lexer) operator(rest string) error {
	for _, operator := range operators {
		if !strings.HasPrefix(rest, operator) {
			continue
		}
		if err := l.bracket(operator); err != nil {
			return err
		}
		l.emit(kind(operator), "")
		l.advance(len(operator))
		return nil
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return l.fail("unexpected character %q", first)
}

// bracket keeps account of the brackets that are open.
func (l *lexer) bracket(operator string) error {
	closing := map[string]byte{"(": ')', "[": ']', "{": '}'}
	switch operator {
	case "(", "[", "{":
		l.brackets = append(l.brackets, closing[operator])
	case ")", "]", "}":
		last := len(l.brackets) - 1
		if last < 0 || l.brackets[last] != operator[0] {
			return l.fail("unexpected %q", operator)
		}
		l.brackets = l.brackets[:last]
	}
	return nil
}

// escapes are the characters after a backslash that stand for another one.
var escapes = map[byte]string{
	'\n': "", '\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// unescape returns what a string literal holds, as Python's unicode-escape.
func unescape(text string) (string, error) {
	var b strings.Builder
	for {
		at := strings.IndexByte(text, '\\')
		if at < 0 {
			b.WriteString(text)
			return b.String(), nil
		}
		b.WriteString(text[:at])
		text = text[at+1:] // a literal never ends with one backslash
		if said, ok := escapes[text[0]]; ok {
			b.WriteString(said)
			text = text[1:]
			continue
		}
		digits, base := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[0]], 16
		from := 1
		if text[0] >= '0' && text[0] <= '7' {
			from, base = 0, 8
			for digits = 1; digits < 3 && digits < len(text) && text[digits] >= '0' && text[digits] <= '7'; {
				digits++
			}
		}
		if text[0] == 'N' {
			return "", fmt.Errorf(`\N in a string is not supported; write the character itself`)
		}
		if digits == 0 {
			b.WriteByte('\\')
			continue
		}
		if len(text) < from+digits {
			return "", fmt.Errorf(`a string ends within \%s`, text)
		}
		code, err := strconv.ParseUint(text[from:from+digits], base, 32)
		if err != nil || !utf8.ValidRune(rune(code)) {
			return "", fmt.Errorf(`\%s in a string is no character`, text[:from+digits])
		}
		b.WriteRune(rune(code))
		text = text[from+digits:]
	}
}

// isSpace reports whether Python's str.isspace does.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
