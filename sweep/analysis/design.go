package analysis

import (
	"math"
	"slices"
	"strconv"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// needValues is how many values of an axis a trend asks for.
const needValues = 3

// examine notes what in the design of a slice forbids a verdict: too few
// values of by, one seed, runs that are missing, a best value that the grid
// does not enclose.
func (f *Finding) examine(by string, s Slice) {
	if len(s.ByLR) < needValues {
		f.because(TooFew, "%d values of %s; a trend needs %d", len(s.ByLR), by, needValues)
		f.add(more(by, byValues(s), 4))
	}
	f.Seeds = len(s.seeds())
	switch {
	case f.Seeds > 1:
	case seedUnused(s.params) != "":
		f.because(OneSeed, "no seed changes these runs (%s), so that they have no interval", seedUnused(s.params))
		f.add(Addition{"shuffle", []string{"true"}})
		f.add(Addition{Seed, nextSeeds(f.Seeds)})
	default:
		f.because(OneSeed, "%d seed gives no interval", f.Seeds)
		f.add(Addition{Seed, nextSeeds(f.Seeds)})
	}
	for _, v := range s.ByLR {
		f.enclosed(by, v)
	}
}

// seedUnused says why no seed changes a run, "" where one does.
func seedUnused(p sweep.Params) string {
	seed, err := sweep.LookupParameter(Seed)
	if err != nil {
		return ""
	}
	return seed.Unused(p)
}

// enclosed notes a best lr that the grid does not enclose.
func (f *Finding) enclosed(by string, v LossByLR) {
	switch v.Best.Place {
	case statistics.AtLow, statistics.AtHigh:
		if missing := v.missingBeside(); missing != "" {
			f.because(Unfinished, "at %s = %s the run beside the best lr, at %s, was not trained to its end", by, v.By, missing)
			return
		}
		f.because(OnEdge, "at %s = %s the best lr, %s, is the %s tried", by, v.By, short(v.Best.At), extreme(v.Best.Place))
		f.add(Addition{"lr", beyond(v)})
	case statistics.AtDivergence:
		f.because(Diverging, "at %s = %s the best lr, %s, lies beside one that diverges", by, v.By, short(v.Best.At))
		f.add(Addition{"lr", between(v)})
	case statistics.NoOptimum:
		f.because(Diverging, "at %s = %s no lr has all its seeds done", by, v.By)
		f.add(Addition{"lr", below(v)})
	case statistics.Inside:
	}
}

func extreme(p statistics.Place) string {
	if p == statistics.AtLow {
		return "lowest"
	}
	return "highest"
}

// missingBeside returns the x of an unfinished cell next to the best one on
// the side where the grid seems to end, "" if there is none.
func (v LossByLR) missingBeside() string {
	next := v.Best.Cell + 1
	if v.Best.Place == statistics.AtLow {
		next = v.Best.Cell - 1
	}
	if next < 0 || next >= len(v.Cells) {
		return ""
	}
	return v.Cells[next].X.Text
}

// beyond are two values past the end of a valley's grid, at its own spacing.
func beyond(v LossByLR) []string {
	n := len(v.Cells)
	ratio := spacing(v)
	if v.Best.Place == statistics.AtLow {
		at := v.Cells[0].X.Number
		return []string{short(at / ratio), short(at / ratio / ratio)}
	}
	at := v.Cells[n-1].X.Number
	return []string{short(at * ratio), short(at * ratio * ratio)}
}

// between are values between the best cell and the diverging ones beside it.
func between(v LossByLR) []string {
	var values []string
	at := v.Cells[v.Best.Cell].X.Number
	for _, i := range []int{v.Best.Cell - 1, v.Best.Cell + 1} {
		if i >= 0 && i < len(v.Cells) && v.Cells[i].Tally.Diverged > 0 {
			values = append(values, short(math.Sqrt(at*v.Cells[i].X.Number)))
		}
	}
	return values
}

// finer are the values between the best cells of valleys and their neighbours.
func finer(all []LossByLR) []string {
	var values []float64
	for _, v := range all {
		for i := max(v.Best.Cell-1, 0); i < min(v.Best.Cell+1, len(v.Cells)-1); i++ {
			values = append(values, math.Sqrt(v.Cells[i].X.Number*v.Cells[i+1].X.Number))
		}
	}
	slices.Sort(values)
	var texts []string
	for _, x := range values {
		texts = append(texts, short(x))
	}
	return slices.Compact(texts)
}

// below are two values under a valley that has no best: far under it where even the
// lowest diverged for every seed.
func below(v LossByLR) []string {
	ratio := spacing(v)
	if v.Cells[0].Tally.Done == 0 {
		ratio = max(ratio, 10)
	}
	at := v.Cells[0].X.Number
	return []string{short(at / ratio), short(at / ratio / ratio)}
}

// spacing is the ratio of a valley's neighbouring x, 3 if it has but one.
func spacing(v LossByLR) float64 {
	n := len(v.Cells)
	if n < 2 || v.Cells[0].X.Number <= 0 {
		return 3
	}
	return math.Pow(v.Cells[n-1].X.Number/v.Cells[0].X.Number, 1/float64(n-1))
}

// more suggests values of a numeric axis around those there are, by a factor.
func more(axis string, have []Value, factor float64) Addition {
	a := Addition{Axis: axis}
	if len(have) == 0 || !have[0].Numeric || have[0].Number <= 0 {
		return a
	}
	low, high := have[0].Number, have[len(have)-1].Number
	if axis != "r" || low >= factor {
		a.Values = append(a.Values, short(low/factor))
	}
	a.Values = append(a.Values, short(high*factor))
	if len(a.Values) < 2 {
		a.Values = append(a.Values, short(high*factor*factor))
	}
	return a
}

// nextSeeds are those that make three or, of three or more, twice as many.
func nextSeeds(have int) []string {
	want := max(3, 2*have)
	var seeds []string
	for seed := have; seed < want; seed++ {
		seeds = append(seeds, strconv.Itoa(seed))
	}
	return seeds
}

// short writes a number to two digits.
func short(x float64) string { return sweep.FormatValue(round(x)) }

func round(x float64) float64 {
	if x == 0 || !finite(x) {
		return x
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 1, 64), 64)
	if err != nil || x == math.Trunc(x) {
		return x
	}
	return rounded
}

func byValues(s Slice) []Value {
	values := make([]Value, len(s.ByLR))
	for i, v := range s.ByLR {
		values[i] = v.By
	}
	return values
}

// Edges is how often the best learning rate is the lowest or the highest that
// was tried, where a lower loss may lie beyond.
type Edges struct {
	Low, High int
	Of        int      // settings with a best learning rate
	Add       Addition // what to try
}

// LREdges looks at the best learning rate of each value of by, in each slice of
// the results. It does not count one beside which a run has yet to finish. The
// counts are 0 where lr does not vary or no run has finished.
func LREdges(results []sweep.Result, by string) Edges {
	edges := Edges{Add: Addition{Axis: "lr"}}
	c, err := Compare(results, by)
	if err != nil || c.Over != "lr" {
		return edges
	}
	for _, s := range c.Slices {
		for _, v := range s.ByLR {
			if v.Best.Place != statistics.NoOptimum {
				edges.Of++
			}
			if !v.Best.Bound() || v.missingBeside() != "" {
				continue
			}
			if v.Best.Place == statistics.AtLow {
				edges.Low++
			} else {
				edges.High++
			}
			for _, x := range beyond(v) {
				if !slices.Contains(edges.Add.Values, x) {
					edges.Add.Values = append(edges.Add.Values, x)
				}
			}
		}
	}
	return edges
}
