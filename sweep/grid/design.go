package grid

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
)

// Warning is a weakness in the design of a sweep, found before anything trains.
type Warning struct {
	Fault  string // what is wrong, and what the sweep cannot show because of it
	Remedy string // what to write in the grid
}

// String puts the warning into one sentence.
func (w Warning) String() string { return w.Fault + "; " + w.Remedy }

// Warnings examines the design of a sweep of several runs: whether settings are
// repeated with several seeds, whether learning rates span a range in which the best
// one may lie, whether parameters move together, so that the effect of each cannot be
// seen, and whether all settings get the same number of seeds and learning rates.
func (p *Plan) Warnings() []Warning {
	if len(p.Runs) < 2 {
		return nil
	}
	params := map[string]*sweep.Params{}
	for i, run := range p.Runs {
		params[run.Key] = &p.Runs[i].Params
	}
	d := design{varied: p.Spec.varied(), parameters: p.Spec.parameters()}
	for _, c := range p.Cells {
		d.cells = append(d.cells, designed{c.Name, c.Arm, params[c.Key]})
	}
	d.bySeed = slices.DeleteFunc(d.settings("seed", sweep.RoleSeed), func(s *setting) bool { return !s.cells[0].seeded() })
	d.byRate = d.settings("lr", sweep.RoleRate|sweep.RoleSeed)
	return slices.Concat(d.replicated(), d.tuned(), d.separable(), d.balanced(), d.undecidable(p.Spec.predictions))
}

// design is the cells of a plan, and the parameters that may differ in them.
type design struct {
	cells      []designed
	parameters []sweep.Parameter
	varied     []sweep.Parameter
	bySeed     []*setting // cells that differ in their seed alone, if another seed is another run
	byRate     []*setting // cells that differ in learning rates and seeds alone
}

type designed struct {
	name, arm string
	params    *sweep.Params
}

// seeded reports whether another seed would give another run.
func (c designed) seeded() bool { return c.params.Seeded() }

// setting is the cells of an arm that are equal except in some parameters.
type setting struct {
	cells  []designed
	values map[any]bool // of the parameter in question
}

// AxisNames returns the names of the parameters that have an axis of several values, in
// file order, and then of those that arms set to different values or compute.
func (s *Spec) AxisNames() []string {
	var names []string
	for _, arm := range s.Arms {
		for _, axis := range arm.Axes {
			if len(axis.Points) > 1 || axis.Conditional {
				names = append(names, axis.names()...)
			}
		}
		for _, r := range arm.rules {
			if d, ok := r.(derivation); ok {
				names = append(names, d.sets())
			}
		}
	}
	for _, q := range s.parameters() {
		fixed := func(a Arm) string { return q.Canonical(q.Value(a.Fixed)) }
		if q.Inherits == "" && slices.ContainsFunc(s.Arms, func(a Arm) bool { return !a.moves(q.Name) && fixed(a) != fixed(s.Arms[0]) }) {
			names = append(names, q.Name)
		}
	}
	return distinct(names)
}

// varied returns the parameters that are on an axis or set by a rule in some arm, or
// fixed at different values in two arms.
func (s *Spec) varied() (varied []sweep.Parameter) {
	for _, q := range s.parameters() {
		first := q.Canonical(q.Value(s.Arms[0].Fixed))
		if slices.ContainsFunc(s.Arms, func(a Arm) bool { return a.moves(q.Name) || q.Canonical(q.Value(a.Fixed)) != first }) {
			varied = append(varied, q)
		}
	}
	return varied
}

// moves reports whether an axis or a rule sets the parameter.
func (a *Arm) moves(name string) bool {
	return slices.ContainsFunc(a.Axes, func(axis Axis) bool { return slices.Contains(axis.names(), name) }) ||
		slices.ContainsFunc(a.rules, func(r rule) bool { return r.sets() == name })
}

