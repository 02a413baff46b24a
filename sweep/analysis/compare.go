package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Comparison sets the values of one axis side by side.
type Comparison struct {
	By       string   // the axis compared
	Over     string   // the axis each valley runs along; By if no other numeric axis varies
	Tied     []string // axes that move with By, one value for each of its values
	Quantity Quantity
	Seeds    int // distinct seeds among the results
	Tally    StateCounts
	Slices   []Slice
}

// A Slice is the part of a comparison in which every axis but By, Over, those
// tied to By, and seed is fixed.
type Slice struct {
	Fixed []Setting  // empty if no further axis varies
	ByLR  []LossByLR // ascending in By

	params  sweep.Params // of one of its runs
	tied    []string     // axes that move with By
	heldOut rowSet       // held out in all its runs
}

// Tied are the axes that move with By, one value for each of its values.
func (s Slice) Tied() []string { return s.tied }

// A LossByLR is the loss along Over at one value of By.
type LossByLR struct {
	By    Value  // the zero Value where Over is By
	Cells []Cell // ascending in X
	statistics.Valley
}

// A Cell is the runs that differ in nothing but seed.
type Cell struct {
	X                 Value
	statistics.Losses // of the runs that are done
	Tally             StateCounts

	keys     []string // of the runs, in the order of their seeds
	diverged []int    // seeds of the runs that diverged, ascending
	start    float64  // mean loss before training of the runs that ended, 0 if unknown
}

// Keys are those of the cell's runs, in the order of their seeds.
func (c Cell) Keys() []string { return c.keys }

// numbers is the cell without what its numbers belong to.
func (c Cell) numbers() statistics.Cell {
	return statistics.Cell{X: c.X.Number, Losses: c.Losses, Diverged: c.diverged}
}

// Compare groups results by the parameter named by. Losses are drawn along lr
// if it varies, else alpha, else r, else another numeric axis. Of what else
// varies, only seeds are averaged over; each combination of the rest is a slice
// of its own, and so is each arm of the grid.
//
// It fails if no parameter is named by, if no run has finished, or if two runs
// have the same settings, as runs do that were trained before and after their
// data changed.
func Compare(results []sweep.Result, by string) (Comparison, error) {
	if _, _, err := admit(results, by); err != nil {
		return Comparison{}, err
	}
	return Survey(results, by)
}

// Survey is Compare, and fails in fewer cases: the cells of a sweep of which no run has
// finished are there, without losses.
func Survey(results []sweep.Result, by string) (Comparison, error) {
	if err := cmp.Or(known(results, by), unique(results)); err != nil {
		return Comparison{}, err
	}
	q := Judge(results)
	tally := Count(Runs(results), q)
	roles := assign(results, by)
	c := Comparison{
		By: by, Over: roles.over, Tied: roles.tied,
		Quantity: q, Seeds: len(distinct(results, Seed)), Tally: tally,
	}
	for _, p := range parts(results, func(arm []sweep.Result) []string { return roles.rest(arm, c.Over) }) {
		c.Slices = append(c.Slices, c.slice(p.fixed, p.results))
	}
	return c, nil
}

// slice sorts results into valleys.
func (c Comparison) slice(fixed []Setting, results []sweep.Result) Slice {
	rows, results := alikeInRows(results, c.Quantity)
	s := Slice{Fixed: fixed, params: first(results).Params, heldOut: rows}
	_, s.tied = split(results, c.By)
	if c.Over == c.By {
		s.ByLR = []LossByLR{c.lossByLR(Value{}, results)}
	} else {
		for _, g := range groupBy(results, []string{c.By}) {
			s.ByLR = append(s.ByLR, c.lossByLR(g.values[0], g.results))
		}
	}
	return s
}

// Keys are those of the slice's runs.
func (s Slice) Keys() []string {
	var keys []string
	for _, v := range s.ByLR {
		for _, cell := range v.Cells {
			keys = append(keys, cell.keys...)
		}
	}
	return keys
}

// first is the result with the lowest key.
func first(results []sweep.Result) sweep.Result {
	return slices.MinFunc(results, func(a, b sweep.Result) int { return cmp.Compare(a.Key, b.Key) })
}

func (c Comparison) lossByLR(by Value, results []sweep.Result) LossByLR {
	v := LossByLR{By: by}
	for _, g := range groupBy(results, []string{c.Over}) {
		v.Cells = append(v.Cells, cell(g.values[0], g.results, c.Quantity))
	}
	cells := make([]statistics.Cell, len(v.Cells))
	for i, c := range v.Cells {
		cells[i] = c.numbers()
	}
	v.Valley = statistics.NewValley(cells)
	return v
}

// valleys are those of the slice's values of By.
func (s Slice) valleys() []statistics.Valley {
	valleys := make([]statistics.Valley, len(s.ByLR))
	for i, v := range s.ByLR {
		valleys[i] = v.Valley
	}
	return valleys
}

// seeds are those that have a loss anywhere in the slice, ascending.
func (s Slice) seeds() []int { return statistics.Seeds(s.valleys()) }

func cell(x Value, results []sweep.Result, q Quantity) Cell {
	c := Cell{X: x, Tally: Count(results, q)}
	bySeed(results)
	for _, r := range results {
		c.keys = append(c.keys, r.Key)
	}
	var starts []float64
	for _, r := range results {
		if !r.State.Final() {
			continue
		}
		if loss := q.Of(r); r.State == sweep.StateDone && finite(loss) {
			c.Losses = append(c.Losses, statistics.SeedLoss{Seed: r.Params.Seed, Loss: loss, Redrawn: redrawn(r, q)})
		} else {
			c.diverged = append(c.diverged, r.Params.Seed)
		}
		if first := q.first(r); first > 0 && finite(first) {
			starts = append(starts, first)
		}
	}
	if len(starts) > 0 {
		c.start = stat.Mean(starts, nil)
	}
	return c
}

// admit refuses what cannot be compared, and judges and counts the rest.
func admit(results []sweep.Result, by string) (Quantity, StateCounts, error) {
	q := Judge(results)
	tally := Count(Runs(results), q)
	return q, tally, cmp.Or(known(results, by), unique(results), finished(tally))
}

// unique refuses two runs of an arm with the same settings.
func unique(results []sweep.Result) error {
	for _, arm := range arms(results) {
		varied := slices.DeleteFunc(names(arm.results), func(name string) bool { return len(distinct(arm.results, name)) < 2 })
		if _, sizes := partition(arm.results, varied); len(sizes) == len(arm.results) {
			continue
		}
		for _, g := range groupBy(arm.results, varied) {
			if len(g.results) > 1 {
				return fmt.Errorf("compare runs %s and %s: they have the same settings, so their model or data must have changed between them; leave the stale one out",
					g.results[0].Key, g.results[1].Key)
			}
		}
	}
	return nil
}
