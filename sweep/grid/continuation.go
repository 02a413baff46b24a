package grid

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sweep/sweep"
)

// adapterCombinations are the conditions for runs that start from an adapter. A value
// in [fixed] must be the one that the adapter was trained with, or the run would not
// start where the adapter ended. The values on an axis or from a formula may be
// others, except those of r and rank_pattern, which the shapes of the factors fix.
func (a *Arm) adapterCombinations(starts adapters) (all []combination) {
	of := func(name string, check func(p, own sweep.Params, adapter string) error, others ...string) {
		all = append(all, combination{append([]string{name, "adapter"}, others...), func(p sweep.Params) error {
			own, known := starts.settings(p.Adapter)
			if !known {
				return nil
			}
			return check(p, own, starts[p.Adapter].name)
		}})
	}
	of("r", checkRank)
	of("targets", a.checkTargets)
	of("rank_pattern", checkRankPattern)
	if !a.chooses("alpha_pattern") {
		of("alpha_pattern", a.checkAlphaPattern)
	}
	if !a.chooses("alpha") && !a.chooses("scaling") {
		of("alpha", a.checkAlpha, "scaling", "r")
		of("scaling", a.checkScaling, "alpha", "r")
	}
	return all
}

// chooses reports whether the parameter is on an axis of the arm, or computed by a
// formula.
func (a *Arm) chooses(name string) bool {
	_, set := a.keys[name]
	return set && a.moves(name)
}

func checkRank(p, own sweep.Params, adapter string) error {
	if p.R == own.R {
		return nil
	}
	return fmt.Errorf("is %d, but adapter %s has r = %d, and its factors have no other shape; leave r out", p.R, adapter, own.R)
}

func checkRankPattern(p, own sweep.Params, adapter string) error {
	if maps.Equal(p.RankPattern, own.RankPattern) {
		return nil
	}
	return fmt.Errorf("is %s, but adapter %s has rank_pattern = %s, and its factors have no other shapes; leave rank_pattern out",
		tomlText(p.RankPattern), adapter, tomlText(own.RankPattern))
}

func (a *Arm) checkAlphaPattern(p, own sweep.Params, adapter string) error {
	if _, set := a.keys["alpha_pattern"]; !set || maps.Equal(p.AlphaPattern, own.AlphaPattern) {
		return nil
	}
	return fmt.Errorf("is %s, but adapter %s was trained with alpha_pattern = %s; leave alpha_pattern out to go on from it, or make it an axis, [grid] alpha_pattern = [%s], to rescale it on purpose",
		tomlText(p.AlphaPattern), adapter, tomlText(own.AlphaPattern), tomlText(p.AlphaPattern))
}

// checkTargets compares names. Which modules a text or a longer name stands for, the
// model says: the inspection refuses those that the adapter lacks.
func (a *Arm) checkTargets(p, own sweep.Params, adapter string) error {
	has, comparable := strings.Join(own.Targets, ", "), sweep.AreProjections(p.Targets) && sweep.AreProjections(own.Targets)
	lacks := slices.DeleteFunc(slices.Clone(p.Targets), func(name string) bool { return slices.Contains(own.Targets, name) })
	switch {
	case len(lacks) > 0 && comparable:
		return fmt.Errorf("names %s, of which adapter %s has no factors; leave targets out, or choose from those it has: %s", strings.Join(lacks, ", "), adapter, has)
	case len(lacks) == 0 && len(p.Targets) == len(own.Targets) || a.chooses("targets"):
		return nil
	}
	return fmt.Errorf("is %s, but adapter %s was trained on %s; leave targets out to go on from it, or make it an axis, [grid] targets = [%s], to drop the others on purpose",
		tomlText(p.Targets), adapter, tomlText(own.Targets), tomlText(p.Targets))
}

func (a *Arm) checkAlpha(p, own sweep.Params, adapter string) error {
	if _, set := a.keys["alpha"]; !set || p.Alpha == own.Alpha || p.Scale() == own.Scale() {
		return nil
	}
	return fmt.Errorf("is %s, but adapter %s was trained with alpha = %s; leave alpha out to go on from it, or make it an axis, [grid] alpha = [%s], to rescale it on purpose",
		sweep.FormatValue(p.Alpha), adapter, sweep.FormatValue(own.Alpha), sweep.FormatValue(p.Alpha))
}

