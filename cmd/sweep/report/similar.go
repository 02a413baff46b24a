package report

import (
	"fmt"
	"slices"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep/analysis"
)

// listed is how many settings, or arms, are named one by one.
const listed = 3

// similarText sums up the settings that do as well, arm by arm where they are of
// several, at most so many of them.
func similarText(use *analysis.Recommendation, most int) string {
	all := append([][]analysis.Setting{use.Setting}, use.Same...)
	arms := armsOf(all)
	if len(arms) < 2 {
		return rangesText(all, use.Among)
	}
	var words []string
	for _, arm := range arms[:min(most, len(arms))] {
		of, among := inArm(all, arm), inArm(use.Among, arm)
		switch {
		case len(of) > 1:
			words = append(words, "arm "+arm.Text+" with "+rangesText(of, among))
		case of[0][0] == use.Setting[0]: // the recommended setting alone
		default:
			words = append(words, settingsText(of[0]))
		}
	}
	text := strings.Join(words, "; ")
	if n := len(arms) - most; n > 0 {
		text += "; and " + humanize.Count(n, "more arm")
	}
	return text
}

// inArm are the settings of an arm.
func inArm(all [][]analysis.Setting, arm analysis.Value) [][]analysis.Setting {
	return slices.DeleteFunc(slices.Clone(all), func(s []analysis.Setting) bool { return s[0].Value != arm })
}

// armsOf are the arms that settings name, in their order, each once.
func armsOf(all [][]analysis.Setting) []analysis.Value {
	var arms []analysis.Value
	for _, s := range all {
		if len(s) > 0 && s[0].Axis == analysis.Arm && !slices.Contains(arms, s[0].Value) {
			arms = append(arms, s[0].Value)
		}
	}
	return arms
}

// rangesText sums up settings of one arm by the values of their axes, or lists some
// of them where they are no product. The first of them needs no mention. Among are
// all settings of the arm.
func rangesText(all, among [][]analysis.Setting) string {
	var axes []string
	rates := false
	for _, s := range all[0] {
		rates = rates || s.Axis == "lr"
		if s.Axis != "lr" && s.Axis != analysis.Arm {
			axes = append(axes, s.Axis)
		}
	}
	axes = untied(axes, all)
	product, own := 1, all[:1]
	for _, axis := range axes {
		product *= len(valuesOf(all, axis))
	}
	switch {
	case product == 1:
		return rangeText("lr", all, own, among)
	case product != combinations(all, axes):
		return listText(all, axes) + ownRates(rates, 2)
	}
	var words []string
	for _, axis := range axes {
		n := len(valuesOf(all, axis))
		if n > 1 && n < product {
			words = append(words, rangeText(axis, all, nil, among)) // beside other values of the rest
		} else if n > 1 {
			words = append(words, rangeText(axis, all, own, among))
		}
	}
	return strings.Join(words, " and ") + ownRates(rates, product-1)
}

func ownRates(vary bool, settings int) string {
	switch {
	case !vary:
		return ""
	case settings == 1:
		return " at its own lr"
	default:
		return " at their own lr"
	}
}

// untied drops axes that say nothing more than those before them, as they move
// along or have one value.
func untied(axes []string, all [][]analysis.Setting) []string {
	kept := slices.Clone(axes)
	for i := len(kept) - 1; i >= 0 && len(kept) > 1; i-- {
		fewer := slices.Delete(slices.Clone(kept), i, i+1)
		if combinations(all, fewer) == combinations(all, kept) {
			kept = fewer
		}
	}
	return kept
}

// combinations counts the different values that the settings have of the axes.
func combinations(all [][]analysis.Setting, axes []string) int {
	seen := map[string]bool{}
	for _, s := range all {
		var words []string
		for _, x := range s {
			if slices.Contains(axes, x.Axis) {
				words = append(words, x.String())
			}
		}
		seen[strings.Join(words, ", ")] = true
	}
	return len(seen)
}

// valuesOf are the values that settings have of an axis, ascending.
func valuesOf(all [][]analysis.Setting, axis string) []analysis.Value {
	var values []analysis.Value
	for _, s := range all {
		for _, x := range s {
			if x.Axis == axis && !slices.Contains(values, x.Value) {
				values = append(values, x.Value)
			}
		}
	}
	slices.SortFunc(values, analysis.Value.Compare)
	return values
}

// rangeText is "alpha 8 to 64" where all settings between its ends are there among
// all that were tried, else a list without those to leave out.
func rangeText(axis string, all, leaveOut, among [][]analysis.Setting) string {
	values, tried := valuesOf(all, axis), valuesOf(among, axis)
	n := len(values)
	first := slices.Index(tried, values[0])
	if n > 2 && values[0].Numeric && first+n <= len(tried) && tried[first+n-1] == values[n-1] {
		return axis + " " + valueText(values[0]) + " to " + valueText(values[n-1])
	}
	var words []string
	for _, v := range values {
		if !slices.Contains(valuesOf(leaveOut, axis), v) {
			words = append(words, valueText(v))
		}
	}
	return axis + " " + strings.Join(words, ", ")
}

// listText lists the first few combinations of the axes after that of the first
// setting.
func listText(all [][]analysis.Setting, axes []string) string {
	var words []string
	for _, s := range all {
		of := slices.DeleteFunc(slices.Clone(s), func(x analysis.Setting) bool { return !slices.Contains(axes, x.Axis) })
		if word := settingsText(of); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	words = words[1:]
	text := strings.Join(words[:min(listed, len(words))], "; ")
	if n := len(words) - listed; n > 0 {
		text += fmt.Sprintf("; and %d more", n)
	}
	return text
}
