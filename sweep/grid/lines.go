package grid

import (
	"fmt"
	"regexp"
	"strings"
)

// keyLines returns the line of each key, for messages. The tables of an array are
// counted from 1, as in "arm[2].grid.lr". It reads the text line by line, so it does
// not find keys in inline tables, and may find some in multi-line texts.
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

// counted returns the path of a header with a number for each array of tables in it.
// Counts holds the numbers so far. If another is true, the header begins a new element
// of the last array.
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
