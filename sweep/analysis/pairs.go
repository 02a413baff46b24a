package analysis

import (
	"slices"
	"strings"

	"sweep/sweep"
)

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
	trained := slices.DeleteFunc(Runs(results), func(r sweep.Result) bool { return r.State != sweep.Done || r.CopyOf != "" })
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