// settings groups the cells by arm and by all parameters that have none of some
// roles, and gathers the values of the parameter in question in each group. Adapters of
// which each goes with a seed of its own count as the seed does.
func (d design) settings(question string, but sweep.Role) (settings []*setting) {
	all := sweep.Parameters()
	asked := all[slices.IndexFunc(all, func(q sweep.Parameter) bool { return q.Name == question })]
	encoder := sweep.NewEncoder(slices.DeleteFunc(slices.Clone(d.varied), func(q sweep.Parameter) bool { return q.Has(but) }))
	paired := d.adaptersBySeed()
	of := map[string]*setting{}
	for _, c := range d.cells {
		params := c.params
		if paired[c.arm] && params.Adapter != "" {
			drawn := *params
			drawn.Adapter = ""
			params = &drawn
		}
		id := c.arm + "/" + string(encoder.Text(params))
		s := of[id]
		if s == nil {
			s = &setting{values: map[any]bool{}}
			of[id] = s
			settings = append(settings, s)
		}
		s.cells = append(s.cells, c)
		s.values[asked.Value(*c.params)] = true
	}
	return settings
}

// adaptersBySeed are the arms in which each seed has a starting adapter of its own.
func (d design) adaptersBySeed() map[string]bool {
	arms := map[string]bool{}
	adapters, seeds := map[string]map[string]int{}, map[string]map[int]string{}
	for _, c := range d.cells {
		if adapters[c.arm] == nil {
			adapters[c.arm], seeds[c.arm], arms[c.arm] = map[string]int{}, map[int]string{}, true
		}
		seed, known := adapters[c.arm][c.params.Adapter]
		adapter, had := seeds[c.arm][c.params.Seed]
		arms[c.arm] = arms[c.arm] && (!known || seed == c.params.Seed) && (!had || adapter == c.params.Adapter)
		adapters[c.arm][c.params.Adapter], seeds[c.arm][c.params.Seed] = c.params.Seed, c.params.Adapter
	}
	return arms
}

// inArms returns words for the arms that cells are in, "" for all arms.
func (d design) inArms(cells []designed) string {
	all, some := armsOf(d.cells), armsOf(cells)
	if len(some) == len(all) {
		return ""
	}
	const few = 3
	if len(some) > few {
		return fmt.Sprintf(" in %d arms", len(some))
	}
	return " in arm " + strings.Join(some, ", ")
}

func armsOf(cells []designed) (arms []string) {
	for _, c := range cells {
		if !slices.Contains(arms, c.arm) {
			arms = append(arms, c.arm)
		}
	}
	return arms
}

// replicated warns of arms in which no setting has a second seed, although that would
// be another run.
func (d design) replicated() []Warning {
	repeated := map[string]bool{}
	for _, s := range d.bySeed {
		if len(s.values) > 1 {
			repeated[s.cells[0].arm] = true
		}
	}
	once := slices.DeleteFunc(slices.Clone(d.cells), func(c designed) bool { return repeated[c.arm] || !c.seeded() })
	if len(once) == 0 {
		return nil
	}
	return []Warning{{
		"one seed" + d.inArms(once) + " tells no difference from chance",
		"add the axis seed = [0, 1, 2]",
	}}
}

// leastRates is how many learning rates it takes to find the best one, and leastSpan
// the ratio of the highest to the lowest.
const (
	leastRates = 3
	leastSpan  = 10
)

// tuned warns of settings whose learning rates are too few, or too close, to find the
// best one between them.
func (d design) tuned() []Warning {
	settings := d.byRate
	if len(settings) == 1 && len(settings[0].values) == 1 {
		return nil // nothing but seeds is compared
	}
	var cells, untold []designed
	fewest, low, high := math.MaxInt, math.Inf(1), math.Inf(-1)
	for _, s := range settings {
		if !s.cells[0].params.States("lr") {
			untold = append(untold, s.cells...)
			continue
		}
		first, last := ends(s.values)
		if len(s.values) >= leastRates && last/first > leastSpan*(1-1e-9) {
			continue
		}
		cells = append(cells, s.cells...)
		fewest, low, high = min(fewest, len(s.values)), min(low, first), max(high, last)
	}
	var warnings []Warning
	if len(untold) > 0 {
		warnings = append(warnings, Warning{
			"lr is not set" + d.inArms(untold) + ": no setting can be judged without its best one",
			"give lr an axis, such as lr = { log = [1e-5, 1e-3], points = 5 }, and write {lr} where the command has its value",
		})
	}
	if len(cells) == 0 {
		return warnings
	}
	fault := fmt.Sprintf("lr spans less than a decade%s: the best one may lie outside", d.inArms(cells))
	if fewest < leastRates {
		tries := []string{"", "one value", "two values"}[fewest]
		fault = fmt.Sprintf("lr has %s for a setting%s: none can be judged without its best one", tries, d.inArms(cells))
	}
	center := math.Sqrt(low * high)
	return append(warnings, Warning{fault, fmt.Sprintf("try lr = { log = [%s, %s], points = 5 }",
		sweep.FormatValue(significant(min(low, center/leastSpan), 2)), sweep.FormatValue(significant(max(high, center*leastSpan), 2)))})
}

