package jinja

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// method is a method of a type of Python.
type method struct {
	parameters string // as arguments.bind has them
	call       func(*renderer, Value, []Value) (Value, error)
}

// methods are those that templates may call, by the name of the type.
var methods = map[string]map[string]method{
	"str": {
		"upper":        onText(upper),
		"lower":        onText(lower),
		"capitalize":   onText(capitalized),
		"title":        onText(titled),
		"strip":        {"chars", strip(strings.TrimFunc)},
		"lstrip":       {"chars", strip(strings.TrimLeftFunc)},
		"rstrip":       {"chars", strip(strings.TrimRightFunc)},
		"split":        {"sep maxsplit", split},
		"rsplit":       {"sep maxsplit", rsplit},
		"splitlines":   {"", splitLines},
		"replace":      {"old* new* count", replace},
		"startswith":   {"prefix*", anyOf(strings.HasPrefix)},
		"endswith":     {"suffix*", anyOf(strings.HasSuffix)},
		"removeprefix": {"prefix*", trimmed(strings.TrimPrefix)},
		"removesuffix": {"suffix*", trimmed(strings.TrimSuffix)},
		"join":         {"iterable*", func(r *renderer, v Value, a []Value) (Value, error) { return joinTexts(r, v.(string), a[0]) }},
		"find":         {"sub*", find(strings.Index)},
		"rfind":        {"sub*", find(strings.LastIndex)},
		"count":        {"sub*", count},
		"isdigit":      onText(all(unicode.IsDigit)),
		"isalpha":      onText(all(unicode.IsLetter)),
		"isspace":      onText(all(isSpace)),
		"isalnum":      onText(all(func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) })),
		"isupper":      onText(func(s string) Value { return s == upper(s) && s != lower(s) }),
		"islower":      onText(func(s string) Value { return s == lower(s) && s != upper(s) }),
	},
	"dict": {
		"get": {"key* default", func(_ *renderer, v Value, a []Value) (Value, error) {
			if _, err := hashed(a[0]); err != nil {
				return nil, err
			}
			found, ok := v.(*Dict).Get(a[0])
			switch {
			case ok:
				return found, nil
			case given(a[1]):
				return a[1], nil
			default:
				return nil, nil
			}
		}},
		"items":  {"", func(r *renderer, v Value, _ []Value) (Value, error) { return r.pairs(v.(*Dict)) }},
		"keys":   {"", func(_ *renderer, v Value, _ []Value) (Value, error) { return &view{v.(*Dict).keys}, nil }},
		"values": {"", func(r *renderer, v Value, _ []Value) (Value, error) { return r.values(v.(*Dict)) }},
		"copy":   {"", func(_ *renderer, v Value, _ []Value) (Value, error) { return v.(*Dict).Without(), nil }},
	},
	"list": {
		"index": {"value*", func(r *renderer, v Value, a []Value) (Value, error) {
			n := slices.IndexFunc(v.(*List).Items, func(item Value) bool { return equal(item, a[0]) })
			if n < 0 {
				return nil, fmt.Errorf("index: the list has no such element")
			}
			return n, r.step(n)
		}},
	},
}

