package serve

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// bandKey says which bands: of which quantity, of runs that are grouped by an axis, along x.
type bandKey struct {
	quantity, by, x, where string
}

// bands are exact at each x: they are worked out over all runs of a group, not over some.
type bands struct {
	version int64 // of the curves
	view    int64 // of the snapshot
	groups  []band
}

// band is what the runs of a group have at each x.
type band struct {
	label  string
	by     float64 // NaN for one that is no number
	runs   int
	places []int

	version int64   // of the curves in which it changed
	before  int64   // the one in which it changed before that, 0 if it was worked out anew
	from    float64 // the first x that changed since

	columns
}

// columns are the numbers of a band, x by x.
type columns struct {
	x                                       []float64
	least, most, median, mean, low, high, n []float32 // n is of how many runs
}

// lists are the lists of numbers beside x.
func (c *columns) lists() [7]*[]float32 {
	return [...]*[]float32{&c.least, &c.most, &c.median, &c.mean, &c.low, &c.high, &c.n}
}

// members are the runs of a group.
type members struct {
	label  string
	by     float64
	places []int
}

// byArm sorts runs by their arm, which is no axis.
const byArm = "arm"

// armsOf are the arms of runs, where there are several.
func armsOf(results []sweep.Result) []string {
	names := make([]string, len(results))
	for i := range results {
		names[i] = armOf(&results[i])
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) < 2 {
		return nil
	}
	return names
}

func armOf(r *sweep.Result) string { return cmp.Or(r.Arm, "none") }

// groups are what runs can be sorted by: axes, and arms where there are several.
func (s *snapshot) groups() []string {
	var names []string
	for _, axis := range s.axes() {
		names = append(names, axis.Name)
	}
	if s.arms() != nil {
		names = append(names, byArm)
	}
	return names
}

// groupOf is the value of a run in what runs are sorted by.
func groupOf(r *sweep.Result, by string) analysis.Value {
	if by == byArm {
		return analysis.Value{Text: armOf(r)}
	}
	v, err := analysis.ValueOf(r.Params, by)
	if err != nil {
		return analysis.Value{Text: "none"}
	}
	return v
}

// groupsOf sorts the chosen runs by an axis or their arms, in ascending order.
func groupsOf(s *snapshot, by string, chosen []int) []members {
	if by == "" {
		return []members{{label: "all runs", by: math.NaN(), places: chosen}}
	}
	at := map[analysis.Value]int{}
	var values []analysis.Value
	var groups []members
	for _, i := range chosen {
		v := groupOf(&s.results[i], by)
		g, ok := at[v]
		if !ok {
			g = len(groups)
			at[v], values = g, append(values, v)
			groups = append(groups, members{label: shown(v.Text), by: numberOf(v)})
		}
		groups[g].places = append(groups[g].places, i)
	}
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return values[order[a]].Compare(values[order[b]]) < 0 })
	sorted := make([]members, len(groups))
	for i, g := range order {
		sorted[i] = groups[g]
	}
	return sorted
}

func numberOf(v analysis.Value) float64 {
	if v.Numeric {
		return v.Number
	}
	return math.NaN()
}

// newBand works out the band of curves, at each x that one of them has. By steps a run
// counts where it has a point; by tokens or time, whose values differ between runs, it has
// its last value before each of 1,000 places.
func newBand(g members, of []*curve, quantity string, scale func(place int) float64) band {
	b := band{label: g.label, by: g.by, runs: len(g.places), places: g.places}
	var all []*series
	var by []float64
	for _, place := range g.places {
		if c := of[place]; c != nil && c.series[quantity] != nil {
			all, by = append(all, c.series[quantity]), append(by, scale(place))
		}
	}
	if len(all) == 0 {
		return b
	}
	if slices.ContainsFunc(by, func(x float64) bool { return x != by[0] }) {
		b.columns = atPlaces(all, by)
	} else {
		b.columns = atSteps(all, by[0])
	}
	return b
}

// block is of how many steps the values are laid side by side at a time, so that those of a
// run are read one after the other.
const block = 16

