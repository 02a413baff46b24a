package tokenizer

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// finder calls each for the matches of a pattern in s, by the bytes where they
// begin and end, in their order.
type finder func(s string, each func(from, to int)) error

// Bounds of looking for the matches of a pattern in one text, which a hostile
// pattern would not end. Others take some 100 ns a byte.
const (
	maxMatchTime = 5 * time.Second       // of one match
	maxByteTime  = 20 * time.Microsecond // of all matches, beside that of one
)

// finder reads the pattern of a part: a text, or an expression that has a scanner
// or else is run by package regexp2. Messages call the part what.
func (p *part) finder(what string) (finder, error) {
	switch {
	case p.Pattern != nil && p.Pattern.String != nil:
		return literal(*p.Pattern.String), nil
	case p.Pattern != nil && p.Pattern.Regex != nil:
		return expression(what, *p.Pattern.Regex, maxMatchTime)
	}
	return nil, fmt.Errorf("%s has neither a String nor a Regex as its pattern", what)
}

// literal finds a text.
func literal(pattern string) finder {
	return func(s string, each func(from, to int)) error {
		for at := 0; pattern != ""; {
			n := strings.Index(s[at:], pattern)
			if n < 0 {
				break
			}
			each(at+n, at+n+len(pattern))
			at += n + len(pattern)
		}
		return nil
	}
}

// expression finds what an expression of Oniguruma matches. A match must be found
// within limit.
func expression(what, pattern string, limit time.Duration) (finder, error) {
	if scan, ok := scanners()[pattern]; ok {
		return scanned(scan), nil
	}
	translated, err := translate(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s has the pattern %q: %w", what, pattern, err)
	}
	re, err := regexp2.Compile(translated, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("%s has the pattern %q, which cannot be read: %w", what, pattern, err)
	}
	re.MatchTimeout = limit
	return func(s string, each func(from, to int)) error {
		if err := matches(re, s, each); err != nil {
			return fmt.Errorf("%s: looking for its pattern %q in a text of %d bytes: %w", what, pattern, len(s), err)
		}
		return nil
	}, nil
}

// scanned finds what a scanner matches.
func scanned(scan func(s string) int) finder {
	return func(s string, each func(from, to int)) error {
		for at := 0; at < len(s); {
			if n := scan(s[at:]); n > 0 {
				each(at, at+n)
				at += n
				continue
			}
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
		}
		return nil
	}
}

// matches calls each for the matches of an expression.
func matches(re *regexp2.Regexp, s string, each func(from, to int)) error {
	limit := re.MatchTimeout + time.Duration(len(s))*maxByteTime
	began := time.Now()
	m, err := re.FindStringMatch(s)
	at, runes := 0, 0 // a place in s, in bytes and characters
	forward := func(to int) int {
		for ; runes < to; runes++ {
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
		}
		return at
	}
	for m != nil && err == nil {
		if time.Since(began) > limit {
			return fmt.Errorf("it takes longer than %v", limit)
		}
		from := forward(m.Index)
		each(from, forward(m.Index+m.Length))
		m, err = re.FindNextMatch(m)
	}
	return err
}

// replace replaces every match by a text.
func (f finder) replace(s, by string) (string, error) {
	var b strings.Builder
	done := 0
	err := f(s, func(from, to int) {
		b.WriteString(s[done:from])
		b.WriteString(by)
		done = to
	})
	if done == 0 && b.Len() == 0 {
		return s, err
	}
	b.WriteString(s[done:])
	return b.String(), err
}
