package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The patterns that models use have a scanner each, which says what the pattern
// says in one pass: the bytes of the match that begins where s does, 0 if none
// does. s is not empty.

// The patterns of Split that have a scanner.
const (
	gpt2Pattern   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen2Pattern  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	tekkenPattern = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*` +
		`|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	gpt4oPattern = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?` +
		`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?` +
		`|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	hanKanaPattern   = "[一-龥\u3040-ゟ゠-ヿ]+"
	deepseek3Pattern = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
	numberPattern    = `\p{N}`
	numbersPattern   = `\p{N}+`
	threesPattern    = `\p{N}{1,3}`
	breakPattern     = `[\r\n]`
)

// scanners are the scanners by their patterns.
func scanners() map[string]func(s string) int {
	return map[string]func(string) int{
		gpt2Pattern:      scanGPT2,
		llama3Pattern:    scanLlama3(3),
		qwen2Pattern:     scanLlama3(1),
		tekkenPattern:    scanCased(1, false),
		gpt4oPattern:     scanCased(3, true),
		hanKanaPattern:   func(s string) int { return run(s, isHanOrKana) },
		deepseek3Pattern: scanDeepSeek3,
		numberPattern:    func(s string) int { return runOf(s, 1, unicode.IsNumber) },
		numbersPattern:   func(s string) int { return run(s, unicode.IsNumber) },
		threesPattern:    func(s string) int { return runOf(s, 3, unicode.IsNumber) },
		breakPattern:     func(s string) int { return runOf(s, 1, isBreak) },
	}
}

func scanGPT2(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	begin := space(s)
	for _, class := range []func(rune) bool{unicode.IsLetter, unicode.IsNumber, isOther} {
		if n := run(s[begin:], class); n > 0 {
			return begin + n
		}
	}
	return spaces(s)
}

// scanLlama3 scans by the pattern of Llama 3, where digits is 3, and of Qwen 2,
// where it is 1.
func scanLlama3(digits int) func(string) int {
	return func(s string) int {
		if n := contraction(s, true); n > 0 {
			return n
		}
		if n := led(s); n > 0 {
			return n
		}
		return rest(s, digits, "\r\n")
	}
}

// scanCased scans by the pattern of Tekken or, with contractions, of GPT-4o.
func scanCased(digits int, contractions bool) func(string) int {
	return func(s string) int {
		n := cased(s)
		switch {
		case n > 0 && n < len(s) && contractions:
			return n + contraction(s[n:], true)
		case n > 0:
			return n
		}
		return rest(s, digits, "\r\n/")
	}
}

// rest matches what comes after the letters in the patterns of Llama 3 and its
// like: \p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+, where the
// symbols may end in other characters.
func rest(s string, digits int, ends string) int {
	if n := runOf(s, digits, unicode.IsNumber); n > 0 {
		return n
	}
	begin := space(s)
	if n := run(s[begin:], isOther); n > 0 {
		n += begin
		return n + run(s[n:], func(r rune) bool { return strings.ContainsRune(ends, r) })
	}
	return breaksOrSpaces(s)
}

// breaksOrSpaces matches \s*[\r\n]+|\s+(?!\S)|\s+
func breaksOrSpaces(s string) int {
	if n := strings.LastIndexAny(s[:run(s, unicode.IsSpace)], "\r\n"); n >= 0 {
		return n + 1
	}
	return spaces(s)
}

// led matches letters, with one character before them that is neither a number
// nor a line break: [^\r\n\p{L}\p{N}]?\p{L}+
func led(s string) int {
	lead := leader(s)
	if n := run(s[lead:], unicode.IsLetter); n > 0 {
		return lead + n
	}
	return 0
}

// leader matches [^\r\n\p{L}\p{N}]?
func leader(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if isBreak(r) || unicode.IsLetter(r) || unicode.IsNumber(r) {
		return 0
	}
	return size
}

// cased matches a word of letters and marks up to where a capital follows:
//
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*
func cased(s string) int {
	lead := leader(s)
	for _, word := range []func(string) int{endingSmall, beginningLarge} {
		if n := word(s[lead:]); n > 0 {
			return lead + n
		}
		if n := word(s); n > 0 {
			return n
		}
	}
	return 0
}

// endingSmall matches [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+
func endingSmall(s string) int {
	large := run(s, isLarge)
	if small := run(s[large:], isSmall); small > 0 {
		return large + small
	}
	// The first class gives back what is behind the last character of both.
	last := strings.LastIndexFunc(s[:large], isSmall)
	if last < 0 {
		return 0
	}
	_, size := utf8.DecodeRuneInString(s[last:])
	return last + size
}

// beginningLarge matches [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*
func beginningLarge(s string) int {
	large := run(s, isLarge)
	if large == 0 {
		return 0
	}
	return large + run(s[large:], isSmall)
}

func scanDeepSeek3(s string) int {
	if isASCIIPunctuation(rune(s[0])) {
		if n := run(s[1:], isASCIILetter); n > 0 {
			return 1 + n
		}
	}
	if n := ledWithMarks(s); n > 0 {
		return n
	}
	begin := space(s)
	if n := run(s[begin:], isPunctuationOrSymbol); n > 0 {
		n += begin
		return n + run(s[n:], isBreak)
	}
	return breaksOrSpaces(s)
}

// ledWithMarks matches [^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+
func ledWithMarks(s string) int {
	first, size := utf8.DecodeRuneInString(s)
	if !isBreak(first) && !unicode.IsLetter(first) && !isPunctuationOrSymbol(first) {
		if n := run(s[size:], isLetterOrMark); n > 0 {
			return size + n
		}
	}
	return run(s, isLetterOrMark)
}

// space matches an optional space.
func space(s string) int {
	if s[0] == ' ' {
		return 1
	}
	return 0
}

// spaces matches \s+(?!\S)|\s+: a run of spaces but for its last, which goes with
// the word after it, unless the text ends or it is the only one.
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

// isOther reports whether r is in [^\s\p{L}\p{N}].
func isOther(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}

func isLetterOrMark(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

func isPunctuationOrSymbol(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// isLarge reports whether r is in [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}].
func isLarge(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'A' && r <= 'Z'
	}
	return unicode.In(r, unicode.Lu, unicode.Lt, unicode.Lm, unicode.Lo, unicode.M)
}

// isSmall reports whether r is in [\p{Ll}\p{Lm}\p{Lo}\p{M}].
func isSmall(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z'
	}
	return unicode.In(r, unicode.Ll, unicode.Lm, unicode.Lo, unicode.M)
}

func isHanOrKana(r rune) bool {
	return r >= '一' && r <= '龥' || r >= '\u3040' && r <= 'ヿ'
}

// isWord reports whether r is in \w.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isASCIIPunctuation(r rune) bool {
	return r > ' ' && r < 0x7f && !isASCIILetter(r) && (r < '0' || r > '9')
}