// ends returns the least and the greatest of numbers.
func ends(numbers map[any]bool) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for v := range numbers {
		low, high = min(low, v.(float64)), max(high, v.(float64))
	}
	return low, high
}

// separable warns of parameters that move together: for each value of one there is one
// value of the other, at least within each arm. Adapters that go with the seed are what
// was trained with other seeds.
func (d design) separable() (warnings []Warning) {
	classes := map[string][]sweep.Parameter{} // by the pattern of their values over the cells
	var patterns []string
	for _, q := range d.varied {
		pattern, varies := d.pattern(q)
		if !varies || q.Inherits != "" && slices.ContainsFunc(classes[pattern], func(p sweep.Parameter) bool { return p.Name == q.Inherits }) {
			continue
		}
		if classes[pattern] == nil {
			patterns = append(patterns, pattern)
		}
		classes[pattern] = append(classes[pattern], q)
	}
	for _, pattern := range patterns {
		together := classes[pattern]
		if slices.Equal(parameterNames(together), []string{"adapter", "seed"}) {
			continue
		}
		if len(together) > 1 {
			warnings = append(warnings, Warning{
				d.together(together) + ": what one does cannot be told from the other",
				"give one an axis of its own in [grid], or an [[arm]] in which it stays",
			})
		}
	}
	return warnings
}

// pattern numbers the values of a parameter over the cells, in the order in which they
// come, so that parameters that move together have equal patterns. Varies reports
// whether the parameter has several values within an arm.
func (d design) pattern(q sweep.Parameter) (pattern string, varies bool) {
	encoder := sweep.NewEncoder([]sweep.Parameter{q})
	number, inArm := map[string]int{}, map[string]int{}
	var text []byte
	for _, c := range d.cells {
		v := string(encoder.Values(c.params))
		if _, known := number[v]; !known {
			number[v] = len(number)
		}
		first, known := inArm[c.arm]
		varies = varies || known && first != number[v]
		inArm[c.arm] = number[v]
		text = append(strconv.AppendInt(text, int64(number[v]), 10), ' ')
	}
	return string(text), varies
}

// together returns words for parameters that move together, and for the ratio of alpha
// to r where it is the same in all cells.
func (d design) together(parameters []sweep.Parameter) string {
	names := parameterNames(parameters)
	text := strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " move together"
	if !slices.Contains(names, "r") || !slices.Contains(names, "alpha") {
		return text
	}
	ratio := func(c designed) float64 { return c.params.Alpha / float64(c.params.R) }
	first := ratio(d.cells[0])
	if slices.ContainsFunc(d.cells, func(c designed) bool { return ratio(c) != first }) {
		return text
	}
	return text + ", alpha/r being " + sweep.FormatValue(first)
}

// balanced warns of settings of which some have more seeds or learning rates than
// others.
func (d design) balanced() (warnings []Warning) {
	for _, chance := range []struct {
		what     string
		settings []*setting
		harm     string
	}{
		{"seeds", d.bySeed, "their means are not equally sure"},
		{"learning rates", d.byRate, "the lowest of more is lower by luck"},
	} {
		if len(chance.settings) == 0 {
			continue
		}
		least, most := chance.settings[0], chance.settings[0]
		for _, s := range chance.settings {
			if len(s.values) < len(least.values) {
				least = s
			}
			if len(s.values) > len(most.values) {
				most = s
			}
		}
		if len(least.values) < len(most.values) {
			warnings = append(warnings, Warning{
				fmt.Sprintf("settings have %d to %d %s, as at %s and %s: %s", len(least.values), len(most.values), chance.what,
					least.cells[0].name, most.cells[0].name, chance.harm),
				"give all that you compare the same number",
			})
		}
	}
	return warnings
}
