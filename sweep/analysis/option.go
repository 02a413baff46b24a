package analysis

import (
	"cmp"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// options are the settings that one answer chooses among.
type options struct {
	budget   []Setting // that they share
	results  []sweep.Result
	all      []option
	seeds    []int    // that every one compared has
	compared []option // those that have all seeds and never diverged
	quantity Quantity
	pace     func(sweep.Params) float64 // seconds that a run takes
	rows     int                        // held out, the same in all runs; 0 if they are not, or their losses not known
}

// An option is the runs that differ in nothing but seed.
type option struct {
	settings []Setting // of what varies in its arm, but of the seed
	arm      string
	params   sweep.Params // of one of its runs
	copied   bool         // recorded as a copy, at least for one seed
	planned  []int        // seeds, ascending
	Cell
}

func newOptions(budget []Setting, results []sweep.Result, q Quantity) options {
	c := options{budget: budget, results: results, quantity: q, pace: Pace(results)}
	for _, p := range parts(results, func(arm []sweep.Result) []string { return without(Axes(arm), Seed) }) {
		c.all = append(c.all, newOption(p, q))
	}
	// Of two settings that are equal to the bit, the first is chosen: the one that
	// was trained.
	slices.SortStableFunc(c.all, func(a, b option) int { return cmp.Compare(btoi(a.copied), btoi(b.copied)) })
	c.all = distinctRuns(c.all)
	c.compare()
	return c
}

// distinctRuns leaves out what repeats the runs of an earlier one: two arms may hold the
// same setting.
func distinctRuns(all []option) []option {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(o option) bool {
		runs := strings.Join(o.keys, " ")
		repeated := seen[runs]
		seen[runs] = true
		return repeated
	})
}

func newOption(p part, q Quantity) option {
	c := option{settings: p.fixed, arm: p.results[0].Arm, params: first(p.results).Params}
	for _, r := range p.results {
		c.planned = append(c.planned, r.Params.Seed)
		c.copied = c.copied || r.CopyOf != ""
	}
	slices.Sort(c.planned)
	c.Cell = cell(Value{}, p.results, q)
	return c
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compare finds the seeds that most settings have, and the settings that have all
// of them: those that the grid asks for or, where training has not come so far,
// those that are done.
func (c *options) compare() {
	for _, seeds := range [][]int{
		commonestSeeds(c.all, func(s option) []int { return s.planned }),
		commonestSeeds(c.all, option.done),
	} {
		if len(seeds) == 0 {
			continue
		}
		for _, s := range c.all {
			if len(s.diverged) == 0 && len(s.on(seeds)) == len(seeds) {
				c.compared = append(c.compared, s)
			}
		}
		if len(c.compared) > 0 {
			c.seeds = seeds
			return
		}
	}
}

// commonestSeeds are those that most settings have, the larger set of two that
// are as common. A setting that never ended counts only by what is planned.
func commonestSeeds(all []option, of func(option) []int) []int {
	var sets [][]int
	var counts []int
	for _, c := range all {
		seeds := of(c)
		if len(seeds) == 0 || len(c.diverged) > 0 {
			continue
		}
		at := slices.IndexFunc(sets, func(known []int) bool { return slices.Equal(known, seeds) })
		if at < 0 {
			at, sets, counts = len(sets), append(sets, seeds), append(counts, 0)
		}
		counts[at]++
	}
	best := -1
	for i := range sets {
		if best < 0 || cmp.Or(cmp.Compare(counts[i], counts[best]), cmp.Compare(len(sets[i]), len(sets[best]))) > 0 {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return sets[best]
}

// done are the seeds that have a loss, ascending.
func (c option) done() []int {
	seeds := make([]int, len(c.Losses))
	for i, l := range c.Losses {
		seeds[i] = l.Seed
	}
	return seeds
}

// on are the losses of some of the seeds.
func (c option) on(seeds []int) statistics.Losses {
	var some statistics.Losses
	for _, l := range c.Losses {
		if slices.Contains(seeds, l.Seed) {
			some = append(some, l)
		}
	}
	return some
}

// recommend chooses among the settings that are compared, of which there is one.
func (c options) recommend() *Recommendation {
	losses := make([]statistics.Losses, len(c.compared))
	for i, s := range c.compared {
		losses[i] = s.on(c.seeds)
	}
	choice := statistics.Choose(losses)
	best := c.compared[choice.Best]
	use := &Recommendation{Setting: best.settings, Shared: best.shared(c.budget), Loss: c.quantity.bounded(choice.Loss), best: best, overSeeds: c.quantity.bounded(choice.OverSeeds)}
	if statistics.RowGroups(losses...) > 0 {
		use.Rows = c.rows
	}
	for _, s := range c.all {
		use.Among = append(use.Among, s.settings)
	}
	if len(c.seeds) < 2 {
		return use
	}
	for i, s := range c.compared {
		if i != choice.Best && !choice.IsWorse(i) {
			use.same = append(use.same, s)
		}
	}
	slices.SortStableFunc(use.same, func(a, b option) int { return cmp.Compare(a.on(c.seeds).Mean(), b.on(c.seeds).Mean()) })
	for _, s := range use.same {
		use.Same = append(use.Same, s.settings)
	}
	return use
}

// shared are the settings that one would ask for and that nothing else names, as
// far as they are used.
func (c option) shared(budget []Setting) []Setting {
	rates := []string{"lr"}
	if p := c.params; p.LRA != p.LR || p.LRB != p.LR {
		rates = []string{"lr_a", "lr_b"}
	}
	var shared []Setting
	for _, name := range slices.Concat([]string{"r", "alpha"}, rates, []string{"steps"}) {
		named := func(s Setting) bool { return s.Axis == name }
		if !c.params.States(name) || name != "lr" && !used(name, c.params) || slices.ContainsFunc(c.settings, named) || slices.ContainsFunc(budget, named) {
			continue
		}
		if v, err := ValueOf(c.params, name); err == nil {
			shared = append(shared, Setting{name, v})
		}
	}
	return shared
}

// at is the option's value of a parameter that varies in its arm.
func (c option) at(axis string) (Value, bool) {
	for _, s := range c.settings {
		if s.Axis == axis {
			return s.Value, true
		}
	}
	return Value{}, false
}

// along are the options of the same arm that differ from one in an axis at most, and
// in the axes named free, ascending in the axis.
func (c options) along(one option, axis string, free ...string) []option {
	var line []option
	for _, s := range c.all {
		if s.arm == one.arm && !slices.ContainsFunc(s.settings, func(x Setting) bool {
			at, _ := one.at(x.Axis)
			return x.Axis != axis && !slices.Contains(free, x.Axis) && x.Axis != Arm && at != x.Value
		}) {
			line = append(line, s)
		}
	}
	slices.SortStableFunc(line, func(a, b option) int {
		x, _ := a.at(axis)
		y, _ := b.at(axis)
		return x.Compare(y)
	})
	return line
}
