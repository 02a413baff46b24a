package grid

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of a grid, far above what people write. Within them no grid takes much memory
// or time, even one that was written to do so.
const (
	maxText     = 1 << 20 // bytes of a grid with all that it includes
	maxNesting  = 8       // of lists and tables, and of names in a dotted key
	maxIncludes = 16      // files of which each includes the next
	maxTables   = 1000    // of one header, such as [[arm]]
	maxRules    = 10_000  // conditions and formulas, each counted once for every arm
	maxValues   = 200_000 // on all axes together
	maxProblems = 1000    // kept of a grid
	maxCustoms  = 200     // parameters of commands' own, which every cell has

	maxPredictions = 100 // each of which looks at every cell
)

// deepLine returns the first line, from 1, on which lists, tables or dotted keys of a
// TOML text are nested deeper than maxNesting, or 0. The memory that the TOML package
// takes grows with the square of the depth, so this is checked before it decodes.
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

// quotedLength returns the number of bytes of the quoted TOML text at the start of s.
// Where the quote does not end, it goes to the end of the line, or of s.
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

// decodable reports whether the text may be decoded, and notes why not.
func (d *decoder) decodable() bool {
	line := deepLine(d.text)
	if line > 0 {
		d.note(Problem{Line: line, Fault: fmt.Sprintf("lists, tables or dotted keys are nested more than %d deep", maxNesting)})
	}
	return line == 0
}

// takesValues adds n to the number of values on all axes, and reports whether that is
// within the limit. It notes once that it is not.
func (d *decoder) takesValues(key string, n int) bool {
	before := d.library.values
	d.library.values += n
	if before <= maxValues && d.library.values > maxValues {
		d.note(Problem{Key: key, Fault: fmt.Sprintf("brings the values on all axes to more than %d", maxValues)})
	}
	return d.library.values <= maxValues
}

// atMost returns as many of the tables as are allowed, and notes if there are more.
func (d *decoder) atMost(all []section, s section, name string) []section {
	if len(all) > maxTables {
		d.note(Problem{Key: s.key(name), Fault: fmt.Sprintf("has %d tables, but at most %d are allowed", len(all), maxTables)})
	}
	return all[:min(len(all), maxTables)]
}

// fewEnough reports whether the number of rules in all arms is within the limit, and
// notes if not.
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

// distinct returns each of the names once, in the order in which they first come.
func distinct(names []string) []string {
	seen := make(map[string]bool, len(names))
	return slices.DeleteFunc(names, func(name string) bool {
		twice := seen[name]
		seen[name] = true
		return twice
	})
}
