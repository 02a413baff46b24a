package tokenizer

import (
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

// maxMarks is how many marks may follow a character before package norm puts a
// joiner between them, as the Stream-Safe Text Format of Unicode asks. Hugging
// Face's tokenizers does not.
const maxMarks = 30

// canonical returns the normal form of a text.
func canonical(f norm.Form, s string) string {
	if f.IsNormalString(s) {
		return s
	}
	const joiner = "\u034f"
	normal := f.String(s)
	if !strings.Contains(normal, joiner) || strings.Count(normal, joiner) == strings.Count(s, joiner) {
		return normal
	}
	return normal
}
