package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// unknown lists what may change the recommendation, what matters most first.
func (c options) unknown(use *Recommendation, m Margins) []Unknown {
	var all []Unknown
	all = append(all, c.untrained()...)
	if use == nil {
		return append(all, c.nothing(m)...)
	}
	if same := c.same(); same != nil {
		return append(all, same...)
	}
	valley, proposals := c.tuning(use.best, m)
	all = append(all, c.rates(use, valley, proposals, m)...)
	all = append(all, c.edges(use)...)
	all = append(all, c.lacking(use)...)
	return append(all, c.noise(use, proposals, m)...)
}

// same says that the settings compared do not differ at all, if so.
func (c options) same() []Unknown {
	var losses []statistics.Losses
	for _, s := range c.compared {
		losses = append(losses, s.on(c.seeds))
	}
	if !oneLoss(losses) {
		return nil
	}
	return about(Inseparable, Trial{}, "every run has the %s %.3g, which so tells no setting from another", c.quantity, losses[0][0].Loss)
}

func about(kind Kind, t Trial, format string, args ...any) []Unknown {
	return []Unknown{{Reason{kind, fmt.Sprintf(format, args...)}, t, unsure}}
}

// untrained says which runs are missing.
func (c options) untrained() []Unknown {
	runs := Runs(c.results)
	t := Count(runs, Judge(runs))
	if t.Left() == 0 {
		return nil
	}
	trial := Trial{Runs: t.Left()}
	for _, r := range runs {
		if !r.State.Final() {
			trial.Seconds += c.pace(r.Params)
		}
	}
	return about(Unfinished, trial, "%d of %s not trained to the end (%s)", t.Left(), counted(t.Total(), "run")+verb(t.Total()), t.Missed())
}

