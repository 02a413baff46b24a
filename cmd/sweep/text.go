package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

// wrap breaks each line of text between words so that it fits the width; what
// is broken off starts with indent. Lines that begin with a tab, such as those
// of a stack, stay as they are. It takes time in proportion to the text.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(sweep.Visible(text)) {
		left := width
		for !strings.HasPrefix(line, "\t") {
			at := breakAt(line, left)
			if at < 0 {
				break
			}
			b.WriteString(line[:at] + "\n" + indent)
			line = line[at+1:]
			left = width - utf8.RuneCountInString(indent)
		}
		b.WriteString(line)
	}
	return b.String()
}

// pageWidth is how many columns text for people takes: 79, or fewer on a terminal that
// is narrower.
func pageWidth(w io.Writer) int {
	if width := terminalWidth(w); width != nil {
		return max(min(width()-1, 79), 20)
	}
	return 79
}

// breakAt returns the last space of a line within the width, or the first one
// beyond; -1 if the line fits, or cannot be broken. Spaces that the line starts
// with do not count.
func breakAt(line string, width int) int {
	start := len(line) - len(strings.TrimLeft(line, " "))
	at, columns := -1, 0
	for i, r := range line {
		switch {
		case r == '\n':
		case columns > width && at >= 0:
			return at
		case r == ' ' && i > start:
			at = i
		}
		if r != '\n' {
			columns++
		}
	}
	if columns <= width {
		return -1
	}
	return at
}

// maxMessage bounds the bytes of an error that is printed.
const maxMessage = 16 << 10

// shorten cuts a message to maxMessage bytes and says how many are left out.
func shorten(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	at := maxMessage
	for !utf8.RuneStart(text[at]) {
		at--
	}
	return fmt.Sprintf("%s... (%s more are left out)", text[:at], humanize.Count(len(text)-at, "byte"))
}

// cut shortens a line to a terminal's width; width may be nil.
func cut(line string, width func() int) string {
	if width == nil || columnsOf(line) <= width() {
		return line
	}
	return clip(line, width()-1) + "…"
}
