package tokenizer

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalizer changes a text before it is cut into words.
type normalizer func(text string) (string, error)

// normalizers are the normalizers that are read, by their types.
func normalizers() map[string]func(*part) (normalizer, error) {
	form := func(f norm.Form) func(*part) (normalizer, error) {
		return func(*part) (normalizer, error) {
			return func(s string) (string, error) { return canonical(f, s), nil }, nil
		}
	}
	return map[string]func(*part) (normalizer, error){
		"none":      func(*part) (normalizer, error) { return asItIs, nil },
		"NFC":       form(norm.NFC),
		"NFD":       form(norm.NFD),
		"NFKC":      form(norm.NFKC),
		"NFKD":      form(norm.NFKD),
		"Lowercase": func(*part) (normalizer, error) { return lowercase, nil },
		"Prepend":   (*part).prepender,
		"Replace":   (*part).replacer,
		"Sequence":  (*part).normalizers,
		"Strip":     (*part).stripper,
	}
}

func normalizerOf(p *part) (normalizer, error) { return read("normalizer", p, normalizers()) }

func asItIs(s string) (string, error) { return s, nil }

func (p *part) normalizers() (normalizer, error) {
	all, err := readAll(p.Normalizers, normalizerOf)
	return func(s string) (string, error) {
		var err error
		for _, one := range all {
			if s, err = one(s); err != nil {
				return "", err
			}
		}
		return s, nil
	}, err
}

// prepender puts text before what is not empty.
func (p *part) prepender() (normalizer, error) {
	return func(s string) (string, error) {
		if s == "" {
			return s, nil
		}
		return p.Prepend + s, nil
	}, nil
}

func (p *part) replacer() (normalizer, error) {
	find, err := p.finder("normalizer Replace")
	return func(s string) (string, error) { return find.replace(s, p.Content) }, err
}

func (p *part) stripper() (normalizer, error) {
	return func(s string) (string, error) {
		if p.StripLeft {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
		}
		if p.StripRight {
			s = strings.TrimRightFunc(s, unicode.IsSpace)
		}
		return s, nil
	}, nil
}

// lowercase lowers each character by itself: a sigma at the end of a word is
// like any other, and a dotted I leaves its dot.
func lowercase(s string) (string, error) {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r == 'İ' {
			b.WriteString("i̇")
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String(), nil
}

// canonical returns the normal form of a text. Package norm puts a joiner into more
// than 30 marks in a row, as the Stream-Safe Text Format of Unicode asks; Hugging
// Face's tokenizers does not.
func canonical(f norm.Form, s string) string {
	const joiner = "\u034f"
	normal := f.String(s)
	if strings.Count(normal, joiner) == strings.Count(s, joiner) {
		return normal
	}
	decomposed := f == norm.NFD || f == norm.NFKD
	parts := norm.NFD
	if f == norm.NFKC || f == norm.NFKD {
		parts = norm.NFKD
	}
	var all []rune
	for _, r := range s {
		all = append(all, []rune(parts.String(string(r)))...)
	}
	order(all)
	if !decomposed {
		all = compose(all)
	}
	return string(all)
}

// combining is the canonical combining class of a character, 0 of a starter.
func combining(r rune) uint8 { return norm.NFD.PropertiesString(string(r)).CCC() }

// order sorts each run of marks by their class.
func order(all []rune) {
	for begin := 0; begin < len(all); begin++ {
		end := begin
		for end < len(all) && combining(all[end]) > 0 {
			end++
		}
		slices.SortStableFunc(all[begin:end], func(a, b rune) int { return cmp.Compare(combining(a), combining(b)) })
		begin = end
	}
}

// compose joins each starter with the marks behind it that make one character with
// it and have none of their class or a higher one between.
func compose(all []rune) []rune {
	composed := all[:0]
	starter, last := -1, uint8(0) // where it is, and the class of what was left behind it
	for _, r := range all {
		class := combining(r)
		if starter >= 0 && (last < class || len(composed) == starter+1) {
			if both := []rune(norm.NFC.String(string([]rune{composed[starter], r}))); len(both) == 1 {
				composed[starter] = both[0]
				continue
			}
		}
		composed = append(composed, r)
		last = class
		if class == 0 {
			starter = len(composed) - 1
		}
	}
	return composed
}
