package tokenizer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Classes that the two syntaxes name differently, as items of a class: those of
// \w are letters, marks, decimal numbers, connectors, and what else is alphabetic.
// Outside of a class \w and \b take the other numbers of Latin-1 for such, too.
const (
	wordItems     = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24b6-\u24e9` + "\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
	loneWordItems = wordItems + `\u00b2\u00b3\u00b9\u00bc-\u00be`
	hexItems      = `0-9a-fA-F`
)

// escape translates what follows a backslash outside of a class.
func (t *translator) escape(anyCase bool) error {
	switch c := t.peek(); c {
	case 'A', 'z':
		t.at++
		t.out.WriteString(`\` + string(c))
	case 'Z':
		t.at++
		t.out.WriteString(`(?=\n?\z)`)
	case 'b', 'B':
		t.at++
		const within = `(?<=[` + loneWordItems + `])(?=[` + loneWordItems + `])|(?<![` + loneWordItems + `])(?![` + loneWordItems + `])`
		if c == 'B' {
			t.out.WriteString(`(?:` + within + `)`)
		} else {
			t.out.WriteString(`(?!` + within + `)`)
		}
	case 'w', 'W':
		t.at++
		t.out.WriteString(map[rune]string{'w': "[", 'W': "[^"}[c] + loneWordItems + "]")
	default:
		items, single, err := t.escaped()
		switch {
		case err != nil:
			return err
		case items == "":
			t.literal(single, anyCase)
		default:
			t.out.WriteString("[" + items + "]")
		}
	}
	return nil
}

// escaped reads an escape that may stand in a class: items of a class, which may
// begin with ^, or else a character.
func (t *translator) escaped() (items string, single rune, err error) {
	if t.at >= len(t.in) {
		return "", 0, errors.New("it ends in a backslash")
	}
	c := t.in[t.at]
	t.at++
	switch c {
	case 's', 'S', 'd', 'D':
		return `\` + string(c), 0, nil
	case 'w':
		return wordItems, 0, nil
	case 'W':
		return "^" + wordItems, 0, nil
	case 'h':
		return hexItems, 0, nil
	case 'H':
		return "^" + hexItems, 0, nil
	case 'p', 'P':
		items, err = t.property(c == 'P')
		return items, 0, err
	case 'u', 'x':
		single, err = t.code(c)
		return "", single, err
	}
	if i := strings.IndexRune("ntrfvae", c); i >= 0 {
		return "", rune("\n\t\r\f\v\a\x1b"[i]), nil
	}
	if c < 0x80 && (isASCIILetter(c) || c >= '0' && c <= '9') {
		return "", 0, fmt.Errorf("it has \\%c, which is not read", c)
	}
	return "", c, nil
}

// property translates the name of a general category or a script.
func (t *translator) property(not bool) (string, error) {
	end := slices.Index(t.in[t.at:], '}')
	if t.peek() != '{' || end < 0 {
		return "", errors.New(`it has \p without a name in braces`)
	}
	name := string(t.in[t.at+1 : t.at+end])
	t.at += end + 1
	if strings.HasPrefix(name, "^") {
		name, not = name[1:], !not
	}
	if unicode.Categories[name] == nil && unicode.Scripts[name] == nil {
		return "", fmt.Errorf(`it has \p{%s}, but only general categories and scripts are read`, name)
	}
	if not {
		return `\P{` + name + `}`, nil
	}
	return `\p{` + name + `}`, nil
}

// code reads the hexadecimal digits of a character.
func (t *translator) code(kind rune) (rune, error) {
	digits := map[rune]int{'u': 4, 'x': 2}[kind]
	text := t.ahead(digits)
	t.at += len([]rune(text))
	if kind == 'x' && strings.HasPrefix(text, "{") {
		t.at -= len([]rune(text)) - 1
		end := max(slices.Index(t.in[t.at:], '}'), 0)
		text, digits = string(t.in[t.at:t.at+end]), end
		t.at += end + 1
	}
	code, err := strconv.ParseUint(text, 16, 32)
	if err != nil || len(text) != digits || code > unicode.MaxRune {
		return 0, fmt.Errorf(`it has \%c%s, which is no character`, kind, text)
	}
	return rune(code), nil
}

// class translates what stands in brackets.
func (t *translator) class(anyCase bool) error {
	t.out.WriteByte('[')
	if t.take("^") {
		t.out.WriteByte('^')
	}
	for first := true; ; first = false {
		switch {
		case t.at >= len(t.in):
			return errors.New("it does not close a [")
		case t.peek() == ']' && !first:
			t.at++
			t.out.WriteByte(']')
			return nil
		case t.peek() == '[':
			return errors.New("it has a [ within brackets, which is not read")
		case t.ahead(2) == "&&":
			return errors.New("it has && within brackets, which is not read")
		}
		if err := t.item(anyCase); err != nil {
			return err
		}
	}
}

// item translates one character, range or escape of a class.
func (t *translator) item(anyCase bool) error {
	from, items, err := t.member()
	if err != nil || items != "" {
		t.out.WriteString(items)
		return err
	}
	to := from
	if t.peek() == '-' && t.at+1 < len(t.in) && t.in[t.at+1] != ']' {
		t.at++
		if to, items, err = t.member(); err != nil || items != "" || to < from {
			return fmt.Errorf("it has a range from %q that ends in no character behind it", from)
		}
	}
	t.out.WriteString(inClass(from))
	if to > from {
		t.out.WriteString("-" + inClass(to))
	}
	if !anyCase {
		return nil
	}
	const most = 1000
	if to-from > most {
		return fmt.Errorf("it has a range of more than %d characters of any case", most)
	}
	for c := from; c <= to; c++ {
		for _, other := range folded(c) {
			t.out.WriteString(inClass(other))
		}
	}
	return nil
}

// member reads one character of a class, or else items.
func (t *translator) member() (single rune, items string, err error) {
	c := t.in[t.at]
	t.at++
	if c != '\\' {
		return c, "", nil
	}
	if t.peek() == 'b' {
		t.at++
		return '\b', "", nil
	}
	items, single, err = t.escaped()
	if err == nil && strings.HasPrefix(items, "^") {
		err = errors.New(`it has \W or \H within brackets, which is not read`)
	}
	return single, items, err
}