// lacking are the attributes of Python's types that are not supported; those that
// change a list or a dict are an error in jinja2's sandbox, too.
var lacking = map[string][]string{
	"str": {
		"casefold", "center", "encode", "expandtabs", "format", "format_map", "index", "isascii", "isdecimal", "isidentifier", "isnumeric",
		"isprintable", "istitle", "ljust", "maketrans", "partition", "rindex", "rjust", "rpartition", "swapcase", "translate", "zfill",
	},
	"safe text": {
		"upper", "lower", "capitalize", "title", "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "replace", "startswith",
		"endswith", "removeprefix", "removesuffix", "join", "find", "rfind", "count", "isdigit", "isalpha", "isspace", "isalnum", "isupper",
		"islower", "format", "striptags", "unescape", "escape", "partition", "rpartition", "encode", "zfill", "center", "ljust", "rjust",
	},
	"dict":  {"clear", "fromkeys", "pop", "popitem", "setdefault", "update"},
	"list":  {"append", "clear", "copy", "count", "extend", "insert", "pop", "remove", "reverse", "sort"},
	"tuple": {"count", "index"},
	"range": {"count", "index", "start", "step", "stop"},
	"int":   {"as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "is_integer", "numerator", "real", "to_bytes"},
	"bool":  {"as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "is_integer", "numerator", "real", "to_bytes"},
	"float": {"as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"},
	"function": {
		"name", "arguments", "catch_kwargs", "catch_varargs", "caller",
	},
}

// pairs returns the keys of a dict with their values.
func (r *renderer) pairs(d *Dict) (*view, error) {
	if err := r.take(64 * len(d.keys)); err != nil {
		return nil, err
	}
	v := &view{}
	for _, key := range d.keys {
		value, _ := d.Get(key)
		v.items = append(v.items, &List{[]Value{key, value}, tuple})
	}
	return v, nil
}

func (r *renderer) values(d *Dict) (*view, error) {
	if err := r.take(16 * len(d.keys)); err != nil {
		return nil, err
	}
	v := &view{}
	for _, key := range d.keys {
		value, _ := d.Get(key)
		v.items = append(v.items, value)
	}
	return v, nil
}

// onText is a method without parameters.
func onText[T any](f func(string) T) method {
	return method{"", func(r *renderer, v Value, _ []Value) (Value, error) {
		s := v.(string)
		return f(s), r.take(len(s))
	}}
}

func upper(s string) string { return cases.Upper(language.Und).String(s) }

func lower(s string) string { return cases.Lower(language.Und, cases.HandleFinalSigma(true)).String(s) }

// capitalized has the first character in title case and the others in lower case.
func capitalized(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return titleCase(s[:size]) + lower(s)[len(lower(s[:size])):]
}

func titleCase(s string) string { return cases.Title(language.Und, cases.NoLower).String(s) }

// titled has each run of letters capitalized.
func titled(s string) string {
	cased := func(c rune) bool { return unicode.IsUpper(c) || unicode.IsLower(c) || unicode.IsTitle(c) }
	var b strings.Builder
	for s != "" {
		start := strings.IndexFunc(s, cased)
		if start < 0 {
			start = len(s)
		}
		b.WriteString(s[:start])
		s = s[start:]
		end := strings.IndexFunc(s, func(c rune) bool { return !cased(c) })
		if end < 0 {
			end = len(s)
		}
		b.WriteString(capitalized(s[:end]))
		s = s[end:]
	}
	return b.String()
}

func all(is func(rune) bool) func(string) Value {
	return func(s string) Value {
		return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return !is(c) })
	}
}

// strip is a method that takes white space, or some characters, off a text's ends.
func strip(trim func(string, func(rune) bool) string) func(*renderer, Value, []Value) (Value, error) {
	return func(r *renderer, v Value, a []Value) (Value, error) {
		s := v.(string)
		if !given(a[0]) || a[0] == nil {
			return trim(s, isSpace), r.step(1)
		}
		characters, err := textOr(a[0], "")
		if err == nil {
			err = r.step(len(s) / 8 * (1 + len(characters)/8))
		}
		if err != nil {
			return nil, err
		}
		return trim(s, func(c rune) bool { return strings.ContainsRune(characters, c) }), nil
	}
}

// splitting returns the separator, "" for white space, and the most cuts, -1 for any.
func splitting(a []Value) (separator string, most int, err error) {
	if most, err = wholeOr(a[1], -1); err != nil {
		return "", 0, err
	}
	if !given(a[0]) || a[0] == nil {
		return "", most, nil
	}
	if separator, err = textOr(a[0], ""); err == nil && separator == "" {
		err = fmt.Errorf("split: the separator is empty")
	}
	return separator, most, err
}

func texts(parts []string) *List {
	l := &List{}
	for _, part := range parts {
		l.Items = append(l.Items, part)
	}
	return l
}

func split(r *renderer, v Value, a []Value) (Value, error) {
	s := v.(string)
	separator, most, err := splitting(a)
	if err == nil {
		err = r.take(16*strings.Count(s, separator) + 2*len(s))
	}
	if err != nil {
		return nil, err
	}
	if most >= 0 {
		most++
	}
	if separator != "" {
		return texts(strings.SplitN(s, separator, most)), nil
	}
	var words []string
	for s = strings.TrimLeftFunc(s, isSpace); s != ""; s = strings.TrimLeftFunc(s, isSpace) {
		end := strings.IndexFunc(s, isSpace)
		if end < 0 || len(words) == most-1 {
			return texts(append(words, s)), nil
		}
		words = append(words, s[:end])
		s = s[end:]
	}
	return texts(words), nil
}

