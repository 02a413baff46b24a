package analysis

import (
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A SweepPair sets two sweeps side by side.
type SweepPair struct {
	Quantity Quantity
	Differ   []ValuesOf // parameters, and what runs read, of which the two have different values
	Settings []PairedSetting
	Runs     [2]int // that each has
	Shared   int    // runs that both have: trained once, equal to the bit
	Alike    int    // cells that both have, but for what each has one value of
}

// ValuesOf is the values of a fact in two sweeps.
type ValuesOf struct {
	Name   string
	Values [2][]Value // ascending
}

// A PairedSetting is a setting of everything but lr and seed, with what the sweeps
// found there.
type PairedSetting struct {
	At     []Setting           // of what varies in one of the sweeps
	Side   [2]*PairedSide      // nil where a sweep has no such setting
	Change statistics.Estimate // by what share the tuned loss of the second is higher, over the seeds that both have
	Seeds  int                 // how many these are
}

// A PairedSide is what one sweep found at a setting.
type PairedSide struct {
	Best  statistics.Optimum  // in lr
	Loss  statistics.Estimate // there, each seed at the lr that the others choose
	Tally StateCounts
}

// PairSweeps compares two sweeps, setting by setting. What has one value in each
// and differs between them is what the sweeps differ in, and is not part of a setting.
// Each may have runs without outcome. It fails if two runs of a sweep have the same
// settings.
func PairSweeps(first, second []sweep.Result) (SweepPair, error) {
	both := [2][]sweep.Result{first, second}
	all := slices.Concat(first, second)
	pair := SweepPair{Quantity: Judge(all), Differ: differing(both)}
	keys := map[string]bool{}
	for i, results := range both {
		if err := unique(results); err != nil {
			return pair, err
		}
		pair.Runs[i] = len(Runs(results))
	}
	for _, r := range Runs(first) {
		keys[r.Key] = true
	}
	for _, r := range Runs(second) {
		if keys[r.Key] {
			pair.Shared++
		}
	}
	axes := variedIn(both)
	pair.Settings = pair.settings(both, slices.DeleteFunc(slices.Clone(axes), func(name string) bool { return name == "lr" || name == Seed }))
	pair.Alike = alike(both, axes)
	return pair, nil
}

// variedIn are the axes of either sweep, in the order of Params.
func variedIn(both [2][]sweep.Result) []string {
	varied := map[string]bool{}
	for _, results := range both {
		for _, axis := range Axes(results) {
			varied[axis.Name] = true
		}
	}
	return slices.DeleteFunc(names(slices.Concat(both[0], both[1])), func(name string) bool { return !varied[name] })
}

// differing are the facts of which two sweeps have different values.
func differing(both [2][]sweep.Result) (all []ValuesOf) {
	note := func(name string, values [2][]Value) {
		same := slices.EqualFunc(values[0], values[1], func(a, b Value) bool { return a == b })
		if !same {
			all = append(all, ValuesOf{name, values})
		}
	}
	for _, own := range leading(slices.Concat(both[0], both[1])) {
		note(own.Name, [2][]Value{distinct(both[0], own.Name), distinct(both[1], own.Name)})
	}
	for _, fact := range []struct {
		name string
		of   func(sweep.Inputs) any
	}{
		{"model_hash", func(in sweep.Inputs) any { return in.Model }},
		{"data_hash", func(in sweep.Inputs) any { return in.Data }},
		{"data_eval_hash", func(in sweep.Inputs) any { return in.DataEval }},
		{"adapter_hash", func(in sweep.Inputs) any { return in.Adapter }},
		{"chat_template_hash", func(in sweep.Inputs) any { return in.ChatTemplate }},
		{"numerics", func(in sweep.Inputs) any { return in.Numerics }},
	} {
		note(fact.name, [2][]Value{inputsOf(both[0], fact.of), inputsOf(both[1], fact.of)})
	}
	return all
}

// inputsOf are the values of what runs that were begun read, ascending.
func inputsOf(results []sweep.Result, of func(sweep.Inputs) any) []Value {
	var values []Value
	for _, r := range results {
		v := text(sweep.FormatValue(of(r.Inputs)))
		if r.Attempt > 0 && v.Text != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, Value.Compare)
	return values
}

// settings are those of either sweep, ascending by the axes.
func (p SweepPair) settings(both [2][]sweep.Result, axes []string) []PairedSetting {
	var all []PairedSetting
	sides := map[string][2][]sweep.Result{}
	var order []string
	at := map[string][]Setting{}
	for i, results := range both {
		for _, arm := range arms(results) {
			for _, g := range groupBy(arm.results, axes) {
				fixed := slices.Concat(arm.fixed, settings(axes, g.values))
				id := nameOf(fixed)
				if at[id] == nil {
					order = append(order, id)
					at[id] = fixed
				}
				side := sides[id]
				side[i] = g.results
				sides[id] = side
			}
		}
	}
	for _, id := range order {
		all = append(all, p.pairedSetting(at[id], sides[id]))
	}
	slices.SortStableFunc(all, func(a, b PairedSetting) int {
		return slices.CompareFunc(a.At, b.At, func(x, y Setting) int { return x.Value.Compare(y.Value) })
	})
	return all
}

// nameOf identifies a setting; one without axes, too.
func nameOf(all []Setting) string {
	var parts []string
	for _, s := range all {
		parts = append(parts, s.String())
	}
	return "at " + strings.Join(parts, "\n")
}

func (p SweepPair) pairedSetting(at []Setting, sides [2][]sweep.Result) PairedSetting {
	s := PairedSetting{At: at, Change: statistics.Unknown()}
	var slice [2]Slice
	for i, results := range sides {
		if len(results) == 0 {
			continue
		}
		slice[i] = Comparison{By: "lr", Over: "lr", Quantity: p.Quantity}.slice(at, results)
		valley := slice[i].ByLR[0].Valley
		s.Side[i] = &PairedSide{
			Best: valley.Best, Tally: Count(results, p.Quantity),
			Loss: p.Quantity.bounded(statistics.TunedLoss(valley, statistics.LogLoss(slice[i].untrained()))),
		}
	}
	if s.Side[0] != nil && s.Side[1] != nil {
		worst := statistics.LogLoss(math.Max(slice[0].untrained(), slice[1].untrained()))
		s.Change, s.Seeds = statistics.TunedChange(slice[0].ByLR[0].Valley, slice[1].ByLR[0].Valley, worst)
	}
	return s
}

// alike counts the cells that both sweeps have, by their arm and what varies in
// either.
func alike(both [2][]sweep.Result, axes []string) int {
	cells := func(results []sweep.Result) map[string]bool {
		all := map[string]bool{}
		for _, g := range parts(results, func([]sweep.Result) []string { return axes }) {
			all[nameOf(g.fixed)] = true
		}
		return all
	}
	first, n := cells(both[0]), 0
	for cell := range cells(both[1]) {
		if first[cell] {
			n++
		}
	}
	return n
}
