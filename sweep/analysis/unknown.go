package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
)

// unknown lists what may change the recommendation, what matters most first.
func (c options) unknown(use *Recommendation, m Margins) []Unknown {
	var all []Unknown
	all = append(all, c.untrained()...)
	if use == nil {
		return append(all, c.nothing()...)
	}
	all = append(all, c.rates(use, m)...)
	all = append(all, c.edges(use)...)
	all = append(all, c.lacking(use)...)
	return append(all, c.noise(use, m)...)
}

func about(kind Kind, t Trial, format string, args ...any) []Unknown {
	return []Unknown{{Reason{kind, fmt.Sprintf(format, args...)}, t}}
}

// untrained says which runs are missing.
func (c options) untrained() []Unknown {
	runs := Runs(c.results)
	t := Count(runs, Judge(runs))
	if t.Left() == 0 {
		return nil
	}
	trial := Trial{Runs: t.Left(), Seconds: float64(t.Left()) * c.seconds}
	return about(Unfinished, trial, "%d of %s not trained to the end (%s)", t.Left(), counted(t.Total(), "run")+verb(t.Total()), t.Missed())
}

func verb(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

// nothing says why there is nothing to recommend, and what may be tried.
func (c options) nothing() []Unknown {
	t := Count(Runs(c.results), Judge(c.results))
	if t.Diverged == 0 {
		return nil
	}
	calm := slices.MaxFunc(c.all, func(a, b option) int { return b.calmer(a) })
	lower := Addition{"lr", []string{short(calm.params.LR / 100), short(calm.params.LR / 10)}}
	return about(Diverging, c.trial(calm, calm.planned[:1], lower), "whether a lower lr trains without diverging")
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

// wide is the ratio of neighbouring learning rates beyond which they may hide
// a better one, whatever the losses.
const wide = 2.5

// rates says what is not known of the learning rate of the recommended setting.
func (c options) rates(use *Recommendation, m Margins) []Unknown {
	line := c.along(use.best, "lr")
	at := use.best.params.LR
	if len(line) < 2 && c.otherRates() {
		return nil
	}
	if len(line) < 2 {
		around := Addition{"lr", []string{short(at / 3), short(at * 3)}}
		return about(NotVaried, c.trial(use.best, c.seeds, around), "the only lr tried at this setting is %s: with another one this or another setting may do better", short(at))
	}
	place := slices.IndexFunc(line, func(s option) bool { return s.params.LR == at })
	var all []Unknown
	for _, side := range []int{-1, 1} {
		all = append(all, c.beside(use, line, place, side)...)
	}
	if len(all) > 0 {
		return all
	}
	gap := max(at/line[place-1].params.LR, line[place+1].params.LR/at)
	steep := min(line[place-1].on(c.seeds).Mean(), line[place+1].on(c.seeds).Mean())/use.best.on(c.seeds).Mean() > 1+m.Same
	if gap > wide && steep {
		between := Addition{"lr", []string{short(math.Sqrt(at * line[place-1].params.LR)), short(math.Sqrt(at * line[place+1].params.LR))}}
		return about(Coarse, c.trial(use.best, c.seeds, between),
			"the lr tried are a factor of %s apart, and the loss is more than %g %% higher at both neighbours: a better lr may lie between", short(gap), 100*m.Same)
	}
	return nil
}

// otherRates reports whether a learning rate other than lr varies.
func (c options) otherRates() bool {
	return slices.ContainsFunc(Axes(c.results), func(a Axis) bool {
		q, err := sweep.LookupParameter(a.Name)
		return err == nil && a.Name != "lr" && q.Has(sweep.RoleRate)
	})
}

// beside says what is not known on one side of the best lr.
func (c options) beside(use *Recommendation, line []option, place, side int) []Unknown {
	at, next := use.best.params.LR, place+side
	if next < 0 || next >= len(line) {
		ratio := max(line[len(line)-1].params.LR/line[len(line)-2].params.LR, line[1].params.LR/line[0].params.LR)
		values := []string{short(at * math.Pow(ratio, float64(side))), short(at * math.Pow(ratio, float64(2*side)))}
		return about(OnEdge, c.trial(use.best, c.seeds, Addition{"lr", values}), "its lr, %s, is the %s tried at this setting: a better one may lie beyond", short(at), end(side))
	}
	neighbour := line[next]
	middle := Addition{"lr", []string{short(math.Sqrt(at * neighbour.params.LR))}}
	switch {
	case len(neighbour.diverged) > 0:
		return about(Diverging, c.trial(use.best, c.seeds, middle), "beside its lr, at %s, %d of %s diverged: a better one may lie between, and this one may be near the brink",
			short(neighbour.params.LR), len(neighbour.diverged), counted(len(neighbour.planned), "run"))
	case len(neighbour.on(c.seeds)) < len(c.seeds):
		missing := slices.DeleteFunc(slices.Clone(c.seeds), func(seed int) bool { return slices.Contains(neighbour.done(), seed) })
		return about(Unfinished, c.trial(neighbour, missing), "beside its lr, %s was not trained for all seeds", short(neighbour.params.LR))
	}
	return nil
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
func (c options) noise(use *Recommendation, m Margins) []Unknown {
	if why := seedUnused(use.best.params); why != "" {
		return about(OneSeed, Trial{}, "no seed changes these runs (%s), so that nothing tells chance from merit", why)
	}
	more := c.trial(use.best, c.newSeeds(), Addition{"lr", c.contending(use, m)})
	switch width := (use.Loss.High - use.Loss.Low) / 2 / use.Loss.Value; {
	case len(c.seeds) < 2 && len(c.compared) < 2:
		return about(OneSeed, more, "one seed gives no interval")
	case len(c.seeds) < 2:
		return about(OneSeed, more, "one seed gives no interval, and cannot tell a better setting from a luckier one")
	case width > m.Same && len(use.same) > 0:
		return about(Inseparable, more, "%s leave its loss uncertain by %.0f %%: others may do better", counted(len(c.seeds), "seed"), 100*width)
	}
	return nil
}

// newSeeds are those that make three or, of three or more, twice as many.
func (c options) newSeeds() []int {
	want := max(3, 2*len(c.seeds)) - len(c.seeds)
	var seeds []int
	for seed := 0; len(seeds) < want; seed++ {
		if !slices.ContainsFunc(c.all, func(s option) bool { return slices.Contains(s.planned, seed) }) {
			seeds = append(seeds, seed)
		}
	}
	return seeds
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