func rsplit(r *renderer, v Value, a []Value) (Value, error) {
	s := v.(string)
	separator, most, err := splitting(a)
	if err != nil {
		return nil, err
	}
	if separator == "" {
		if most >= 0 {
			return nil, unsupported("rsplit by white space with maxsplit")
		}
		return split(r, v, a)
	}
	if err := r.take(16*strings.Count(s, separator) + 2*len(s)); err != nil {
		return nil, err
	}
	var parts []string
	for most != 0 {
		at := strings.LastIndex(s, separator)
		if at < 0 {
			break
		}
		parts = append(parts, s[at+len(separator):])
		s = s[:at]
		most--
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return texts(parts), nil
}

func splitLines(r *renderer, v Value, _ []Value) (Value, error) {
	s := strings.ReplaceAll(v.(string), "\r\n", "\n")
	if err := r.take(17 * len(s)); err != nil {
		return nil, err
	}
	var parts []string
	for s != "" {
		end := strings.IndexFunc(s, func(c rune) bool { return strings.ContainsRune("\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029", c) })
		if end < 0 {
			parts = append(parts, s)
			break
		}
		_, size := utf8.DecodeRuneInString(s[end:])
		parts = append(parts, s[:end])
		s = s[end+size:]
	}
	return texts(parts), nil
}

func replace(r *renderer, v Value, a []Value) (Value, error) {
	from, errFrom := textOr(a[0], "")
	to, errTo := textOr(a[1], "")
	n, errCount := -1, error(nil)
	if a[2] != nil {
		n, errCount = wholeOr(a[2], -1)
	}
	for _, err := range []error{errFrom, errTo, errCount} {
		if err != nil {
			return nil, err
		}
	}
	s := v.(string)
	places := strings.Count(s, from)
	if n >= 0 {
		places = min(places, n)
	}
	if places > 0 && len(to) > maxBytes/places {
		return nil, r.take(maxBytes + 1)
	}
	if err := r.take(len(s) + places*len(to)); err != nil {
		return nil, err
	}
	return strings.Replace(s, from, to, n), nil
}

// anyOf is a method that holds of a text or of one of a tuple of texts.
func anyOf(holds func(s, part string) bool) func(*renderer, Value, []Value) (Value, error) {
	return func(r *renderer, v Value, a []Value) (Value, error) {
		parts := []Value{a[0]}
		if l, ok := a[0].(*List); ok && l.kind == tuple {
			parts = l.Items
		}
		for _, p := range parts {
			part, err := textOr(p, "")
			if err != nil {
				return nil, err
			}
			if holds(v.(string), part) {
				return true, nil
			}
		}
		return false, r.step(len(parts))
	}
}

func trimmed(trim func(s, part string) string) func(*renderer, Value, []Value) (Value, error) {
	return func(_ *renderer, v Value, a []Value) (Value, error) {
		part, err := textOr(a[0], "")
		return trim(v.(string), part), err
	}
}

// find is a method that returns where a part is, in characters, -1 if it is nowhere.
func find(index func(s, part string) int) func(*renderer, Value, []Value) (Value, error) {
	return func(r *renderer, v Value, a []Value) (Value, error) {
		part, err := textOr(a[0], "")
		if err != nil {
			return nil, err
		}
		s := v.(string)
		at := index(s, part)
		if at < 0 {
			return -1, nil
		}
		return utf8.RuneCountInString(s[:at]), r.step(len(s) / 8)
	}
}

func count(r *renderer, v Value, a []Value) (Value, error) {
	part, err := textOr(a[0], "")
	if err != nil {
		return nil, err
	}
	return strings.Count(v.(string), part), r.step(len(v.(string)) / 8)
}

// joinTexts joins texts, as the method join of a str does.
func joinTexts(r *renderer, separator string, v Value) (Value, error) {
	items, err := r.items(v)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, item := range items {
		s, ok := textOf(item)
		if !ok {
			return nil, fmt.Errorf("join: element %d is %s; it must be a str", i, typeName(item))
		}
		if i > 0 {
			s = separator + s
		}
		if err := r.take(len(s)); err != nil {
			return nil, err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}
