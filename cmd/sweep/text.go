package main

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"sweep/sweep"
)

// wrap breaks each line of text between words so that it fits the width; what
// is broken off starts with indent. Lines that begin with a tab, such as those
// of a stack, stay as they are.
func wrap(text string, width int, indent string) string {
	var lines []string
	for line := range strings.SplitSeq(sweep.Visible(text), "\n") {
		for !strings.HasPrefix(line, "\t") && utf8.RuneCountInString(line) > width {
			head, rest, ok := breakLine(line, width)
			if !ok {
				break
			}
			lines = append(lines, head)
			line = indent + rest
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// breakLine breaks a line at its last space within the width, or at the first
// one beyond. Spaces that the line starts with do not count.
func breakLine(line string, width int) (head, rest string, ok bool) {
	start := len(line) - len(strings.TrimLeft(line, " "))
	at, columns := -1, 0
	for i, r := range line {
		if r == ' ' && i > start && (columns <= width || at < 0) {
			at = i
		}
		columns++
	}
	if at < 0 {
		return line, "", false
	}
	return line[:at], line[at+1:], true
}

// cut shortens a line to a terminal's width; width may be nil.
func cut(line string, width func() int) string {
	if width == nil || columnsOf(line) <= width() {
		return line
	}
	return clip(line, width()-1) + "…"
}

// count is "1 run" or "1,200 runs".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(float64(n)) + " " + noun
}

// thousands writes x without a fraction and with commas.
func thousands(x float64) string {
	return message.NewPrinter(language.English).Sprintf("%.0f", x)
}

// duration writes a length of time in seconds for people: "unknown" if it is
// NaN, in days if it is long.
func duration(seconds float64) string {
	const day, year = 24 * 3600, 365.25 * 24 * 3600
	switch {
	case math.IsNaN(seconds):
		return "unknown"
	case seconds > 10*year:
		return "10 years or more"
	case seconds >= 10*day:
		return thousands(seconds/day) + " days"
	default:
		return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
	}
}
