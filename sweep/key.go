package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Key is the identity of a run: a SHA-256, in hex, over every parameter, with
// the paths of what it reads replaced by in's content hashes, and in's
// numerics version. Two runs with equal keys have equal curves, whatever they
// are called and whichever sweep they belong to.
func (p Params) Key(in Inputs) string {
	p.Model, p.Data, p.DataEval, p.Adapter = in.Model, in.Data, in.DataEval, in.Adapter
	sum := sha256.Sum256([]byte(p.canonical() + "numerics = " + strconv.Itoa(in.Numerics) + "\n"))
	return hex.EncodeToString(sum[:])
}

// canonical writes p as one 'name = value' line a parameter, sorted by name.
// Equal settings have equal texts: numbers take their shortest form, lists the
// order of their Choices.
func (p Params) canonical() string {
	var lines []string
	for _, q := range Parameters() {
		lines = append(lines, fmt.Sprintf("%s = %s\n", q.Name, q.canonical(q.Value(p))))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func (q Parameter) canonical(v any) string {
	switch v := v.(type) {
	case float64:
		if v == 0 {
			v = 0 // of the two zeros, the positive one
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return strconv.Quote(v)
	case []string:
		return fmt.Sprintf("%q", q.ordered(v))
	default:
		return fmt.Sprint(v)
	}
}

// ordered returns the names of list as a set: in the order of the parameter's
// Choices and each once. Names that are no choice follow, sorted.
func (q Parameter) ordered(list []string) []string {
	var known, unknown []string
	for _, c := range q.Choices {
		if slices.Contains(list, c) {
			known = append(known, c)
		}
	}
	for _, name := range list {
		if !slices.Contains(q.Choices, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return append(known, slices.Compact(unknown)...)
}
