package grid

import (
	"fmt"
	"regexp"
	"strings"
)

// keyLines finds the line on which each key stands, reading the text line by
// line. The tables of an array are counted from 1, as in "arm[2].grid.lr". It
// serves messages only: keys of inline tables and lines within multi-line text
// are beyond it.
func keyLines(text string) map[string]int {
	header := regexp.MustCompile(`^\s*(\[+)\s*([\w."'-]+)\s*\]`)
	assignment := regexp.MustCompile(`^\s*([\w."'-]+)\s*=`)
	lines, counts := map[string]int{}, map[string]int{}
	prefix := ""
	for i, line := range strings.Split(text, "\n") {
		name := ""
		if m := header.FindStringSubmatch(line); m != nil {
			name = counted(strings.Trim(m[2], `"'`), m[1] == "[[", counts)
			prefix = name + "."
		} else if m := assignment.FindStringSubmatch(line); m != nil {
			name = prefix + strings.Trim(m[1], `"'`)
		}
		if _, ok := lines[name]; name != "" && !ok {
			lines[name] = i + 1
		}
	}
	return lines
}

// counted returns the path of a header with the number of each array of tables
// in it. Counts has those so far; another is a new element of the last.
func counted(header string, another bool, counts map[string]int) string {
	path := ""
	words := strings.Split(header, ".")
	for i, word := range words {
		path += word
		if another && i == len(words)-1 {
			counts[path]++
		}
		if n := counts[path]; n > 0 {
			path += fmt.Sprintf("[%d]", n)
		}
		path += "."
	}
	return strings.TrimSuffix(path, ".")
}
