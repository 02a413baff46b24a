package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// exactForm judges the exact form of claim (b): runs of one orbit, which differ in
// alpha and in the learning rates that make up for it, are equal to the bit.
// Copies are no evidence, nor are runs that diverged, which may overflow at
// different steps. The controls are runs of which something was left unscaled, or
// scaled by a factor that rounds: they must differ. There is no finding if no run
// is another one rescaled.
func exactForm(results []sweep.Result) []Finding {
	results = Runs(results)
	done := slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool { return r.State != sweep.StateDone })
	if !slices.ContainsFunc(byOrbit(done), orbit.holdsRescaled) {
		return nil
	}
	f := notAsked(alphaTracksLR().Claim, results)
	f.Verdict = Undecided // until pairs were trained
	f.Part, f.Exact, f.Identity = []Setting{{"form", Value{Text: "exact"}}}, true, true
	f.Reasons, f.Measure = nil, "pairs of one orbit, both trained, that are not equal to the bit"
	pairs, unequal, copies := 0, 0, 0
	for _, r := range done {
		if r.CopyOf != "" {
			copies++
		}
	}
	twins := Pairs(done)
	for _, p := range twins {
		if p.Apart != "" {
			continue
		}
		pairs++
		if !equalToTheBit(p.First, p.Second) {
			unequal++
			f.because(Evidence, "%s and %s share an orbit and differ", p.First.Name, p.Second.Name)
		}
	}
	f.Control = leftUnscaled(twins)
	f.because(Evidence, "%d pairs of one orbit were both trained, and %d are not equal to the bit; %d further runs are recorded as copies", pairs, unequal, copies)
	if pairs == 0 {
		f.because(NoRival, "each orbit was trained once, and its other runs are recorded as copies: train those, too")
		return []Finding{f}
	}
	f.Key = statistics.Exactly(float64(unequal))
	f.decide(unequal == 0, unequal > 0)
	return []Finding{f}
}

// orbit is the results of one orbit, and where each stands in it.
type orbit struct {
	results []sweep.Result
	places  []sweep.Orbit
}

// byOrbit splits results by orbit, in the order of each one's first run. Those
// that have none are left out.
func byOrbit(results []sweep.Result) []orbit {
	var all []orbit
	at := map[string]int{}
	place := sweep.Orbits()
	for _, r := range results {
		p := place(r.Run)
		if p.ID == "" {
			continue
		}
		if _, known := at[p.ID]; !known {
			at[p.ID] = len(all)
			all = append(all, orbit{})
		}
		o := &all[at[p.ID]]
		o.results, o.places = append(o.results, r), append(o.places, p)
	}
	return all
}

// holdsRescaled reports whether the runs of an orbit are more than one and the
// same scale by other names, such as alpha/r and alpha at r = 1.
func (o orbit) holdsRescaled() bool {
	return slices.ContainsFunc(o.places, func(p sweep.Orbit) bool { return p != o.places[0] })
}

// byID splits results by an identity, in the order of each one's first run.
// Those that have none are left out.
func byID(results []sweep.Result, id func(sweep.Run) string) [][]sweep.Result {
	var groups [][]sweep.Result
	at := map[string]int{}
	for _, r := range results {
		key := id(r.Run)
		if key == "" {
			continue
		}
		if _, known := at[key]; !known {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], r)
	}
	return groups
}

// equalToTheBit compares what is recorded of two runs of an orbit, but for the
// hashes of their curves, which hold gradient norms too.
func equalToTheBit(first, second sweep.Result) bool {
	return sameBits(first.Loss, second.Loss) && sameBits(first.EvalLoss, second.EvalLoss) && sameBits(first.FirstLoss, second.FirstLoss)
}

// sameBits compares two losses, of which either may be missing.
func sameBits(x, y float64) bool {
	return math.Float64bits(x) == math.Float64bits(y) || math.IsNaN(x) && math.IsNaN(y)
}

// leftUnscaled counts, by what was left unscaled, how many of the pairs that
// are apart by it differ.
func leftUnscaled(twins []Pair) Control {
	pairs, differ := map[string]int{}, map[string]int{}
	for _, p := range twins {
		if p.Apart == "" {
			continue
		}
		pairs[p.Apart]++
		if !sameBits(p.First.Loss, p.Second.Loss) || !sameBits(p.First.EvalLoss, p.Second.EvalLoss) {
			differ[p.Apart]++
		}
	}
	control := Control{Number: statistics.Unknown()}
	if len(pairs) == 0 {
		return control
	}
	var names []string
	all, different := 0, 0
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		names = append(names, fmt.Sprintf("%s: %d of %d pairs differ", name, differ[name], pairs[name]))
		all, different = all+pairs[name], different+differ[name]
	}
	control.Share = true
	control.Name = strings.Join(names, "; ") + "; share that differs"
	control.Number.Value = float64(different) / float64(all)
	control.Differs = different == all
	return control
}

// A Pair is two runs, both trained to their end, of which one is the other with
// A and B scaled and the learning rates moved along.
type Pair struct {
	First, Second sweep.Result
	Apart         string // what keeps them from being equal to the bit, "" if they share an orbit
}

// Pairs finds them: in each orbit its first run with every other, and every two
// runs that something left unscaled sets apart, or a factor that rounds. Copies
// are no runs of their own.
func Pairs(results []sweep.Result) []Pair {
	trained := slices.DeleteFunc(Runs(results), func(r sweep.Result) bool { return r.State != sweep.StateDone || r.CopyOf != "" })
	var pairs []Pair
	for _, o := range byOrbit(trained) {
		for i, r := range o.results {
			if o.places[i] != o.places[0] { // else the same scale by another name
				pairs = append(pairs, Pair{First: o.results[0], Second: r})
			}
		}
	}
	for _, kin := range byID(trained, sweep.Run.ApproxOrbit) {
		for i, first := range kin {
			for _, second := range kin[i+1:] {
				if apart := sweep.Apart(first.Run, second.Run); len(apart) > 0 {
					pairs = append(pairs, Pair{first, second, unscaled(strings.Join(apart, " and "))})
				}
			}
		}
	}
	return pairs
}

// unscaled says what sets a control apart.
func unscaled(apart string) string {
	if apart == "rounding" {
		return "scaled by no power of two"
	}
	return apart + " left unscaled"
}
