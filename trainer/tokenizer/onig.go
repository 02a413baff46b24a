package tokenizer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxPattern is more characters than a pattern has: GPT-4o's has 400.
const maxPattern = 1 << 12

// translate writes an expression in Oniguruma's syntax for Ruby, which Hugging
// Face's tokenizers reads, in that of package regexp2. Letters of any case stand
// for the characters that fold to them one to one. What is not known is an error.
func translate(pattern string) (string, error) {
	t := &translator{in: []rune(pattern)}
	if len(t.in) > maxPattern {
		return "", fmt.Errorf("it has %d characters, but at most %d are read", len(t.in), maxPattern)
	}
	if err := t.alternatives(false, 0); err != nil {
		return "", err
	}
	if t.at < len(t.in) {
		return "", errors.New("it closes a group that was not opened")
	}
	return t.out.String(), nil
}

// translator reads in from at on, and writes out.
type translator struct {
	in  []rune
	at  int
	out strings.Builder
}

// maxDepth is how deep groups may lie in one another.
const maxDepth = 50

// alternatives translates up to the end of the group or the pattern.
func (t *translator) alternatives(anyCase bool, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("its groups lie more than %d deep", maxDepth)
	}
	for t.at < len(t.in) && t.in[t.at] != ')' {
		if t.in[t.at] == '|' {
			t.at++
			t.out.WriteByte('|')
			continue
		}
		before := t.out.String()
		t.out.Reset()
		err := t.atom(&anyCase, depth)
		atom := t.out.String()
		t.out.Reset()
		if err == nil {
			atom, err = t.quantified(atom)
		}
		if err != nil {
			return err
		}
		t.out.WriteString(before + atom)
	}
	return nil
}

// atom translates one character, class or group.
func (t *translator) atom(anyCase *bool, depth int) error {
	c := t.in[t.at]
	t.at++
	switch c {
	case '(':
		return t.group(anyCase, depth)
	case '[':
		return t.class(*anyCase)
	case '\\':
		return t.escape(*anyCase)
	case '.':
		t.out.WriteString(`[^\n]`)
	case '^':
		t.out.WriteString(`(?:\A|(?<=\n)(?!\z))`)
	case '$':
		t.out.WriteString(`(?=\n|\z)`)
	case '*', '+', '?':
		return fmt.Errorf("nothing stands before %q", c)
	default:
		t.literal(c, *anyCase)
	}
	return nil
}

// openings are the beginnings of groups that mean the same in both syntaxes.
func openings() []string { return []string{"?:", "?=", "?!", "?<=", "?<!", "?>"} }

func (t *translator) group(anyCase *bool, depth int) error {
	inside, opening := *anyCase, ""
	switch {
	case t.at == 1 && t.take("?i)"): // of the whole pattern
		*anyCase = true
		return nil
	case t.take("?i:"):
		inside, opening = true, "?:"
	case t.take("?-i:"):
		inside, opening = false, "?:"
	case t.peek() == '?':
		i := slices.IndexFunc(openings(), t.take)
		if i < 0 {
			return fmt.Errorf("it has a group (%s, which is not read", t.ahead(4))
		}
		opening = openings()[i]
	default:
		opening = "?:" // captures are not used
	}
	t.out.WriteString("(" + opening)
	if err := t.alternatives(inside, depth+1); err != nil {
		return err
	}
	if !t.take(")") {
		return errors.New("it does not close a group")
	}
	t.out.WriteByte(')')
	return nil
}

// quantified translates the quantifiers behind an atom.
func (t *translator) quantified(atom string) (string, error) {
	for count := 0; ; count++ {
		quantifier, isRange, err := t.quantifier()
		if err != nil || quantifier == "" {
			return atom, err
		}
		if count > 0 {
			atom = "(?:" + atom + ")"
		}
		if count > 3 {
			return "", errors.New("it has more than three quantifiers in a row")
		}
		atom += quantifier
		switch {
		case t.peek() == '?' && isRange && !strings.Contains(quantifier, ","):
			return "", fmt.Errorf("it has %s?, which is not read", quantifier)
		case t.take("?"):
			atom += "?"
		case t.peek() == '+' && !isRange:
			t.at++
			atom = "(?>" + atom + ")"
		}
	}
}

// quantifier translates one, "" if there is none.
func (t *translator) quantifier() (quantifier string, isRange bool, err error) {
	c := t.peek()
	if c == '*' || c == '+' || c == '?' {
		t.at++
		return string(c), false, nil
	}
	if c != '{' {
		return "", false, nil
	}
	end := slices.Index(t.in[t.at:], '}')
	if end < 0 {
		return "", false, errors.New("it has a { without a }")
	}
	text := string(t.in[t.at+1 : t.at+end])
	t.at += end + 1
	low, high, hasHigh := strings.Cut(text, ",")
	if low == "" && hasHigh {
		low = "0"
	}
	for _, bound := range []string{low, high} {
		if n, err := strconv.Atoi(bound); bound != "" && (err != nil || n < 0 || n > 1000) {
			return "", false, fmt.Errorf("it has {%s}, but up to 1000 repetitions are read", text)
		}
	}
	if low == "" {
		return "", false, fmt.Errorf("it has {%s}, which is not read", text)
	}
	if hasHigh {
		low += "," + high
	}
	return "{" + low + "}", true, nil
}

// literal writes a character, of any case perhaps.
func (t *translator) literal(c rune, anyCase bool) {
	others := folded(c)
	if !anyCase || len(others) == 0 {
		if strings.ContainsRune(`\*+?|{}[]()^$.#`, c) {
			t.out.WriteByte('\\')
		}
		t.out.WriteRune(c)
		return
	}
	t.out.WriteString("[" + inClass(c))
	for _, other := range others {
		t.out.WriteString(inClass(other))
	}
	t.out.WriteByte(']')
}

// inClass writes a character within brackets.
func inClass(c rune) string {
	if strings.ContainsRune(`\[]^-&`, c) {
		return `\` + string(c)
	}
	return string(c)
}

// folded lists the other characters that are c in another case.
func folded(c rune) []rune {
	var others []rune
	for r := unicode.SimpleFold(c); r != c; r = unicode.SimpleFold(r) {
		others = append(others, r)
	}
	return others
}

// peek returns the next character, 0 at the end.
func (t *translator) peek() rune {
	if t.at >= len(t.in) {
		return 0
	}
	return t.in[t.at]
}

// ahead returns up to n characters that come next.
func (t *translator) ahead(n int) string { return string(t.in[t.at:min(t.at+n, len(t.in))]) }

// take reads a text if it comes next.
func (t *translator) take(text string) bool {
	n := len([]rune(text))
	if t.ahead(n) != text {
		return false
	}
	t.at += n
	return true
}
