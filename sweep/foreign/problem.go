package foreign

import (
	"fmt"
	"strings"

	"sweep/sweep"
)

// Problem is one thing that keeps a run from being imported.
type Problem struct {
	File  string
	Line  int // from 1; 0 where it is about the whole file
	Fault string
}

// Error puts the problem on one line.
func (p Problem) Error() string {
	text := p.File
	if p.Line > 0 {
		text = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return sweep.OneLine(text + ": " + p.Fault)
}

// Problems is all that is wrong.
type Problems []Problem

// Error lists the first problems, one a line, and counts the others.
func (p Problems) Error() string {
	const few = 20
	var lines []string
	for _, problem := range p[:min(few, len(p))] {
		lines = append(lines, problem.Error())
	}
	if more := len(p) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("%d more things are wrong", more))
	}
	return strings.Join(lines, "\n")
}
