package serve

import (
	"math"
	"slices"
	"sort"

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

	x                                       []float64
	least, most, median, mean, low, high, n []float32 // n is of how many runs
}

// members are the runs of a group.
type members struct {
	label  string
	by     float64
	places []int
}

// groupsOf sorts the chosen runs by an axis, in ascending order.
func groupsOf(s *snapshot, by string, chosen []int) []members {
	if by == "" {
		return []members{{label: "all runs", by: math.NaN(), places: chosen}}
	}
	at := map[analysis.Value]int{}
	var values []analysis.Value
	var groups []members
	for _, i := range chosen {
		v, err := analysis.ValueOf(s.results[i].Params, by)
		if err != nil {
			v = analysis.Value{Text: "none"}
		}
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
	same := !slices.ContainsFunc(by, func(x float64) bool { return x != by[0] })
	if same {
		b.atSteps(all, by[0])
	} else {
		b.atPlaces(all, by)
	}
	return b
}

// atSteps has the band of series at each of their steps, which x is a multiple of.
func (b *band) atSteps(all []*series, scale float64) {
	last := int32(0)
	for _, s := range all {
		last = max(last, s.steps[len(s.steps)-1])
	}
	next := make([]int, len(all))
	values := make([]float32, 0, len(all))
	for {
		step := int32(math.MaxInt32)
		for i, s := range all {
			if next[i] < len(s.steps) {
				step = min(step, s.steps[next[i]])
			}
		}
		if step == math.MaxInt32 {
			return
		}
		values = values[:0]
		for i, s := range all {
			if next[i] < len(s.steps) && s.steps[next[i]] == step {
				values = append(values, s.values[next[i]])
				next[i]++
			}
		}
		b.put(float64(step)*scale, values)
	}
}

// places is at how many x there is a band where runs share no steps.
const places = 1000

// atPlaces has the band of series at even distances.
func (b *band) atPlaces(all []*series, scales []float64) {
	end := 0.0
	for i, s := range all {
		end = max(end, float64(s.steps[len(s.steps)-1])*scales[i])
	}
	next := make([]int, len(all))
	values := make([]float32, 0, len(all))
	for k := 1; k <= places; k++ {
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
			b.put(x, values)
		}
	}
}

// put adds the band of values at x. What is NaN counts as the highest of all, as what
// diverges does; the mean is over those that are finite.
func (b *band) put(x float64, values []float32) {
	for i, v := range values {
		if v != v {
			values[i] = float32(math.Inf(1))
		}
	}
	slices.Sort(values)
	sum := values
	for len(sum) > 0 && math.IsInf(float64(sum[len(sum)-1]), 1) {
		sum = sum[:len(sum)-1]
	}
	wide := make([]float64, len(sum))
	for i, v := range sum {
		wide[i] = float64(v)
	}
	mean, low, high := statistics.MeanInterval(wide)
	n := len(values)
	median := (values[(n-1)/2] + values[n/2]) / 2
	b.x = append(b.x, x)
	b.least, b.most, b.median = append(b.least, values[0]), append(b.most, values[n-1]), append(b.median, median)
	b.mean, b.low, b.high = append(b.mean, float32(mean)), append(b.low, float32(low)), append(b.high, float32(high))
	b.n = append(b.n, float32(n))
}
