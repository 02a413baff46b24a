package grid

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of a grid, far above what people write: within them a grid takes no
// more memory and time than its text, whoever wrote it.
const (
	maxText     = 1 << 20 // bytes of a grid with all that it includes
	maxNesting  = 8       // of lists and tables, and of names in a dotted key
	maxIncludes = 16      // files of which each includes the next
	maxTables   = 1000    // of one header, such as [[arm]]
	maxRules    = 10_000  // conditions and formulas, each counted once for every arm
	maxValues   = 200_000 // on all axes together
	maxProblems = 1000    // kept of a grid
)

// deepLine returns the first line, from 1, on which a TOML text nests lists,
// tables or dotted keys deeper than maxNesting, 0 where there is none. The TOML
// package takes memory that grows with the square of the depth, so this is found
// out before.
func deepLine(text string) int {
	lists, names := 0, 0 // open brackets; dots since the key or the value began
	line := 1
	for i := 0; i < len(text); {
		n := 1
		switch c := text[i]; c {
		case '#':
			if n = strings.IndexByte(text[i:], '\n'); n < 0 {
				return 0
			}
		case '"', '\'':
			n = quotedLength(text[i:])
		case '[', '{':
			lists, names = lists+1, 0
		case ']', '}':
			lists, names = max(0, lists-1), 0
		case '=', ',', '\n':
			names = 0
		case '.':
			names++
		}
		if lists > maxNesting || names >= maxNesting {
			return line
		}
		line += strings.Count(text[i:i+n], "\n")
		i += n
	}
	return 0
}

// quotedLength returns the bytes of the TOML text in quotes that s begins with,
// or of the rest of its line, or of s, where it does not end.
func quotedLength(s string) int {
	mark := s[:1]
	long := strings.HasPrefix(s, strings.Repeat(mark, 3))
	if long {
		mark = s[:3]
	}
	for i := len(mark); i < len(s); i++ {
		switch {
		case s[i] == '\\' && mark[0] == '"':
			i++
		case s[i] == '\n' && !long:
			return i
		case strings.HasPrefix(s[i:], mark):
			i += len(mark)
			for extra := 0; long && extra < 2 && i < len(s) && s[i] == mark[0]; extra++ { // """a"""" ends in a quote
				i++
			}
			return i
		}
	}
	return len(s)
}

// decodable notes what keeps a text from being decoded within the limits.
func (d *decoder) decodable() bool {
	line := deepLine(d.text)
	if line > 0 {
		d.note(Problem{Line: line, Fault: fmt.Sprintf("lists, tables or dotted keys are nested more than %d deep", maxNesting)})
	}
	return line == 0
}

// takesValues counts values of an axis and reports whether all together are
// within the limit. It notes once where they are not.
func (d *decoder) takesValues(key string, n int) bool {
	before := d.library.values
	d.library.values += n
	if before <= maxValues && d.library.values > maxValues {
		d.note(Problem{Key: key, Fault: fmt.Sprintf("brings the values on all axes to more than %d", maxValues)})
	}
	return d.library.values <= maxValues
}

// atMost cuts a list of tables to as many as are allowed, and notes that.
func (d *decoder) atMost(all []section, s section, name string) []section {
	if len(all) > maxTables {
		d.note(Problem{Key: s.key(name), Fault: fmt.Sprintf("has %d tables, but at most %d are allowed", len(all), maxTables)})
	}
	return all[:min(len(all), maxTables)]
}

// fewEnough reports whether the arms have few enough rules, and notes where they
// do not.
func (d *decoder) fewEnough(all parts) bool {
	rules := len(all.common.exclusions) + len(all.common.derived) + len(all.common.axes)
	count := rules * max(1, len(all.arms))
	for _, arm := range all.arms {
		count += len(arm.exclusions) + len(arm.derived) + len(arm.axes)
	}
	if count > maxRules {
		d.note(Problem{Fault: fmt.Sprintf("the arms have %d conditions, formulas and axes together, but at most %d are allowed", count, maxRules)})
	}
	return count <= maxRules
}

// distinct returns the first of each name in keys.
func distinct(names []string) []string {
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(names, func(name string) bool {
		twice := seen[name]
		seen[name] = true
		return twice
	})
}
