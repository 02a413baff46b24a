package sweep

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible returns text that a person may be shown as it is: what has no shape of
// its own is written as Go and TOML escape it, such as \x1b or \u202e. That is
// control characters, which steer terminals, marks that reorder or hide text,
// separators of lines, and bytes that are no UTF-8. Line feeds and tabs stay.
func Visible(text string) string { return escaped(text, "\n\t") }

// OneLine is Visible text without line feeds and tabs: every stretch of space
// in it is one space.
func OneLine(text string) string { return escaped(strings.Join(strings.Fields(text), " "), "") }

// escaped writes every character without a shape as an escape, but for those to
// keep.
func escaped(text, keep string) string {
	shapeless := func(r rune) bool { return isShapeless(r) && !strings.ContainsRune(keep, r) }
	if utf8.ValidString(text) && strings.IndexFunc(text, shapeless) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case shapeless(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isShapeless reports whether a character is neither a letter, mark, number,
// punctuation or symbol nor a space within a line.
func isShapeless(r rune) bool { return !unicode.IsGraphic(r) }

// CSVText is a text as a cell of a CSV file, in which a spreadsheet takes what
// starts with '=', '+', '-' or '@' for a formula. A text that does, or that
// starts with a tab, a line feed or a "'", has a "'" before it, which spreadsheets
// do not show; numbers stay numbers. Taking away one "'" at the start gives the
// text back, but for what is not Visible.
func CSVText(text string) string {
	text = Visible(text)
	if text == "" || !strings.ContainsRune("=+-@\t\n'", rune(text[0])) {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

// JSONText returns JSON that means the same, in which characters that are not
// Visible are escaped as JSON does.
func JSONText(text []byte) []byte {
	escape := func(r rune) bool { return r > '~' && isShapeless(r) }
	if bytes.IndexFunc(text, escape) < 0 {
		return text
	}
	safe := make([]byte, 0, len(text)+16)
	for _, r := range string(text) {
		if !escape(r) {
			safe = utf8.AppendRune(safe, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			safe = fmt.Appendf(safe, `\u%04x`, unit)
		}
	}
	return safe
}
