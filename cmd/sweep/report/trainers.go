package report

import (
	"cmp"
	"slices"
	"strings"

	"sweep/sweep"
)

// trainerItems say which trainer made the curves, where the built-in one did not make all,
// and what is known of runs that a command trained.
func trainerItems(analyses []sweepAnalysis) []Item {
	var order, stated []string
	arms := map[string][]string{}
	others := false
	for _, r := range endedOf(analyses) {
		by := trainerOf(r)
		if _, known := arms[by]; !known {
			order = append(order, by)
			arms[by] = nil
		}
		if r.Arm != "" && !slices.Contains(arms[by], r.Arm) {
			arms[by] = append(arms[by], r.Arm)
		}
		others = others || !r.TrainedHere()
		if c := r.Params.Command; c != nil {
			stated = append(stated, c.Stated...)
			stated = append(stated, r.Params.Custom.Names()...)
		}
	}
	if !others {
		return nil
	}
	for i, by := range order {
		if len(arms[by]) > 0 {
			order[i] = "arm " + strings.Join(arms[by], ", ") + ": " + by
		}
	}
	items := []Item{{"trained by", strings.Join(order, "; ")}}
	if len(stated) > 0 {
		slices.Sort(stated)
		items = append(items, Item{"known of runs of commands", strings.Join(slices.Compact(stated), ", ") + "; what else their programs set is not known here"})
	}
	return items
}

// endedOf returns the runs that have an outcome.
func endedOf(analyses []sweepAnalysis) []sweep.Result {
	var ended []sweep.Result
	for _, s := range analyses {
		ended = append(ended, s.results...)
	}
	return slices.DeleteFunc(ended, func(r sweep.Result) bool { return !r.State.Final() })
}

// trainerOf says what trained a run.
func trainerOf(r sweep.Result) string {
	switch c := r.Params.Command; {
	case c != nil:
		return "the command " + strings.Join(c.Run, " ") + ", whose curves are not claimed to be the same to the bit each time"
	case r.Inputs.Imported != "":
		return "another program, and imported"
	default:
		return "the built-in trainer"
	}
}

// environmentNames are what of the environment of commands a report shows, in this order.
// 'sweep show' has all of it.
var environmentNames = []string{
	"gpu", "driver", "cuda", "python", "interpreter", "torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes", "unsloth", "axolotl", "torchtune",
}

// environmentItems say where the commands ran, as they left word of it.
func environmentItems(analyses []sweepAnalysis) (items []Item) {
	values := map[string][]string{}
	for _, r := range endedOf(analyses) {
		for line := range strings.SplitSeq(r.Environment, "\n") {
			name, value, _ := strings.Cut(line, " = ")
			name = strings.ToLower(strings.TrimSpace(name))
			if value = strings.TrimSpace(value); slices.Contains(environmentNames, name) && !slices.Contains(values[name], value) {
				values[name] = append(values[name], value)
			}
		}
	}
	for _, name := range environmentNames {
		if len(values[name]) > 0 {
			items = append(items, Item{cmp.Or(map[string]string{"gpu": "GPU"}[name], name), strings.Join(values[name], "; ")})
		}
	}
	return items
}