func verb(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

// nothing says why there is nothing to recommend, and what may be tried.
func (c options) nothing(m Margins) []Unknown {
	t := Count(Runs(c.results), Judge(c.results))
	if t.Diverged == 0 {
		return nil
	}
	calm := slices.MaxFunc(c.all, func(a, b option) int { return b.calmer(a) })
	_, proposals := c.tuning(calm, m)
	return c.proposed(calm, proposals)
}

// calmer orders options by how many of their runs diverged, then by lr.
func (c option) calmer(than option) int {
	if n := len(c.diverged) - len(than.diverged); n != 0 {
		return n
	}
	switch {
	case c.params.LR < than.params.LR:
		return -1
	case c.params.LR > than.params.LR:
		return 1
	}
	return 0
}

// rates says what is not known of the learning rate of the recommended setting: what
// Propose has of it, as far as it may change the recommendation.
func (c options) rates(use *Recommendation, valley LossByLR, proposals []Proposal, m Margins) []Unknown {
	line := c.along(use.best, "lr")
	at := use.best.params.LR
	if len(line) < 2 && c.otherRates() {
		return nil
	}
	if !use.best.params.States("lr") {
		return about(NotVaried, Trial{}, "the lr of these runs is not known, as their grid does not set it: with another one this or another setting may do better")
	}
	if len(line) < 2 {
		around := Addition{"lr", []string{short(at / 3), short(at * 3)}}
		return about(NotVaried, c.trial(use.best, c.seeds, around), "the only lr tried at this setting is %s: with another one this or another setting may do better", short(at))
	}
	if lacking := c.lackingBeside(line, at); len(lacking) > 0 {
		return lacking
	}
	return c.proposed(use.best, slices.DeleteFunc(slices.Clone(proposals), func(p Proposal) bool {
		switch p.Kind {
		case OneSeed, Inseparable:
			return true // noise says what seeds tell of the choice
		case Coarse:
			gap, steep := valley.hides(m)
			return gap <= farApart || !steep
		}
		return false
	}))
}

// tuning is how the loss goes with lr at an option's setting, and what Propose has of
// that lr.
func (c options) tuning(of option, m Margins) (LossByLR, []Proposal) {
	alike := slices.DeleteFunc(slices.Clone(c.results), func(r sweep.Result) bool {
		return r.Arm != of.arm || slices.ContainsFunc(of.settings, func(s Setting) bool {
			v, err := ValueOf(r.Params, s.Axis)
			return err == nil && s.Axis != "lr" && v != s.Value
		})
	})
	valley := alongLR(alike, c.quantity)
	return valley, valley.proposals(alike, m)
}

// proposed is what proposals for an option's setting say is not known.
func (c options) proposed(of option, all []Proposal) []Unknown {
	var unknown []Unknown
	for _, p := range all {
		var rates []string
		for _, lr := range p.LR {
			rates = append(rates, sweep.FormatValue(lr))
		}
		unknown = append(unknown, Unknown{p.Reason, c.trial(of, p.Seeds, Addition{"lr", rates}), p.order})
	}
	return unknown
}

// otherRates reports whether a learning rate other than lr varies.
func (c options) otherRates() bool {
	return slices.ContainsFunc(Axes(c.results), func(a Axis) bool {
		q, err := sweep.LookupParameter(a.Name)
		return err == nil && a.Name != "lr" && q.Has(sweep.RoleRate)
	})
}

// lackingBeside says which lr beside the recommended one lack some of its seeds.
func (c options) lackingBeside(line []option, at float64) []Unknown {
	place := slices.IndexFunc(line, func(s option) bool { return s.params.LR == at })
	var all []Unknown
	for _, next := range []int{place - 1, place + 1} {
		if next < 0 || next >= len(line) {
			continue
		}
		s := line[next]
		missing := slices.DeleteFunc(slices.Clone(c.seeds), func(seed int) bool { return slices.Contains(s.done(), seed) || slices.Contains(s.diverged, seed) })
		if len(missing) > 0 {
			all = append(all, about(Unfinished, c.trial(s, missing), "beside its lr, %s was not trained for all seeds", short(s.params.LR))...)
		}
	}
	return all
}

func end(side int) string {
	if side < 0 {
		return "lowest"
	}
	return "highest"
}

// edges says where the recommended value of another axis is the lowest or the
// highest tried, and no other does as well.
func (c options) edges(use *Recommendation) []Unknown {
	var all []Unknown
	for _, s := range use.best.settings {
		q, err := sweep.LookupParameter(s.Axis)
		if err != nil || !s.Value.Numeric || q.Name == "lr" {
			continue
		}
		var values []Value
		for _, other := range c.along(use.best, s.Axis, "lr") {
			if v, ok := other.at(s.Axis); ok && v.Numeric && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		all = append(all, c.edge(use, q, values)...)
	}
	return all
}

func (c options) edge(use *Recommendation, q sweep.Parameter, values []Value) []Unknown {
	last := len(values) - 1
	at, _ := use.best.at(q.Name)
	side, inner := 1, 0
	switch {
	case last < 1:
		return nil
	case at == values[0]:
		side, inner = -1, 1
	case at == values[last]:
		inner = last - 1
	default:
		return nil
	}
	elsewhere := func(s option) bool {
		v, ok := s.at(q.Name)
		return ok && v != at
	}
	further, ok := beyondAxis(q, at.Number, values[inner].Number)
	if !ok || slices.ContainsFunc(use.same, elsewhere) || len(c.seeds) < 2 {
		return nil
	}
	addition := Addition{q.Name, []string{short(further)}}
	return about(OnEdge, c.trial(use.best, c.seeds, addition, Addition{"lr", c.near(use)}),
		"the %s %s tried, %s, is clearly better than any other: one beyond may do better still", end(side), q.Name, at)
}

// beyondAxis is the value past the end of an axis, at the spacing there; ok is false
// where the parameter cannot have it.
func beyondAxis(q sweep.Parameter, at, inner float64) (further float64, ok bool) {
	further = 2*at - inner
	if at > 0 && inner > 0 {
		further = at * at / inner
	}
	if q.Kind == sweep.KindInteger {
		further = math.Round(further)
	}
	return further, further != at && q.Within(further)
}

// near are the lr beside the recommended one, and itself: where another setting
// may have its best.
func (c options) near(use *Recommendation) []string {
	line := c.along(use.best, "lr")
	place := slices.IndexFunc(line, func(s option) bool { return s.params.LR == use.best.params.LR })
	var values []string
	for i := max(place-1, 0); i <= min(place+1, len(line)-1); i++ {
		values = append(values, sweep.FormatValue(line[i].params.LR))
	}
	return values
}

// lacking says which settings were not compared, as they lack seeds, though they
// have a lower mean than the one recommended.
func (c options) lacking(use *Recommendation) []Unknown {
	best := -1
	count := 0
	for i, s := range c.all {
		if len(s.Losses) == 0 || len(s.diverged) > 0 || len(s.on(c.seeds)) == len(c.seeds) || !(s.Mean() < use.best.on(s.done()).Mean()) {
			continue
		}
		count++
		if best < 0 || s.Mean() < c.all[best].Mean() {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	s := c.all[best]
	missing := slices.DeleteFunc(slices.Clone(c.seeds), func(seed int) bool { return slices.Contains(s.done(), seed) })
	return about(TooFew, c.trial(s, missing), "%s with fewer seeds %s not compared, and lower so far: %s first", counted(count, "setting"), was(count), join(s.settings))
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func join(all []Setting) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = s.String()
	}
	return strings.Join(words, ", ")
}

// noise says how little the seeds tell.
func (c options) noise(use *Recommendation, proposals []Proposal, m Margins) []Unknown {
	if why := seedUnused(use.best.params); why != "" {
		return about(OneSeed, Trial{}, "no seed changes these runs (%s), so that nothing tells chance from merit", why)
	}
	more := c.moreSeeds(use, proposals, m)
	// What other rows would add no seed tells, and is much the same for all settings.
	switch width := (use.overSeeds.High - use.overSeeds.Low) / 2 / use.overSeeds.Value; {
	case len(c.seeds) < 2 && len(c.compared) < 2:
		return about(OneSeed, more, "one seed gives no interval")
	case len(c.seeds) < 2:
		return about(OneSeed, more, "one seed gives no interval, and cannot tell a better setting from a luckier one")
	case width > m.Same && len(use.same) > 0:
		return about(Inseparable, more, "%s leave its loss uncertain by %.0f %%: others may do better", counted(len(c.seeds), "seed"), 100*width)
	}
	return nil
}

// moreSeeds are the runs that tell by seeds what Propose would tell by them or, where
// it needs none for the best lr, of the lr that do as well.
func (c options) moreSeeds(use *Recommendation, proposals []Proposal, m Margins) Trial {
	for _, p := range proposals {
		if p.Kind == OneSeed || p.Kind == Inseparable {
			return c.proposed(use.best, []Proposal{p})[0].Trial
		}
	}
	return c.trial(use.best, moreSeeds(use.best.planned), Addition{"lr", c.contending(use, m)})
}

// contending are the lr, at the recommended setting, whose losses lie within the
// margin of the lowest.
func (c options) contending(use *Recommendation, m Margins) []string {
	var values []string
	limit := use.best.on(c.seeds).Mean() * (1 + m.Same)
	for _, s := range c.along(use.best, "lr") {
		if len(s.diverged) == 0 && s.on(c.seeds).Mean() <= limit {
			values = append(values, sweep.FormatValue(s.params.LR))
		}
	}
	return values
}
