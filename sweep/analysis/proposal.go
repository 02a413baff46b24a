package analysis

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// Wide is the ratio of the ends of a best lr's interval above which it is worth
// runs to narrow it.
const Wide = 2.0

// A Proposal is runs that would tell more of the best lr of one setting: those at
// every one of some lr and seeds.
type Proposal struct {
	Reason  // what is not known
	Arm     string
	Like    sweep.Params // a run of the setting, but for lr and seed
	LR      []float64
	Seeds   []int
	Seconds float64 // that they take, one after the other
	Gain    float64 // by how much log of the interval's ratio is expected to shrink; +Inf where there is none yet

	order int
}

// What is proposed first.
const (
	unbounded = iota // the best lr is not enclosed: nothing is known of what lies beyond
	unsure           // it has no interval
	tooWide          // its interval is too wide
)

// Propose lists the runs that would tell more of the best lr of each setting in each
// arm, those that would decide most first: an edge before all, then a best lr
// without interval, then by how much an interval is expected to shrink for a
// second of training. As far as an interval is wider than the distance between the
// neighbours of the best lr it falls as 1/sqrt(seeds); as far as it is not, the
// distance decides, which two lr between halve. Settings with runs that are still to be
// trained beside the best are left to these. What the answers from the same results would
// try by other lr or seeds is always among them. It fails where no run has finished.
func Propose(results []sweep.Result, answers []Answer, m Margins) ([]Proposal, error) {
	quantity, _, err := admit(results, "lr")
	if err != nil {
		return nil, err
	}
	pace := Pace(results)
	var all []Proposal
	for _, arm := range arms(results) {
		rest := slices.DeleteFunc(without(Axes(arm.results), "lr"), func(name string) bool { return name == Seed })
		for _, g := range groupBy(arm.results, rest) {
			for _, p := range alongLR(g.results, quantity).proposals(g.results, m) {
				p.Arm, p.Like = g.results[0].Arm, first(g.results).Params
				p.Detail = quantity.Worded(p.Detail)
				p.Seconds = float64(len(p.LR)*len(p.Seeds)) * pace(p.Like)
				all = append(all, p)
			}
		}
	}
	for _, a := range answers {
		for _, u := range a.Unknown {
			if p, ok := u.Proposal(); ok && !slices.ContainsFunc(all, p.sameRuns) {
				all = append(all, p)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Proposal) int {
		if n := cmp.Compare(a.order, b.order); n != 0 || a.order != tooWide {
			return cmp.Or(n, cmp.Compare(a.Seconds, b.Seconds))
		}
		return cmp.Compare(b.Gain/b.Seconds, a.Gain/a.Seconds)
	})
	return all, nil
}

// alongLR is the loss of some results by lr.
func alongLR(results []sweep.Result, q Quantity) LossByLR {
	return Comparison{By: "lr", Over: "lr", Quantity: q}.slice(nil, results).ByLR[0]
}

// sameRuns reports whether another proposal asks for the same runs.
func (p Proposal) sameRuns(other Proposal) bool {
	return p.Arm == other.Arm && slices.Equal(p.LR, other.LR) && slices.Equal(p.Seeds, other.Seeds) &&
		reflect.DeepEqual(withoutLR(p.Like), withoutLR(other.Like))
}

// withoutLR leaves out what a proposal varies.
func withoutLR(p sweep.Params) sweep.Params {
	for _, rate := range []*float64{&p.LRA, &p.LRB} {
		if *rate == p.LR {
			*rate = 0
		}
	}
	p.LR, p.Seed = 0, 0
	return p
}

// proposals are those for one valley of results, what matters most first.
func (v LossByLR) proposals(results []sweep.Result, m Margins) []Proposal {
	var seeds []int
	for _, value := range distinct(results, Seed) {
		seeds = append(seeds, int(value.Number))
	}
	at := func(kind Kind, values []string, why string, args ...any) Proposal {
		return Proposal{Reason: Reason{kind, fmt.Sprintf(why, args...)}, LR: numbers(values), Seeds: seeds, Gain: math.Inf(1), order: unbounded}
	}
	best := short(v.Best.At)
	switch {
	case len(v.Cells) < 2, v.flat(), v.Best.Bound() && v.missingBeside() != "":
		return nil
	case v.Best.Place == statistics.NoOptimum && v.ended():
		return []Proposal{at(Diverging, below(v), "no lr has all its seeds done: lower ones may")}
	case v.Best.Bound():
		return []Proposal{at(OnEdge, beyond(v), "its lr, %s, is the %s tried at this setting: a better one may lie beyond", best, extreme(v.Best.Place))}
	case v.Best.Place == statistics.AtDivergence:
		all := []Proposal{at(Diverging, between(v), "beside its lr, %s, runs diverge (%s): a better one may lie between, and this one may be near the brink", best, v.divergedBeside())}
		if doubtful := v.doubtful(); len(doubtful) > 0 {
			again := at(Diverging, doubtful, "beside its lr, %s, some seeds diverge and some do not: more seeds tell how often", best)
			again.Seeds, again.order = moreSeeds(seeds), unsure
			all = append(all, again)
		}
		return all
	case v.Best.Place == statistics.Inside:
		return v.narrowing(seeds, seedUnused(first(results).Params) == "", m)
	}
	return nil
}

// flat reports whether all runs that are done, at several lr, have one loss, as error rates
// may be: no lr is better than another then.
func (v LossByLR) flat() bool {
	var all []statistics.Losses
	for _, c := range v.Cells {
		all = append(all, c.Losses)
	}
	return oneLoss(all)
}

// oneLoss reports whether at least two groups have losses, and all of them are one number.
func oneLoss(groups []statistics.Losses) bool {
	groups = slices.DeleteFunc(groups, func(l statistics.Losses) bool { return len(l) == 0 })
	return len(groups) > 1 && !slices.ContainsFunc(slices.Concat(groups...), func(l statistics.SeedLoss) bool { return l.Loss != groups[0][0].Loss })
}

// ended reports whether every run of the valley has an outcome.
func (v LossByLR) ended() bool {
	return !slices.ContainsFunc(v.Cells, func(c Cell) bool { return c.Tally.Left() > 0 })
}

// beside are the cells next to the best one.
func (v LossByLR) beside() []Cell {
	var cells []Cell
	for _, i := range []int{v.Best.Cell - 1, v.Best.Cell + 1} {
		if i >= 0 && i < len(v.Cells) {
			cells = append(cells, v.Cells[i])
		}
	}
	return cells
}

// divergedBeside says how many runs diverged at the lr beside the best one.
func (v LossByLR) divergedBeside() string {
	var parts []string
	for _, c := range v.beside() {
		if n := c.Tally.Diverged; n > 0 {
			parts = append(parts, fmt.Sprintf("at %s %d of %d", short(c.X.Number), n, c.Tally.Total()))
		}
	}
	return strings.Join(parts, ", ")
}

// doubtful are the lr beside the best one at which some seeds diverge.
func (v LossByLR) doubtful() (lr []string) {
	for _, c := range v.beside() {
		if c.Tally.Diverged > 0 && c.Tally.Done > 0 {
			lr = append(lr, c.X.Text)
		}
	}
	return lr
}

// farApart is the ratio of neighbouring lr from which one seed cannot say that no
// better lr lies between them.
const farApart = 2.5

// hides tells how far apart the best lr and its neighbours are, and whether the loss
// at both is higher by more than the margin, so that a much better lr may lie between.
func (v LossByLR) hides(m Margins) (gap float64, steep bool) {
	i := v.Best.Cell
	at := v.Cells[i].X.Number
	gap = max(at/v.Cells[i-1].X.Number, v.Cells[i+1].X.Number/at)
	return gap, min(v.Cells[i-1].Mean(), v.Cells[i+1].Mean())/v.Cells[i].Mean() > 1+m.Same
}

// narrowing proposes lr in between, and seeds if they change these runs, for a best lr
// that has no interval or a wide one.
func (v LossByLR) narrowing(seeds []int, seeded bool, m Margins) []Proposal {
	i := v.Best.Cell
	gap, steep := v.hides(m)
	finer := Proposal{Seeds: seeds, LR: numbers(v.halfway())}
	again := Proposal{Seeds: moreSeeds(seeds)}
	low, high := v.Cells[i-1].X.Number, v.Cells[i+1].X.Number
	if l := v.limits(len(seeds)); l.known {
		if l.width <= math.Log(Wide) {
			return nil
		}
		low, high = min(low, v.Best.Low), max(high, v.Best.High)
		finer.order, again.order, finer.Gain, again.Gain = tooWide, tooWide, l.byLR, l.bySeeds
		is := fmt.Sprintf("its best lr is %s (%s to %s)", short(v.Best.At), short(v.Best.Low), short(v.Best.High))
		finer.Reason = Reason{Coarse, fmt.Sprintf("%s: the lr tried are a factor of %s apart, which hides where it lies", is, short(gap))}
		again.Reason = Reason{Inseparable, is + ": more seeds narrow that"}
	} else {
		finer.order, again.order, again.Gain = unsure, unsure, math.Inf(1)
		again.Reason = Reason{OneSeed, fmt.Sprintf("its best lr, %s, has no interval with %s", short(v.Best.At), counted(len(seeds), "seed"))}
		if gap > farApart && steep {
			finer.Gain = math.Inf(1)
			finer.Reason = Reason{Coarse, fmt.Sprintf("the lr tried are a factor of %s apart, and the loss is more than %g %% higher at both neighbours: a better lr may lie between", short(gap), 100*m.Same)}
		}
	}
	for _, c := range v.Cells {
		if c.X.Number >= low && c.X.Number <= high {
			again.LR = append(again.LR, c.X.Number)
		}
	}
	if !seeded {
		again.Gain = 0
	}
	return slices.DeleteFunc([]Proposal{finer, again}, func(p Proposal) bool { return !(p.Gain > 0) })
}

// halfway are the lr between the best one and its neighbours.
func (v LossByLR) halfway() (lr []string) {
	at := v.Cells[v.Best.Cell].X.Number
	for _, c := range v.beside() {
		lr = append(lr, short(math.Sqrt(at*c.X.Number)))
	}
	return lr
}

// moreSeeds are new ones, after the largest, for three or twice as many in all.
func moreSeeds(have []int) (more []int) {
	next := slices.Max(have) + 1
	for range max(3, 2*len(have)) - len(have) {
		more = append(more, next)
		next++
	}
	return more
}

func numbers(texts []string) (all []float64) {
	for _, text := range texts {
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			all = append(all, x)
		}
	}
	return all
}
