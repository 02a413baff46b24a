package filter

import (
	"slices"
	"strings"

	"sweep/sweep"
)

// Reserved returns the words that have a meaning of their own in conditions and formulas,
// so that nothing to read there can be called so.
func Reserved() []string {
	return append(functionNames(), "and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches", "true", "false", "nil", "let", "if", "else")
}

// notInIdentifiers are the characters of ASCII that no identifier of expr has.
const notInIdentifiers = " !\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"

// asLetters replaces them in names by letters that no name has, one for one.
var asLetters = func() *strings.Replacer {
	var pairs []string
	for _, c := range notInIdentifiers {
		pairs = append(pairs, string(c), string('\ua000'+c))
	}
	return strings.NewReplacer(pairs...)
}()

func namesOf(parameters []sweep.Parameter) []string {
	names := make([]string, len(parameters))
	for i, q := range parameters {
		names[i] = q.Name
	}
	return names
}

// withIdentifiers writes those of the names that are no identifiers as such where a text
// holds them, except in quotes. Places in the text stay as they are.
func withIdentifiers(text string, all []string) string {
	var names []string
	for _, name := range all {
		if strings.ContainsAny(name, notInIdentifiers) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return text
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	var b strings.Builder
	var quote, last byte
	for i := 0; i < len(text); {
		c := text[i]
		name := ""
		switch {
		case quote != 0:
			if c == quote && last != '\\' {
				quote = 0
			}
		case strings.IndexByte("\"'`", c) >= 0:
			quote = c
		case !inName(last):
			name = longest(names, text[i:])
		}
		if name == "" {
			b.WriteByte(c)
			last, i = c, i+1
			continue
		}
		b.WriteString(asLetters.Replace(name))
		last, i = name[len(name)-1], i+len(name)
	}
	return b.String()
}

// longest returns the first of the names with which a text begins, or "".
func longest(names []string, text string) string {
	for _, name := range names {
		if rest, found := strings.CutPrefix(text, name); found && (rest == "" || !inName(rest[0])) {
			return name
		}
	}
	return ""
}

func inName(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