func (a *Arm) checkScaling(p, own sweep.Params, adapter string) error {
	if _, set := a.keys["scaling"]; !set || p.Scaling == own.Scaling || p.Scale() == own.Scale() {
		return nil
	}
	return fmt.Errorf("is %q, but adapter %s was trained with scaling = %q; leave scaling out to go on from it, or make it an axis, [grid] scaling = [%q], to rescale it on purpose",
		p.Scaling, adapter, own.Scaling, p.Scaling)
}

// adapterUse counts the cells that start from an adapter, and among them those that do
// not start where it ended.
type adapterUse struct {
	*startingAdapter
	cells, rescaled, patterned, cut, dropout int

	adopts map[string]bool // parameters that the grid does not set, and the adapter does
}

// adapterUses are the adapters that a plan's cells start from.
type adapterUses struct {
	spec  *Spec
	order []*adapterUse
}

// count counts one more cell.
func (c *adapterUses) count(run sweep.Run) {
	own, known := c.spec.adapters.settings(run.Params.Adapter)
	if !known {
		return
	}
	at := c.spec.adapters[run.Params.Adapter]
	i := slices.IndexFunc(c.order, func(n *adapterUse) bool { return n.startingAdapter == at })
	if i < 0 {
		i = len(c.order)
		c.order = append(c.order, &adapterUse{startingAdapter: at, adopts: c.spec.adopts(run.Arm)})
	}
	n := c.order[i]
	n.cells++
	if run.Params.Scale() != own.Scale() {
		n.rescaled++
	}
	if !maps.Equal(run.Params.AlphaPattern, own.AlphaPattern) {
		n.patterned++
	}
	if sweep.AreProjections(own.Targets) && sweep.AreProjections(run.Params.Targets) && len(run.Params.Targets) < len(own.Targets) {
		n.cut++
	}
	if run.Params.Dropout != own.Dropout {
		n.dropout++
	}
}

// adopts returns the parameters that an adapter has values of and the arm does not set.
func (s *Spec) adopts(arm string) map[string]bool {
	names := map[string]bool{}
	for _, a := range s.Arms {
		for _, q := range sweep.ParametersWith(sweep.RoleAdopted) {
			if _, set := a.keys[q.Name]; a.Name == arm && !set {
				names[q.Name] = true
			}
		}
	}
	return names
}

// notes says which settings cells have from their adapter, and how many cells do not
// start where it ended.
func (c *adapterUses) notes() (notes []string) {
	for _, n := range c.order {
		var has []string
		for _, q := range sweep.Parameters() {
			if v := q.Value(n.own); n.adopts[q.Name] && !isEmptyTable(v) {
				has = append(has, q.Name+" = "+tomlText(v))
			}
		}
		if len(has) > 0 {
			notes = append(notes, fmt.Sprintf("from adapter %s: %s", n.name, strings.Join(has, ", ")))
		}
		for _, part := range []struct {
			cells int
			what  string
		}{
			{n.rescaled, fmt.Sprintf("alpha or scaling is not the adapter's (alpha = %s, scaling = %q), so that they do not start where it ended", sweep.FormatValue(n.own.Alpha), n.own.Scaling)},
			{n.patterned, fmt.Sprintf("alpha_pattern is not the adapter's (%s), so that they do not start where it ended", tomlText(n.own.AlphaPattern))},
			{n.cut, fmt.Sprintf("targets leave out some of the adapter's (%s), so that they do not start where it ended", strings.Join(n.own.Targets, ", "))},
			{n.dropout, fmt.Sprintf("dropout is not the adapter's (%s)", sweep.FormatValue(n.own.Dropout))},
		} {
			if part.cells > 0 {
				notes = append(notes, fmt.Sprintf("in %d of %d cells that start from %s %s", part.cells, n.cells, n.name, part.what))
			}
		}
	}
	return notes
}

func isEmptyTable(v any) bool {
	table, ok := v.(map[string]float64)
	return ok && len(table) == 0
}
