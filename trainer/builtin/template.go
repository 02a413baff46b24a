package builtin

import (
	"strings"

	"sweep/trainer/random"
)

// fill replaces each <key> of a template by value(key), and drops each
// {group}, braces and all, in which a key has the value "". Groups do not nest.
func fill(template string, value func(key string) string) string {
	filled, _ := fillGroup(template, value)
	return filled
}

// fillGroup also reports whether every key outside of inner groups had a value.
func fillGroup(template string, value func(key string) string) (filled string, complete bool) {
	var b strings.Builder
	complete = true
	for {
		text, key, rest, found := cutField(template)
		b.WriteString(text)
		if !found {
			return b.String(), complete
		}
		if key[0] == '{' {
			if group, whole := fillGroup(key[1:], value); whole {
				b.WriteString(group)
			}
		} else {
			v := value(key[1:])
			complete = complete && v != ""
			b.WriteString(v)
		}
		template = rest
	}
}

// cutField cuts a template around its first <key> or {group}; field keeps its
// opening sign.
func cutField(template string) (before, field, after string, found bool) {
	open := strings.IndexAny(template, "<{")
	if open < 0 {
		return template, "", "", false
	}
	closing := ">"
	if template[open] == '{' {
		closing = "}"
	}
	field, after, _ = strings.Cut(template[open:], closing)
	return template[:open], field, after, true
}

// grammar maps a symbol to its alternatives, whose <symbols> are rewritten in
// turn.
type grammar map[string][]string

// write rewrites a symbol with random alternatives.
func (g grammar) write(symbol string, s *random.Stream) string {
	if symbol == "name" {
		return name(s)
	}
	return fill(pick(g[symbol], s), func(key string) string { return g.write(key, s) })
}

func pick(choices []string, s *random.Stream) string { return choices[s.Below(len(choices))] }

// name is a capitalised word of two random syllables, one of some 40,000 that
// mean nothing, so that it can only be copied.
func name(s *random.Stream) string {
	const consonants, vowels, endings = "bdfghjklmnprstvwz", "aeiou", "lnrst"
	var b []byte
	for range 2 {
		b = append(b, consonants[s.Below(len(consonants))], vowels[s.Below(len(vowels))])
	}
	if s.Below(2) == 0 {
		b = append(b, endings[s.Below(len(endings))])
	}
	b[0] -= 'a' - 'A'
	return string(b)
}
