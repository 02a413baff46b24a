package tokenizer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// piece is a stretch of a text between added tokens.
type piece struct {
	text  string
	first bool // it begins where the text does
}

// preTokenizer cuts a piece, and calls each for what is left of it, in its order.
// No piece is empty.
type preTokenizer func(p piece, each func(piece)) error

// preTokenizers are the pre-tokenizers that are read, by their types. ByteLevel
// and Sequence are read apart.
func preTokenizers() map[string]func(*part) (preTokenizer, error) {
	return map[string]func(*part) (preTokenizer, error){
		"Digits":          (*part).digits,
		"Metaspace":       (*part).metaspace,
		"Punctuation":     (*part).punctuation,
		"Split":           (*part).splitter,
		"Whitespace":      (*part).whitespace,
		"WhitespaceSplit": (*part).whitespaceSplit,
	}
}

// stages reads a pre-tokenizer, a sequence of them, or none. ByteLevel, which
// also turns characters into bytes, may only come last.
func stages(p *part) (all []preTokenizer, byteLevel bool, err error) {
	for i, each := range flat(p) {
		switch {
		case byteLevel:
			return nil, false, fmt.Errorf("pre_tokenizer ByteLevel has %s behind it, but is only read where it comes last", each.typeOf())
		case each.typeOf() == "ByteLevel":
			byteLevel = true
			all = append(all, each.byteLevel()...)
		default:
			one, err := read(fmt.Sprintf("pre_tokenizer, part %d,", i+1), each, preTokenizers())
			if err != nil {
				return nil, false, err
			}
			all = append(all, one)
		}
	}
	return all, byteLevel, nil
}

// flat lists the normalizers or pre-tokenizers of sequences within sequences.
func flat(p *part) []*part {
	if p == nil {
		return nil
	}
	if p.Type != "Sequence" {
		return []*part{p}
	}
	var all []*part
	for _, each := range slices.Concat(p.Normalizers, p.PreTokenizers) {
		if each == nil {
			all = append(all, nil)
		}
		all = append(all, flat(each)...)
	}
	return all
}

// cut cuts a piece by the first stage, what comes of it by the second, and so on,
// and calls word for every word.
func cut(p piece, stages []preTokenizer, word func(string)) error {
	if len(stages) == 0 {
		word(p.text)
		return nil
	}
	var inner error
	err := stages[0](p, func(next piece) {
		if inner == nil {
			inner = cut(next, stages[1:], word)
		}
	})
	return errors.Join(err, inner)
}

// byteLevel cuts by GPT-2's pattern, unless use_regex is false. The letters that
// stand for bytes are the model's matter.
func (p *part) byteLevel() (all []preTokenizer) {
	if p.PrefixSpace == nil || *p.PrefixSpace {
		all = append(all, func(p piece, each func(piece)) error {
			if !strings.HasPrefix(p.text, " ") {
				p.text = " " + p.text
			}
			each(p)
			return nil
		})
	}
	if p.UseRegex == nil || *p.UseRegex {
		all = append(all, splitBy(scanned(scanGPT2), isolated))
	}
	return all
}

func (p *part) digits() (preTokenizer, error) {
	if p.Individual {
		return splitBy(scanned(func(s string) int { return runOf(s, 1, unicode.IsNumber) }), isolated), nil
	}
	return splitBy(scanned(func(s string) int { return run(s, unicode.IsNumber) }), isolated), nil
}

// whitespaceSplit cuts at white space and drops it.
func (p *part) whitespaceSplit() (preTokenizer, error) {
	return splitBy(scanned(func(s string) int { return run(s, unicode.IsSpace) }), removed), nil
}

// whitespace takes words and what is neither word nor space: \w+|[^\w\s]+
func (p *part) whitespace() (preTokenizer, error) {
	isMark := func(r rune) bool { return !isWord(r) && !unicode.IsSpace(r) }
	return splitBy(scanned(func(s string) int {
		if n := run(s, isWord); n > 0 {
			return n
		}
		return run(s, isMark)
	}), matched), nil
}

// punctuation cuts at punctuation. Hugging Face's tokenizers knows none newer than
// Unicode 8 there.
func (p *part) punctuation() (preTokenizer, error) {
	behave, err := p.behaviour("Isolated")
	return splitBy(scanned(func(s string) int {
		return runOf(s, 1, func(r rune) bool { return unicode.IsPunct(r) || isASCIIPunctuation(r) })
	}), behave), err
}

func (p *part) splitter() (preTokenizer, error) {
	find, err := p.finder("pre_tokenizer Split")
	if err != nil {
		return nil, err
	}
	behave, err := p.behaviour("")
	if err == nil && p.Invert {
		behave = inverted(behave)
	}
	return splitBy(find, behave), err
}

// metaspace writes spaces as a sign, of which one may go before a piece.
func (p *part) metaspace() (preTokenizer, error) {
	sign := p.Replacement
	if len([]rune(sign)) != 1 {
		return nil, fmt.Errorf("pre_tokenizer Metaspace has replacement %q, but must have one character", sign)
	}
	scheme, err := p.prepended("pre_tokenizer Metaspace")
	if err != nil {
		return nil, err
	}
	cuts := p.Cuts == nil || *p.Cuts
	behave := splitBy(literal(sign), mergedWithNext)
	return func(p piece, each func(piece)) error {
		p.text = strings.ReplaceAll(p.text, " ", sign)
		if (scheme == "always" || scheme == "first" && p.first) && !strings.HasPrefix(p.text, sign) {
			p.text = sign + p.text
		}
		if cuts {
			return behave(p, each)
		}
		each(p)
		return nil
	}, nil
}

// prepended reads when Metaspace puts its sign before a piece: by prepend_scheme
// or, in older files, by add_prefix_space.
func (p *part) prepended(what string) (string, error) {
	switch {
	case p.Prepended == "" && p.PrefixSpace != nil && !*p.PrefixSpace:
		return "never", nil
	case p.Prepended == "":
		return "always", nil
	case !slices.Contains([]string{"always", "first", "never"}, p.Prepended):
		return "", fmt.Errorf("%s has prepend_scheme %q, but only always, first and never are read", what, p.Prepended)
	case p.PrefixSpace != nil && !*p.PrefixSpace && p.Prepended != "never":
		return "", fmt.Errorf("%s has add_prefix_space false, but prepend_scheme %q", what, p.Prepended)
	}
	return p.Prepended, nil
}
