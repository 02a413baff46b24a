package foreign

import (
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
)

// record is a run as another program recorded it.
type record struct {
	name       string // of its folder, or as a table has it
	file, hash string // with its curve, and the SHA-256 of that
	line       int    // in the file; 0 for the whole of it
	settings   []setting
	points     map[int]*sweep.Point
	planned    int                        // steps that it was to have; 0 if unknown
	reached    int                        // steps that it had; 0 if only the points tell
	seconds    float64                    // NaN if unknown
	state      string                     // as the other program says it; "" if it does not
	final      map[sweep.Quantity]float64 // losses at its end, of which the step is not known
	rates      []float64                  // that were logged
	zeroForNaN bool                       // a training loss of exactly zero may stand for NaN, as in what Trainer logs
	broken     bool                       // something is wrong with it, which is noted
	again      int                        // values at a step that had another one, of which the later counts
}

// setting is what a file says that a run was trained with.
type setting struct {
	name  string
	value any // an int64, a float64, a bool, a string or a []any
	file  string
	line  int
}

func newRecord(name, file string) *record {
	return &record{name: name, file: file, points: map[int]*sweep.Point{}, seconds: math.NaN(), final: map[sweep.Quantity]float64{}}
}

func (r *record) problem(format string, words ...any) Problem {
	return Problem{r.file, r.line, "run " + r.name + ": " + fmt.Sprintf(format, words...)}
}

func (s setting) problem(format string, words ...any) Problem {
	return Problem{s.file, s.line, s.name + " " + fmt.Sprintf(format, words...)}
}

// measure notes a value at a step. It reports whether the step had another one, which is
// replaced.
func (r *record) measure(q sweep.Quantity, step int, x float64) (replaced bool) {
	p := r.points[step]
	if p == nil {
		bare := sweep.BarePoint(step)
		p = &bare
		r.points[step] = p
	}
	before, had := p.Log(q, x)
	replaced = had && x != before && !(math.IsNaN(x) && math.IsNaN(before))
	if replaced {
		r.again++
	}
	return replaced
}

// curve returns the points in ascending order of steps. A training loss at step 0, as
// some programs count, has no place: steps there are counted from 1.
func (r *record) curve() []sweep.Point {
	var points []sweep.Point
	for _, p := range r.points {
		points = append(points, *p)
	}
	slices.SortFunc(points, func(a, b sweep.Point) int { return a.Step - b.Step })
	return points
}

// last is the step of the last point, 0 if there is none.
func (r *record) last() int {
	last := 0
	for step := range r.points {
		last = max(last, step)
	}
	return last
}
