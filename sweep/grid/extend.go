package grid

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
)

// An Extension is cells to add to an arm of a grid: those of one setting at some
// lr and seeds.
type Extension struct {
	Arm   string
	Like  sweep.Params // a cell of the setting, but for lr and seed
	LR    []float64
	Seeds []int
	Why   string // for people, in lines
}

// Drops reports whether an [[exclude]] or a [[require]] drops a cell of an arm that
// has such parameters.
func (s *Spec) Drops(arm string, p sweep.Params) bool {
	for _, a := range s.Arms {
		if a.Name != arm {
			continue
		}
		for _, r := range a.rules {
			c := cell{params: p}
			if x, ok := r.(exclusion); ok && (x.apply(&c) != nil || c.dropped) {
				return true
			}
		}
	}
	return false
}

// Extend writes a grid of the same name that includes this one, from the path given and
// with the settings that it was parsed with, and adds the extensions to its arms: it restates the axes with more values, and
// excludes what nobody asked for. It fails for an arm that has lr or seed elsewhere
// than in [grid] or [fixed], or whose cells differ in a path.
func (s *Spec) Extend(include string, settings []string, all []Extension) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "name     = %s\n", tomlText(s.Name))
	if s.Question != "" {
		fmt.Fprintf(&b, "question = %s\n", tomlText(s.Question))
	}
	fmt.Fprintf(&b, "include  = %s\n", inclusion{include, settings})
	for i := range s.Arms {
		arm := &s.Arms[i]
		own := slices.DeleteFunc(slices.Clone(all), func(x Extension) bool { return x.Arm != arm.Name })
		if len(own) == 0 {
			continue
		}
		if err := arm.extend(&b, own); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// Extensible says why an arm cannot be extended, with nil if it can.
func (a *Arm) Extensible() error {
	for _, axis := range a.Axes {
		for _, q := range axis.Parameters {
			moved := axis.Conditional || len(axis.Parameters) > 1
			if (q.Name == "lr" || q.Name == "seed") && moved {
				return fmt.Errorf("%s moves with others; it can only be extended in [grid]", q.Name)
			}
			if q.Kind == sweep.KindPath && len(axis.Points) > 1 && a.Fixed.Command == nil {
				return fmt.Errorf("%s is an axis, by which no condition tells cells apart", q.Name)
			}
			if axis.Conditional && q.IsCustom() && q.Value(a.Fixed) == nil {
				return fmt.Errorf("%s has no value in some cells, which no condition tells from the others; give it one in [fixed]", q.Name)
			}
		}
	}
	for _, name := range []string{"lr", "seed"} {
		for _, r := range a.rules {
			if _, derived := r.(derivation); derived && r.sets() == name {
				return fmt.Errorf("%s is derived; it can only be extended in [grid]", name)
			}
		}
	}
	return nil
}

// extend writes the arm's section.
func (a *Arm) extend(b *strings.Builder, own []Extension) error {
	if err := a.Extensible(); err != nil {
		return fmt.Errorf("extend arm %q: %w", a.Name, err)
	}
	prefix := ""
	if a.Name != "" {
		fmt.Fprintf(b, "\n[[arm]]\nname = %s\n", tomlText(a.Name))
		prefix = "arm."
	}
	b.WriteString("\n")
	for _, x := range own {
		for line := range strings.Lines(x.Why) {
			b.WriteString("# " + strings.TrimRight(line, "\n") + "\n")
		}
	}
	rates, seeds := map[string][]Extension{}, map[string][]Extension{}
	var newRates, newSeeds []any
	hasRate, hasSeed := a.values("lr"), a.values("seed")
	for _, x := range own {
		for _, lr := range x.LR {
			newRates = note(rates, newRates, hasRate, lr, x)
		}
		for _, seed := range x.Seeds {
			newSeeds = note(seeds, newSeeds, hasSeed, seed, x)
		}
	}
	if !a.tells("lr") && len(newRates) > 0 {
		return fmt.Errorf("extend arm %q: its grid does not set lr, so that no lr can be added", a.Name)
	}
	fmt.Fprintf(b, "[%sgrid]\n", prefix)
	a.restate(b, map[string][]any{"lr": newRates, "seed": newSeeds})
	cells := a.settings()
	a.excludeRates(b, prefix, newRates, rates, cells)
	for setting, asked := range a.asked(own) {
		for lr := range asked {
			cells.add(setting, lr)
		}
	}
	a.excludeSeeds(b, prefix, newSeeds, seeds, cells)
	return nil
}

// note files an extension under a value that is new to its axis.
func note(by map[string][]Extension, added, has []any, v any, x Extension) []any {
	if slices.Contains(has, v) {
		return added
	}
	id := sweep.FormatValue(v)
	by[id] = append(by[id], x)
	if !slices.Contains(added, v) {
		added = append(added, v)
	}
	return added
}

// values are those that a parameter has in the arm.
func (a *Arm) values(name string) []any {
	for _, axis := range a.Axes {
		if axis.Parameters[0].Name == name {
			var all []any
			for _, point := range axis.Points {
				all = append(all, point[0])
			}
			return all
		}
	}
	q, err := sweep.LookupParameter(name)
	if err != nil {
		return nil
	}
	return []any{q.Value(a.Fixed)}
}

// restate writes the axes from the first that gets more values on, so that cells
// keep their names, and adds those that were no axes yet.
func (a *Arm) restate(b *strings.Builder, added map[string][]any) {
	begun := false
	for _, axis := range a.Axes {
		name := axis.Parameters[0].Name
		begun = begun || len(added[name]) > 0
		if begun && len(axis.Parameters) == 1 && !axis.Conditional {
			fmt.Fprintf(b, "%-5s = %s\n", tomlKey(name), listText(append(a.values(name), added[name]...)))
			delete(added, name)
		}
	}
	for _, name := range []string{"lr", "seed"} {
		if len(added[name]) > 0 {
			fmt.Fprintf(b, "%-5s = %s\n", name, listText(append(a.values(name), added[name]...)))
		}
	}
}

// listText writes an axis, numbers that are not whole ascending.
func listText(values []any) string {
	if slices.ContainsFunc(values, func(v any) bool { _, number := v.(float64); return !number }) {
		return tomlText(values)
	}
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, func(x, y any) int { return cmp.Compare(x.(float64), y.(float64)) })
	return tomlText(sorted)
}

