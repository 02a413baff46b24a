package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
)

// A Trial is the runs that would tell something unknown: those of a sweep that are
// not trained yet, or new ones.
type Trial struct {
	Arm     string     // whose settings these are; "" in a grid without arms
	Grid    []Addition // the values of each axis, the seed last; empty for those of the sweep itself
	Runs    int        // 0 if no runs would tell
	Seconds float64    // that they take, one after the other; NaN if unknown

	more *Proposal // the same runs as other lr or seeds of a setting that is there; nil if they are none
}

// String writes the trial as a line of a grid file, "" where it has no grid of its
// own.
func (t Trial) String() string {
	if len(t.Grid) == 0 {
		return ""
	}
	axes := make([]string, len(t.Grid))
	for i, a := range t.Grid {
		axes[i] = a.String()
	}
	return "grid = { " + strings.Join(axes, ", ") + " }"
}

// trial is the runs at an option's settings, but for the axes given, for some seeds.
func (c options) trial(at option, seeds []int, axes ...Addition) Trial {
	t := Trial{Arm: at.arm, Runs: len(seeds)}
	more := Proposal{Arm: at.arm, Like: at.params, LR: []float64{at.params.LR}, Seeds: seeds}
	for _, s := range slices.Concat(c.budget, at.settings) {
		if s.Axis != Arm {
			t.Grid = append(t.Grid, Addition{s.Axis, []string{literal(s.Axis, s.Value)}})
		}
	}
	for _, a := range axes {
		t.Runs *= len(a.Values)
		if a.Axis == "lr" {
			more.LR = numbers(a.Values)
		}
		if i := slices.IndexFunc(t.Grid, func(known Addition) bool { return known.Axis == a.Axis }); i >= 0 {
			t.Grid[i] = a
		} else {
			t.Grid = append(t.Grid, a)
		}
	}
	numbers := make([]string, len(seeds))
	for i, seed := range seeds {
		numbers[i] = strconv.Itoa(seed)
	}
	t.Grid = append(t.Grid, Addition{Seed, numbers})
	t.Seconds = float64(t.Runs) * c.pace(at.params)
	own := len(axes) == 0 && !slices.ContainsFunc(seeds, func(seed int) bool { return !slices.Contains(at.planned, seed) })
	if !own && !slices.ContainsFunc(axes, func(a Addition) bool { return a.Axis != "lr" }) {
		more.Seconds = t.Seconds
		t.more = &more
	}
	return t
}

// literal writes a value as TOML does.
func literal(axis string, v Value) string {
	q, err := sweep.LookupParameter(axis)
	switch {
	case err == nil && q.IsTable():
		return v.Text
	case err == nil && q.IsList():
		words := strings.Fields(v.Text)
		if pattern, ok := sweep.TargetPattern(words); ok {
			return strconv.Quote(pattern)
		}
		for i, w := range words {
			words[i] = strconv.Quote(w)
		}
		return "[" + strings.Join(words, ", ") + "]"
	case v.Numeric:
		return sweep.FormatValue(v.Number)
	case err == nil && q.Kind == sweep.KindFlag, err != nil && (v.Text == "true" || v.Text == "false"):
		return v.Text
	case v == text(""):
		return `""`
	default:
		return fmt.Sprintf("%q", v.Text)
	}
}