// atSteps has the band of series at each of their steps, which x is a multiple of.
func atSteps(all []*series, scale float64) columns {
	steps := stepsOf(all)
	return joined(inPieces(len(steps), func(from, to int, out *writer) {
		next := make([]int, len(all))
		for i, s := range all {
			next[i], _ = slices.BinarySearch(s.steps, steps[from])
		}
		var values [block][]float32
		for some := range slices.Chunk(steps[from:to], block) {
			for k := range some {
				values[k] = values[k][:0]
			}
			for i, s := range all {
				at := next[i]
				for k, step := range some {
					if at < len(s.steps) && s.steps[at] == step {
						values[k] = append(values[k], s.values[at])
						at++
					}
				}
				next[i] = at
			}
			for k, step := range some {
				out.put(float64(step)*scale, values[k])
			}
		}
	}))
}

// stepsOf are the steps that some of the series have.
func stepsOf(all []*series) []int32 {
	steps := all[0].steps
	for _, s := range all[1:] {
		if !slices.Equal(steps, s.steps) {
			steps = merged(steps, s.steps)
		}
	}
	return steps
}

// merged has what is in one of two lists that ascend, once.
func merged(a, b []int32) []int32 {
	both := make([]int32, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		least := min(a[0], b[0])
		both = append(both, least)
		if a[0] == least {
			a = a[1:]
		}
		if b[0] == least {
			b = b[1:]
		}
	}
	return append(append(both, a...), b...)
}

// places is at how many x there is a band where runs share no steps.
const places = 1000

// atPlaces has the band of series at even distances.
func atPlaces(all []*series, scales []float64) columns {
	end := 0.0
	for i, s := range all {
		end = max(end, float64(s.steps[len(s.steps)-1])*scales[i])
	}
	return joined(inPieces(places, func(from, to int, out *writer) {
		next := make([]int, len(all))
		values := make([]float32, 0, len(all))
		for k := from + 1; k <= to; k++ {
			x := end * float64(k) / places
			values = values[:0]
			for i, s := range all {
				for next[i] < len(s.steps) && float64(s.steps[next[i]])*scales[i] <= x {
					next[i]++
				}
				if last := float64(s.steps[len(s.steps)-1]) * scales[i]; next[i] > 0 && last >= x-end/places {
					values = append(values, s.values[next[i]-1])
				}
			}
			if len(values) > 0 {
				out.put(x, values)
			}
		}
	}))
}

// inPieces has what there is of n places worked out in as many pieces as there are cores.
func inPieces[T any](n int, work func(from, to int, out *T)) []T {
	pieces := make([]T, min(runtime.GOMAXPROCS(0), n))
	var all sync.WaitGroup
	for i := range pieces {
		all.Go(func() { work(n*i/len(pieces), n*(i+1)/len(pieces), &pieces[i]) })
	}
	all.Wait()
	return pieces
}

// joined are the columns of pieces, of which there is one at least.
func joined(pieces []writer) columns {
	whole := pieces[0].columns
	for _, p := range pieces[1:] {
		whole.x = append(whole.x, p.x...)
		for i, to := range whole.lists() {
			*to = append(*to, *p.lists()[i]...)
		}
	}
	return whole
}

// writer puts columns together.
type writer struct {
	columns
	sorter ascending
	wide   []float64
}

// put adds the column of values at x. What is NaN counts as the highest of all, as what
// diverges does; the mean is over those that are finite.
func (w *writer) put(x float64, values []float32) {
	for i, v := range values {
		if v != v {
			values[i] = float32(math.Inf(1))
		}
	}
	w.sorter.sort(values)
	w.wide = w.wide[:0]
	for _, v := range values {
		if math.IsInf(float64(v), 1) {
			break
		}
		w.wide = append(w.wide, float64(v))
	}
	mean, low, high := statistics.MeanInterval(w.wide)
	n := len(values)
	w.x = append(w.x, x)
	for i, v := range []float32{values[0], values[n-1], (values[(n-1)/2] + values[n/2]) / 2, float32(mean), float32(low), float32(high), float32(n)} {
		to := w.lists()[i]
		*to = append(*to, v)
	}
}