// byRate is what is known of the settings of an arm and of the lr at each: a setting
// is the condition that tells it from the others.
type byRate map[string]map[float64]bool

func (s byRate) add(setting string, lr float64) {
	if s[setting] == nil {
		s[setting] = map[float64]bool{}
	}
	s[setting][lr] = true
}

// settings are those that the arm has.
func (a *Arm) settings() byRate {
	all := byRate{}
	for i := range int(a.size()) {
		if c, _, err := a.cell(i); err == nil && !c.dropped {
			all.add(a.condition(c.params), c.params.LR)
		}
	}
	return all
}

// asked are the settings of extensions.
func (a *Arm) asked(own []Extension) byRate {
	all := byRate{}
	for _, x := range own {
		for _, lr := range x.LR {
			all.add(a.condition(x.Like), lr)
		}
	}
	return all
}

// excludeRates writes an [[exclude]] for new lr that not every setting asks for, one
// for all lr that the same settings do.
func (a *Arm) excludeRates(b *strings.Builder, prefix string, added []any, asked map[string][]Extension, cells byRate) {
	together := map[string][]any{}
	for _, lr := range added {
		settings := slices.Sorted(maps.Keys(a.asked(asked[sweep.FormatValue(lr)])))
		if len(settings) < len(cells) {
			id := strings.Join(settings, " or ")
			together[id] = append(together[id], lr)
		}
	}
	for _, settings := range slices.Sorted(maps.Keys(together)) {
		writeExclusion(b, prefix, among("lr", together[settings])+" and not ("+settings+")")
	}
}

// excludeSeeds writes an [[exclude]] for the cells that get no new seed, one for those
// that share their lr. It names them, so that lr which are added later may have
// these seeds.
func (a *Arm) excludeSeeds(b *strings.Builder, prefix string, added []any, asked map[string][]Extension, cells byRate) {
	together := map[string][]any{} // seeds, by what is asked for
	for _, seed := range added {
		var id []string
		for _, x := range asked[sweep.FormatValue(seed)] {
			id = append(id, a.condition(x.Like)+fmt.Sprint(x.LR))
		}
		together[strings.Join(id, "\n")] = append(together[strings.Join(id, "\n")], seed)
	}
	for _, id := range slices.Sorted(maps.Keys(together)) {
		seeds := together[id]
		wanted := a.asked(asked[sweep.FormatValue(seeds[0])])
		without := map[string][]string{} // settings, by the lr at which they get no seed
		for _, setting := range slices.Sorted(maps.Keys(cells)) {
			var rates []any
			for _, lr := range slices.Sorted(maps.Keys(cells[setting])) {
				if !wanted[setting][lr] {
					rates = append(rates, lr)
				}
			}
			if len(rates) > 0 {
				at := " and " + among("lr", rates)
				if !a.tells("lr") {
					at = "" // of which no condition holds
				}
				without[at] = append(without[at], setting)
			}
		}
		for _, rates := range slices.Sorted(maps.Keys(without)) {
			condition := among("seed", seeds) + rates
			if len(without[rates]) < len(cells) {
				condition += " and (" + strings.Join(without[rates], " or ") + ")"
			}
			writeExclusion(b, prefix, condition)
		}
	}
}

func writeExclusion(b *strings.Builder, prefix, condition string) {
	fmt.Fprintf(b, "\n[[%sexclude]]\nwhere = %s\n", prefix, tomlText(condition))
}

// among is the condition that a parameter has one of some values.
func among(name string, values []any) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, sweep.FormatValue(v))
	}
	if len(texts) == 1 {
		return name + " = " + texts[0]
	}
	return name + " in [" + strings.Join(texts, ", ") + "]"
}

// conditionText writes a text as conditions have it.
func conditionText(text string) string {
	if strings.ContainsAny(text, `'\`) {
		return strconv.Quote(text)
	}
	return "'" + text + "'"
}

// tells reports whether runs of the arm know a parameter: those of a command only where the
// arm sets it.
func (a *Arm) tells(name string) bool {
	_, set := a.keys[name]
	return set || a.Fixed.Command == nil
}

// condition tells a setting from the others of the arm, but for lr and seed; "" if
// there is one setting only.
func (a *Arm) condition(p sweep.Params) string {
	var parts []string
	for _, axis := range a.Axes {
		if len(axis.Points) < 2 && !axis.Conditional {
			continue
		}
		for _, q := range axis.Parameters {
			if q.Name == "lr" || q.Name == "seed" {
				continue
			}
			text := sweep.FormatValue(q.Value(p))
			if !q.IsNumeric() && q.Kind != sweep.KindFlag {
				text = conditionText(text)
			}
			parts = append(parts, q.Name+" = "+text)
		}
	}
	return strings.Join(parts, " and ")
}
