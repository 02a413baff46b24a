package sweep

import (
	"maps"
	"slices"
	"strings"
)

// Knows reports whether anything is known of a parameter of the run, or of one that
// commands have of their own. Of a run trained elsewhere that is what somebody told, and of
// one that a command trains what its grid sets, whatever Params has of the others.
func (r *Result) Knows(name string) bool {
	switch {
	case r.Params.Command != nil:
		return r.Params.States(name)
	case r.Inputs.Imported != "":
		return !r.Provenance.leaves(name)
	default:
		return true
	}
}

// leaves reports whether a parameter is among Unstated. It is asked of every parameter of
// every run, and makes no list of them.
func (p *Provenance) leaves(name string) bool {
	for unstated := range strings.SplitSeq(p.Unstated, ", ") {
		if unstated == name {
			return true
		}
	}
	return false
}

// CustomParameters returns the parameters of commands' own that runs have, ascending by
// name. One that has values of several kinds is of KindText.
func CustomParameters(results []Result) []Parameter {
	kinds := map[string]Kind{}
	for i := range results {
		for name, v := range results[i].Params.Custom {
			kind := kindOfCustom(v)
			if was, known := kinds[name]; known && was != kind {
				kind = KindText
			}
			kinds[name] = kind
		}
	}
	var all []Parameter
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		all = append(all, CustomParameter(name, kinds[name]))
	}
	return all
}

func kindOfCustom(v any) Kind {
	switch v.(type) {
	case float64:
		return KindNumber
	case bool:
		return KindFlag
	default:
		return KindText
	}
}
