package main

import (
	"io"
	"unicode"

	"golang.org/x/text/width"

	"sweep/sweep"
)

// terminal is where a command writes to people. Text from files, grids and errors
// cannot steer a real terminal through it: control characters are made visible.
// What is for programs, and what redraws lines, is written to the writer behind
// it; see direct.
type terminal struct{ behind io.Writer }

// Write writes whole characters.
func (t terminal) Write(text []byte) (int, error) {
	if _, err := t.behind.Write([]byte(sweep.Visible(string(text)))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// direct is the writer behind w, for text that is escaped already.
func direct(w io.Writer) io.Writer {
	for {
		t, ok := w.(terminal)
		if !ok {
			return w
		}
		w = t.behind
	}
}

// columnsOf is how many columns of a terminal a line takes.
func columnsOf(line string) int {
	n := 0
	for _, r := range line {
		n += columnsOfRune(r)
	}
	return n
}

// columnsOfRune is 2 for the wide characters of East Asia and for emoji, and 0
// for marks on the character before.
func columnsOfRune(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// clip returns the start of a line, no more of it than fits into the columns.
func clip(line string, columns int) string {
	for i, r := range line {
		if columns -= columnsOfRune(r); columns < 0 {
			return line[:i]
		}
	}
	return line
}
