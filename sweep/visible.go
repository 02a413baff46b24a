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

// Visible returns text that is safe to show. Characters that cannot be seen are
// escaped as in Go and TOML, such as \x1b or \u202e: control characters, which act on
// terminals, marks that reorder or hide text, separators of lines, and bytes that are
// not UTF-8. Line feeds and tabs stay.
func Visible(text string) string { return escaped(text, "\n\t") }

// OneLine returns Visible text on one line: each stretch of spaces, tabs and line
// feeds becomes one space.
func OneLine(text string) string { return escaped(strings.Join(strings.Fields(text), " "), "") }

// escaped escapes the characters that cannot be seen, except those in keep.
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

// CSVText returns a text for a cell of a CSV file. Spreadsheets take a cell that
// starts with '=', '+', '-' or '@' for a formula, so such a text, and one that starts
// with a tab, a line feed or a "'", gets a "'" before it, which spreadsheets do not
// show. Numbers stay as they are. Without a "'" at its start, the cell is the Visible
// text again.
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

// JSONText returns JSON of the same meaning, in which characters that cannot be seen
// are escaped.
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
