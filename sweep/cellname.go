package sweep

import "strings"

// CellName returns the name of a cell: the arm that it belongs to, if its grid has
// arms, and its place on the axes, as in "sgd/r8-a16" and in "r8-a16". Neither arm
// nor place holds a '/'.
func CellName(arm, place string) string {
	if arm == "" {
		return place
	}
	return arm + "/" + place
}

// SplitCellName returns what CellName was given. A store keeps the name alone.
func SplitCellName(name string) (arm, place string) {
	if arm, place, found := strings.Cut(name, "/"); found {
		return arm, place
	}
	return "", name
}
