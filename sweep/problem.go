package sweep

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a grid file.
type Problem struct {
	File    string
	Line    int    // from 1; 0 where it is not known
	Key     string // such as "grid.lr"; "" for the file as a whole
	Given   string // the offending value as TOML; "" where the key itself is the problem
	Fault   string // what is wrong: a clause about the key, or a sentence where there is none
	Allowed string // what would be right; "" where Fault says it
	Nearest string // the known name nearest to a misspelt one, or ""
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
	return OneLine(b.String())
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

// Nearest returns the name that the misspelt one was most likely meant to be,
// or "" if none is near.
func Nearest(misspelt string, names []string) string { return nearest(misspelt, names, nil) }

// nearest returns the name that the misspelt one was most likely meant to be,
// or "" if none is near. Each of names may be known by aliases as well.
func nearest(misspelt string, names []string, aliases map[string]string) string {
	best, distance := "", max(1, len(misspelt)/3)+1
	consider := func(candidate, name string) {
		if difference := len(misspelt) - len(candidate); max(difference, -difference) >= distance {
			return // the distance is no less
		}
		if d := editDistance(strings.ToLower(misspelt), candidate); d < distance && d < len(misspelt) {
			best, distance = name, d
		}
	}
	for _, name := range names {
		consider(name, name)
		for alias, of := range aliases {
			if of == name {
				consider(alias, name)
			}
		}
	}
	return best
}

// editDistance is the least number of insertions, deletions, substitutions and
// swaps of neighbours that turn a into b (optimal string alignment).
func editDistance(a, b string) int {
	var before []int // the row before the previous one
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			substitution := previous[j]
			if a[i] != b[j] {
				substitution++
			}
			row[j+1] = min(substitution, previous[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, previous = previous, row
	}
	return previous[len(b)]
}
