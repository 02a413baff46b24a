package grid

import (
	"fmt"
	"strings"

	"sweep/sweep"
)

// Problem is one thing that is wrong with a grid file.
type Problem struct {
	File    string
	Line    int    // from 1; 0 where it is not known
	Key     string // such as "grid.lr"; "" for the file as a whole
	Given   string // the offending value as TOML; "" where the key itself is the problem
	Fault   string // what is wrong: a clause about the key, or a sentence where there is no key
	Allowed string // what would be right; "" where Fault says it
	Nearest string // the name most likely meant by a misspelt one, or ""

	// Unlisted says that a name is none of a parameter, nor like one: a list of them
	// would help.
	Unlisted bool
}

// Error puts the problem on one line, such as
//
//	grid.toml:9: fixed.steps = 0 is out of bounds; allowed: an integer of at least 1
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + " ")
	}
	if p.Given != "" {
		b.WriteString("= " + p.Given + " ")
	}
	b.WriteString(p.Fault)
	if p.Allowed != "" {
		b.WriteString("; allowed: " + p.Allowed)
	}
	if p.Nearest != "" {
		fmt.Fprintf(&b, "; did you mean %q?", p.Nearest)
	}
	return sweep.OneLine(b.String())
}

// SpecError holds everything that is wrong with one grid file, in the order in
// which the file is read.
type SpecError struct {
	File     string
	Problems []Problem
	More     int // problems beyond those
}

// Error lists the first problems, one a line, and counts the others.
func (e *SpecError) Error() string {
	const few = 25
	var lines []string
	for _, p := range e.Problems[:min(few, len(e.Problems))] {
		lines = append(lines, p.Error())
	}
	if more := e.More + len(e.Problems) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("%s: %d more things are wrong", e.File, more))
	}
	return strings.Join(lines, "\n")
}
