package tokenizer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decoder changes tokens so that they can be joined to a text.
type decoder func(tokens []string) []string

// decoders are the decoders that are read, by their types.
func decoders() map[string]func(*part) (decoder, error) {
	return map[string]func(*part) (decoder, error){
		"none":         func(*part) (decoder, error) { return spaced, nil },
		"ByteFallback": func(*part) (decoder, error) { return bytesOfTokens, nil },
		"ByteLevel":    func(*part) (decoder, error) { return bytesOfLetters, nil },
		"Fuse":         func(*part) (decoder, error) { return fuse, nil },
		"Metaspace":    (*part).fromMetaspace,
		"Replace":      (*part).replacing,
		"Sequence":     (*part).decoders,
		"Strip":        (*part).stripping,
	}
}

func decoderOf(p *part) (decoder, error) { return read("decoder", p, decoders()) }

func (p *part) decoders() (decoder, error) {
	all, err := readAll(p.Decoders, decoderOf)
	return func(tokens []string) []string {
		for _, one := range all {
			tokens = one(tokens)
		}
		return tokens
	}, err
}

// spaced puts spaces between the tokens.
func spaced(tokens []string) []string { return []string{strings.Join(tokens, " ")} }

func fuse(tokens []string) []string { return []string{strings.Join(tokens, "")} }

// bytesOfLetters turns the letters of the byte-level alphabet into bytes.
func bytesOfLetters(tokens []string) []string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteString(tokenBytes(token))
	}
	return []string{readable(b.String())}
}

// readable puts a replacement character for each longest stretch of bytes that
// begins a character of UTF-8 but does not end it, and for each other byte that
// is none, as the Unicode standard recommends.
func readable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			size = begun(s)
			b.WriteRune(utf8.RuneError)
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// begun returns how many bytes of s, which begins with no character, might begin
// one: at least 1.
func begun(s string) int {
	n := 1
	for n < min(len(s), 3) && couldGoOn(s[:n+1]) {
		n++
	}
	return n
}

// couldGoOn reports whether a character begins with these bytes.
func couldGoOn(s string) bool {
	for _, last := range []string{"\x80", "\xbf", "\x80\x80", "\xbf\xbf"} {
		if r, size := utf8.DecodeRuneInString(s + last); r != utf8.RuneError && size == len(s)+len(last) {
			return true
		}
	}
	return false
}

// bytesOfTokens turns the tokens <0x00> to <0xFF> into bytes. Where bytes next to
// one another are no text, each is a replacement character.
func bytesOfTokens(tokens []string) []string {
	var decoded []string
	var pending []byte
	flush := func() {
		switch {
		case utf8.Valid(pending) && len(pending) > 0:
			decoded = append(decoded, string(pending))
		default:
			for range pending {
				decoded = append(decoded, string(utf8.RuneError))
			}
		}
		pending = pending[:0]
	}
	for _, token := range tokens {
		if c, ok := fallbackByte(token); ok {
			pending = append(pending, c)
			continue
		}
		flush()
		decoded = append(decoded, token)
	}
	flush()
	return decoded
}

// fallbackByte reads a token such as <0x0A>.
func fallbackByte(token string) (byte, bool) {
	if len(token) != 6 || !strings.HasPrefix(token, "<0x") || token[5] != '>' {
		return 0, false
	}
	c, err := strconv.ParseUint(token[3:5], 16, 8)
	return byte(c), err == nil
}

// replacing replaces a text within each token.
func (p *part) replacing() (decoder, error) {
	if p.Pattern == nil || p.Pattern.String == nil || *p.Pattern.String == "" {
		return nil, errors.New("decoder Replace has no String as its pattern, but only a text to replace is read")
	}
	return func(tokens []string) []string {
		replaced := make([]string, len(tokens))
		for i, token := range tokens {
			replaced[i] = strings.ReplaceAll(token, *p.Pattern.String, p.Content)
		}
		return replaced
	}, nil
}

// stripping drops up to start copies of a character from the beginning of each
// token, and up to stop from its end.
func (p *part) stripping() (decoder, error) {
	if utf8.RuneCountInString(p.Content) != 1 || p.Start < 0 || p.Stop < 0 {
		return nil, fmt.Errorf("decoder Strip has content %q, start %d and stop %d, but one character and no negative numbers are read", p.Content, p.Start, p.Stop)
	}
	return func(tokens []string) []string {
		stripped := make([]string, len(tokens))
		for i, token := range tokens {
			for n := 0; n < p.Start && strings.HasPrefix(token, p.Content); n++ {
				token = token[len(p.Content):]
			}
			for n := 0; n < p.Stop && strings.HasSuffix(token, p.Content); n++ {
				token = token[:len(token)-len(p.Content)]
			}
			stripped[i] = token
		}
		return stripped
	}, nil
}

// fromMetaspace turns the sign for a space into spaces, but in the first token
// drops it where the tokenizer may have put one there.
func (p *part) fromMetaspace() (decoder, error) {
	scheme, err := p.prepended("decoder Metaspace")
	return func(tokens []string) []string {
		decoded := make([]string, len(tokens))
		for i, token := range tokens {
			by := " "
			if i == 0 && scheme != "never" {
				by = ""
			}
			decoded[i] = strings.ReplaceAll(token, p.Replacement, by)
		}
		return decoded
	}, err
}
