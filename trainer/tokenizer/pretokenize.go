package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stage is one step of cutting text into words. The patterns that models use
// need a lookahead, which package regexp lacks; the scanners below do what they
// say, in one pass.
type stage struct {
	next        func(s string) int // bytes of the first word of s, which is not empty
	prefixSpace bool               // put a space before s if it has none
}

// split cuts s by the first stage, each piece by the second, and so on, and
// calls word for every word.
func split(s string, stages []stage, word func(string)) {
	if len(stages) == 0 {
		word(s)
		return
	}
	if stages[0].prefixSpace && !strings.HasPrefix(s, " ") {
		s = " " + s
	}
	for len(s) > 0 {
		n := stages[0].next(s)
		split(s[:n], stages[1:], word)
		s = s[n:]
	}
}

// everything takes s as one word.
func everything(s string) int { return len(s) }

// nextDigit sets every numeric character apart.
func nextDigit(s string) int {
	for i, r := range s {
		if unicode.IsNumber(r) {
			if i == 0 {
				return utf8.RuneLen(r)
			}
			return i
		}
	}
	return len(s)
}

// nextGPT2 scans by GPT-2's pattern:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func nextGPT2(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	begin := 0
	if s[0] == ' ' {
		begin = 1
	}
	for _, class := range []func(rune) bool{unicode.IsLetter, unicode.IsNumber, isSymbol} {
		if n := run(s[begin:], class); n > 0 {
			return begin + n
		}
	}
	return spaces(s)
}

// nextLlama3 scans by the pattern of Llama 3, where digits is 3, and of Qwen 2,
// where it is 1:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
//	 ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
func nextLlama3(digits int) func(string) int {
	return func(s string) int {
		if n := contraction(s, true); n > 0 {
			return n
		}
		if n := led(s); n > 0 {
			return n
		}
		if n := runOf(s, digits, unicode.IsNumber); n > 0 {
			return n
		}
		begin := 0
		if s[0] == ' ' {
			begin = 1
		}
		if n := run(s[begin:], isSymbol); n > 0 {
			n += begin
			return n + run(s[n:], isBreak)
		}
		if n := strings.LastIndexAny(s[:run(s, unicode.IsSpace)], "\r\n"); n >= 0 {
			return n + 1
		}
		return spaces(s)
	}
}

// led matches letters, with one character before them that is neither a number
// nor a line break: [^\r\n\p{L}\p{N}]?\p{L}+
func led(s string) int {
	first, size := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsLetter(first):
		return run(s, unicode.IsLetter)
	case isBreak(first) || unicode.IsNumber(first):
		return 0
	}
	if n := run(s[size:], unicode.IsLetter); n > 0 {
		return size + n
	}
	return 0
}

// spaces matches \s+(?!\S)|\s+, at a space: the run of spaces but for its last,
// which goes with the word after it, unless the text ends or it is the only one.
func spaces(s string) int {
	n := run(s, unicode.IsSpace)
	if n == len(s) {
		return n
	}
	_, last := utf8.DecodeLastRuneInString(s[:n])
	if n > last {
		return n - last
	}
	return n
}

// contraction matches 's 't 're 've 'm 'll 'd.
func contraction(s string, anyCase bool) int {
	if s[0] != '\'' {
		return 0
	}
	rest := s[1:min(len(s), 3)]
	if anyCase {
		if strings.HasPrefix(rest, "ſ") { // a long s is an s in any case
			return 1 + len("ſ")
		}
		rest = strings.ToLower(rest)
	}
	for _, ending := range []string{"s", "t", "re", "ve", "m", "ll", "d"} {
		if strings.HasPrefix(rest, ending) {
			return 1 + len(ending)
		}
	}
	return 0
}

// run returns the bytes of the longest beginning of s whose characters are all
// in a class.
func run(s string, class func(rune) bool) int { return runOf(s, len(s), class) }

// runOf is run of at most limit characters.
func runOf(s string, limit int, class func(rune) bool) int {
	for i, r := range s {
		if limit == 0 || !class(r) {
			return i
		}
		limit--
	}
	return len(s)
}

func isBreak(r rune) bool { return r == '\r' || r == '\n' }

func isSymbol(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}
