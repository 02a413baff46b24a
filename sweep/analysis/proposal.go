package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// Wide is the ratio of the ends of a best lr's interval above which it is worth
// runs to narrow it.
const Wide = 2.0

// A Proposal is runs that would tell more of the best lr of one setting: those at
// every one of some lr and seeds.
type Proposal struct {
	Arm     string
	Like    sweep.Params // a run of the setting, but for lr and seed
	LR      []float64
	Seeds   []int
	Why     string
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
// trained beside the best are left to these. It fails where no run has finished.
func Propose(results []sweep.Result) ([]Proposal, error) {
	quantity, _, err := admit(results, "lr")
	if err != nil {
		return nil, err
	}
	pace := Pace(results)
	c := Comparison{By: "lr", Over: "lr", Quantity: quantity}
	var all []Proposal
	for _, arm := range arms(results) {
		rest := slices.DeleteFunc(without(Axes(arm.results), "lr"), func(name string) bool { return name == Seed })
		for _, g := range groupBy(arm.results, rest) {
			s := c.slice(nil, g.results)
			for _, p := range s.ByLR[0].proposals(g.results) {
				p.Arm, p.Like = g.results[0].Arm, first(g.results).Params
				p.Seconds = float64(len(p.LR)*len(p.Seeds)) * pace(p.Like)
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

// Pace tells how many seconds a run takes, by the median of those of as many steps
// at the same r, else of all, by their steps; NaN if none was timed.
func Pace(results []sweep.Result) func(sweep.Params) float64 {
	type size struct{ r, steps, batch, seq int }
	like, of := map[size][]float64{}, func(p sweep.Params) size { return size{p.R, p.Steps, p.Batch, p.Seq} }
	var steps []float64
	for _, r := range Runs(results) {
		if !r.State.Final() || r.CopyOf != "" || !(r.Seconds > 0) || r.Steps < 1 {
			continue
		}
		steps = append(steps, r.Seconds/float64(r.Steps))
		if r.State == sweep.StateDone {
			like[of(r.Params)] = append(like[of(r.Params)], r.Seconds)
		}
	}
	return func(p sweep.Params) float64 {
		if known := like[of(p)]; len(known) > 0 {
			return median(known)
		}
		return median(steps) * float64(p.Steps)
	}
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return slices.Sorted(slices.Values(x))[len(x)/2]
}

// proposals are those for one valley of results.
func (v LossByLR) proposals(results []sweep.Result) []Proposal {
	var seeds []int
	for _, value := range distinct(results, Seed) {
		seeds = append(seeds, int(value.Number))
	}
	at := func(values []string, order int, why string, args ...any) Proposal {
		return Proposal{LR: numbers(values), Seeds: seeds, Why: fmt.Sprintf(why, args...), Gain: math.Inf(1), order: order}
	}
	best := short(v.Best.At)
	switch {
	case len(v.Cells) < 2, v.Best.Bound() && v.missingBeside() != "":
		return nil
	case v.Best.Place == statistics.NoOptimum && v.ended():
		return []Proposal{at(below(v), unbounded, "no lr has all its seeds done; lower ones may have")}
	case v.Best.Bound():
		return []Proposal{at(beyond(v), unbounded, "the best lr, %s, is the %s tried; what lies beyond is not known", best, extreme(v.Best.Place))}
	case v.Best.Place == statistics.AtDivergence:
		all := []Proposal{at(between(v), unbounded, "the best lr, %s, lies beside one that diverges; the border is between them", best)}
		if doubtful := v.doubtful(); len(doubtful) > 0 {
			again := at(doubtful, unsure, "beside the best lr, %s, some seeds diverge and some do not; more seeds tell how often", best)
			again.Seeds = moreSeeds(seeds)
			all = append(all, again)
		}
		return all
	case v.Best.Place == statistics.Inside:
		return v.narrowing(seeds)
	}
	return nil
}

// ended reports whether every run of the valley has an outcome.
func (v LossByLR) ended() bool {
	return !slices.ContainsFunc(v.Cells, func(c Cell) bool { return c.Tally.Left() > 0 })
}

// doubtful are the lr beside the best one at which some seeds diverge.
func (v LossByLR) doubtful() (lr []string) {
	for _, i := range []int{v.Best.Cell - 1, v.Best.Cell + 1} {
		if i >= 0 && i < len(v.Cells) && v.Cells[i].Tally.Diverged > 0 && v.Cells[i].Tally.Done > 0 {
			lr = append(lr, v.Cells[i].X.Text)
		}
	}
	return lr
}

// narrowing proposes seeds and lr in between for a best lr whose interval is wide.
func (v LossByLR) narrowing(seeds []int) []Proposal {
	i := v.Best.Cell
	low, high := v.Cells[i-1].X.Number, v.Cells[i+1].X.Number
	apart := math.Log(high / low)
	more := moreSeeds(seeds)
	again := Proposal{Seeds: more, Gain: math.Inf(1), order: unsure, Why: fmt.Sprintf("the best lr, %s, has no interval with %d seed", short(v.Best.At), len(seeds))}
	finer := Proposal{Seeds: seeds, LR: []float64{round(math.Sqrt(low * v.Cells[i].X.Number)), round(math.Sqrt(v.Cells[i].X.Number * high))}, order: tooWide}
	if finite(v.Best.Low) && finite(v.Best.High) {
		width := math.Log(v.Best.High / v.Best.Low)
		if width <= math.Log(Wide) {
			return nil
		}
		n, total := float64(len(seeds)), float64(len(seeds)+len(more))
		again.order, again.Gain, finer.Gain = tooWide, max(width-apart, 0)*(1-math.Sqrt(n/total)), min(width, apart)/2
		low, high = min(low, v.Best.Low), max(high, v.Best.High)
		again.Why = fmt.Sprintf("the best lr is %s (%s to %s); more seeds narrow that", short(v.Best.At), short(v.Best.Low), short(v.Best.High))
		finer.Why = fmt.Sprintf("the best lr is %s (%s to %s); the grid's spacing hides where it lies", short(v.Best.At), short(v.Best.Low), short(v.Best.High))
	}
	for _, c := range v.Cells {
		if c.X.Number >= low && c.X.Number <= high {
			again.LR = append(again.LR, c.X.Number)
		}
	}
	return slices.DeleteFunc([]Proposal{again, finer}, func(p Proposal) bool { return !(p.Gain > 0) })
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
