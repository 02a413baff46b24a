package sweep

import (
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// children returns the names directly below a table, or those of the top level,
// in file order.
func children(meta toml.MetaData, table ...string) []string {
	var names []string
	for _, key := range meta.Keys() {
		if len(key) <= len(table) || !slices.Equal(key[:len(table)], toml.Key(table)) {
			continue
		}
		if name := key[len(table)]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// keyLines finds the line on which each key stands, reading the text line by
// line. It serves messages only: keys of inline tables and lines within
// multi-line text are beyond it.
func keyLines(text string) map[string]int {
	header := regexp.MustCompile(`^\s*\[+\s*([\w."'-]+)\s*\]`)
	assignment := regexp.MustCompile(`^\s*([\w."'-]+)\s*=`)
	lines := map[string]int{}
	prefix := ""
	for i, line := range strings.Split(text, "\n") {
		name := ""
		if m := header.FindStringSubmatch(line); m != nil {
			name = strings.Trim(m[1], `"'`)
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
