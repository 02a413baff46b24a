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

// asLetters replaces the '.' and '-' of names, which are operators to expr, by letters that
// no name has, one for one.
var asLetters = strings.NewReplacer(".", "\ua78f", "-", "\ua7f7")

// withIdentifiers writes the names in a text that hold a '.' or a '-' as identifiers,
// except in quotes. Places in the text stay as they are.
func withIdentifiers(text string, parameters []sweep.Parameter) string {
	var names []string
	for _, q := range parameters {
		if strings.ContainsAny(q.Name, ".-") {
			names = append(names, q.Name)
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
