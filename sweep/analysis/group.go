package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Grouping is runs sorted into groups, with the mean loss of each.
type Grouping struct {
	By       []string // arm, if it is one of them, and axes
	Over     []string // axes other than seed that some mean is taken over
	Quantity Quantity
	Groups   []Group // ascending in By
}

// A Group is the runs that share the values of the axes grouped by.
type Group struct {
	Settings  []Setting // of By, in its order
	Mean      float64   // loss of the runs that are done, NaN if none is
	Low, High float64   // 95 % interval by Student's t; NaN for fewer than two runs
	Tally     StateCounts
}

// Arm is what groups name the arm of a grid, which is no parameter.
const Arm = "arm"

// AllButSeed groups the results by everything in which they differ but the
// seed: by arm where there are several, and by what varies within any of them.
func AllButSeed(results []sweep.Result) Grouping {
	var axes []string
	for _, arm := range arms(results) {
		for _, axis := range without(Axes(arm.results), Seed) {
			axes = include(axes, axis)
		}
	}
	return grouping(results, parts(results, func([]sweep.Result) []string { return axes }))
}

// GroupBy groups the results by the parameters named, and by arm if that is one
// of them. It fails if no parameter has such a name.
func GroupBy(results []sweep.Result, by []string) (Grouping, error) {
	axes := slices.DeleteFunc(slices.Clone(by), func(name string) bool { return name == Arm })
	for _, name := range axes {
		if err := known(results, name); err != nil {
			return Grouping{}, err
		}
	}
	if len(axes) < len(by) {
		return grouping(results, parts(results, func([]sweep.Result) []string { return axes })), nil
	}
	once := Runs(results)
	var all []part
	for _, g := range groupBy(once, axes) {
		all = append(all, part{settings(axes, g.values), g.results})
	}
	return grouping(once, all), nil
}

func grouping(results []sweep.Result, parts []part) Grouping {
	g := Grouping{Quantity: Judge(results)}
	for _, p := range parts {
		for _, s := range p.fixed {
			g.By = include(g.By, s.Axis)
		}
		for _, axis := range without(Axes(p.results), Seed) {
			g.Over = include(g.Over, axis)
		}
		g.Groups = append(g.Groups, newGroup(p, g.Quantity))
	}
	return g
}

func include(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func newGroup(p part, q Quantity) Group {
	g := Group{Settings: p.fixed, Tally: Count(p.results, q)}
	var losses []float64
	for _, r := range p.results {
		if loss := q.Of(r); r.State == sweep.StateDone && finite(loss) {
			losses = append(losses, loss)
		}
	}
	g.Mean, g.Low, g.High = statistics.MeanInterval(losses)
	if q.isShare() {
		g.Low, g.High = math.Max(g.Low, 0), math.Min(g.High, 1)
	}
	return g
}

// Caption says what the means are of.
func (g Grouping) Caption() string {
	text := fmt.Sprintf("The mean %s of the n runs that are done, with its 95 %% interval by Student's t.", g.Quantity)
	if len(g.Over) > 0 {
		text += fmt.Sprintf(" Means run over %s too, not over seeds alone.", strings.Join(g.Over, ", "))
	}
	return text
}

// Best returns the n runs of lowest loss among those that are done, the lowest
// first, each once, and what they were judged by. It fails if none is done.
func Best(results []sweep.Result, n int) ([]sweep.Result, Quantity, error) {
	q := Judge(results)
	runs := Runs(results)
	if err := finished(Count(runs, q)); err != nil {
		return nil, q, err
	}
	done := slices.DeleteFunc(runs, func(r sweep.Result) bool { return r.State != sweep.StateDone || !finite(q.Of(r)) })
	slices.SortStableFunc(done, func(a, b sweep.Result) int { return cmp.Compare(q.Of(a), q.Of(b)) })
	return done[:min(n, len(done))], q, nil
}
