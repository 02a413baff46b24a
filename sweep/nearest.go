package sweep

import "strings"

// Nearest returns which of the names was most likely meant by a misspelt one, or ""
// if none is near.
func Nearest(misspelt string, names []string) string { return nearest(misspelt, names, nil) }

// nearest is Nearest, where names may have aliases. Aliases holds the name that each
// stands for.
func nearest(misspelt string, names []string, aliases map[string]string) string {
	best, distance := "", max(1, len(misspelt)/3)+1
	consider := func(candidate, name string) {
		if difference := len(misspelt) - len(candidate); max(difference, -difference) >= distance {
			return // the distance is at least that
		}
		if d := editDistance(strings.ToLower(misspelt), candidate); d < distance && d < len(misspelt) {
			best, distance = name, d
		}
	}
	for _, name := range names {
		consider(name, name)
		for alias, stands := range aliases {
			if stands == name {
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
