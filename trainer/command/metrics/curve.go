package metrics

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"sweep/sweep"
)

// curve is the points that one attempt logged to one source, by the program's steps.
type curve struct {
	points  []sweep.Point        // ascending
	late    map[int]*sweep.Point // of steps that came after later ones, which points is to have
	changed int                  // lowest step that changed since the last settle, -1 for none
	hasLoss bool                 // a training or an evaluation loss
}

func newCurve() *curve { return &curve{late: map[int]*sweep.Point{}, changed: -1} }

// bare returns the point of a step at which nothing was logged yet. At step 0, which may
// be the program's first, it has a place for a loss, too.
func bare(step int) sweep.Point {
	p := sweep.BarePoint(1)
	p.Step = step
	return p
}

// at returns the point of a step, which is good until the next call.
func (c *curve) at(step int) *sweep.Point {
	if c.changed < 0 || step < c.changed {
		c.changed = step
	}
	n := len(c.points)
	if n == 0 || step > c.points[n-1].Step {
		c.points = append(c.points, bare(step))
		return &c.points[n]
	}
	if step == c.points[n-1].Step {
		return &c.points[n-1]
	}
	if i, found := sort.Find(n, func(i int) int { return cmp.Compare(step, c.points[i].Step) }); found {
		return &c.points[i]
	}
	p := c.late[step]
	if p == nil {
		added := bare(step)
		p = &added
		c.late[step] = p
	}
	return p
}

// empty reports whether nothing was logged.
func (c *curve) empty() bool { return len(c.points) == 0 && len(c.late) == 0 }

// settle puts the late points where they belong. It returns the lowest step that changed
// since it was called last, and whether one did.
func (c *curve) settle() (from int, changed bool) {
	from, c.changed = c.changed, -1
	if len(c.late) > 0 {
		for _, p := range c.late {
			c.points = append(c.points, *p)
		}
		clear(c.late)
		slices.SortFunc(c.points[c.index(from):], func(a, b sweep.Point) int { return cmp.Compare(a.Step, b.Step) })
	}
	return from, from >= 0
}

// become makes the curve that of another, as which it was logged anew.
func (c *curve) become(anew *curve) {
	anew.settle()
	same := 0
	for same < min(len(c.points), len(anew.points)) && equal(c.points[same], anew.points[same]) {
		same++
	}
	for _, differs := range [][]sweep.Point{c.points[same:], anew.points[same:]} {
		if len(differs) > 0 && (c.changed < 0 || differs[0].Step < c.changed) {
			c.changed = differs[0].Step
		}
	}
	c.points, c.hasLoss = anew.points, anew.hasLoss
}

// equal reports whether two points are the same to the bit.
func equal(a, b sweep.Point) bool {
	return a.Step == b.Step && sweep.HashCurve([]sweep.Point{a}) == sweep.HashCurve([]sweep.Point{b})
}

// index is that of the first point from a step on. It may be asked for a step from which
// on the points are not sorted yet.
func (c *curve) index(from int) int { return indexOf(c.points, from) }

// indexOf is the index of the first point from a step on.
func indexOf(points []sweep.Point, from int) int {
	return sort.Search(len(points), func(i int) bool { return points[i].Step >= from })
}

// log adds what a line logged at a step, by names that were taken.
func (c *curve) log(at int, line []member, names *names) {
	sums := isSummary(line)
	trained := slices.ContainsFunc(line, func(m member) bool { return names.meaning(m.name) == loss && isFinite(m.value) })
	names.more = names.more[:0]
	var p *sweep.Point
	for _, m := range line {
		q := names.meaning(m.name)
		if q == step || m.null && trained { // the latter was not measured
			continue
		}
		if p == nil {
			p = c.at(at)
		}
		if q == none || sums {
			names.more = append(names.more, sweep.Measure{Name: m.name.text, Value: m.value})
			continue
		}
		p.Log(quantities[q], m.value)
		c.hasLoss = c.hasLoss || q != gradNorm
	}
	if p != nil {
		p.Measures = p.Measures.Merge(names.more)
	}
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
