package serve

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"sweep/sweep"
)

// batch is how many curves are read from the store at once.
const batch = 16

// series is a number at some steps of a run.
type series struct {
	steps  []int32
	values []float32 // NaN and infinities as they were logged
}

// curve is a run's curve, a series for each quantity that it has.
type curve struct {
	key     string
	attempt int
	ended   bool // it was read after the run had ended
	last    int  // the last step, -1 for none
	version int64
	before  int64 // the version in which it changed before, 0 if it was read anew
	from    int   // the first step that changed since
	series  map[string]*series
}

// The quantities of curves that are no measures.
const (
	trainLoss = "loss"
	evalLoss  = "eval_loss"
	gradNorm  = "grad_norm"
	match     = "match"
)

// curves are those of a sweep, as they were read last.
type curves struct {
	reading sync.Mutex // held by who reads the store

	mu      sync.RWMutex
	version int64
	of      []*curve // by the place of the run; nil before they were read
	read    int      // of how many runs they were
	anew    int64    // the version in which the runs became others
	bands   map[bandKey]*bands
	going   *reading // nil while none is
}

// reading is a reading of the curves of a snapshot that goes on when nobody waits for it.
type reading struct {
	of    int64 // the version of the snapshot
	began time.Time
	done  chan struct{}
	err   error
}

// aMoment is how long a page waits for an answer that is being worked out, and for curves that
// are still to be read, before it is sent what there is.
const aMoment = 60 * time.Millisecond

func newCurves() *curves { return &curves{bands: map[bandKey]*bands{}} }

// begin has the curves read, unless they are being read, and waits for none.
func (c *curves) begin(ctx context.Context, store *reopened, s *snapshot) *reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fit(s)
	if c.going == nil {
		c.going = &reading{of: s.version, began: time.Now(), done: make(chan struct{})}
		go c.goOn(context.WithoutCancel(ctx), c.going, store, s)
	}
	return c.going
}

// updateSoon updates the curves for a moment; what is not read by then is read on. A reading
// that has gone on for longer is not waited for.
func (c *curves) updateSoon(ctx context.Context, store *reopened, s *snapshot) error {
	now := c.begin(ctx, store, s)
	for late := time.After(time.Until(now.began.Add(aMoment))); ; now = c.begin(ctx, store, s) {
		select {
		case <-now.done:
			if now.err != nil || now.of >= s.version {
				return now.err
			}
		case <-late:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *curves) goOn(ctx context.Context, now *reading, store *reopened, s *snapshot) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if now.err = c.update(ctx, store, s); now.err == nil {
		c.foresee(s)
	}
	c.mu.Lock()
	c.going = nil
	c.mu.Unlock()
	close(now.done)
}

// foresee works out the bands that a page asks for first, unless somebody has asked for some.
func (c *curves) foresee(s *snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.bands) > 0 || len(c.of) != len(s.results) {
		return
	}
	first := curvesRequest{by: s.usualAxis()}
	all, _ := selected(s, "") // which holds for all
	for _, first.quantity = range []string{trainLoss, evalLoss} {
		scale, _ := scaleOf(s, first.x)
		c.bandsOf(first.bandKey(), s, groupsOf(s, first.by, all), scale)
	}
}

// fit has room for the curves of a snapshot.
func (c *curves) fit(s *snapshot) {
	if len(c.of) != len(s.results) {
		c.of, c.anew, c.bands, c.read = make([]*curve, len(s.results)), c.version+1, map[bandKey]*bands{}, 0
	}
}

// update reads what is new of the curves of a snapshot. It is known what may be new: runs
// in training, and those that were begun or have ended since.
func (c *curves) update(ctx context.Context, store *reopened, s *snapshot) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.mu.Lock()
	c.fit(s)
	from := map[string]int{}
	var keys []string
	for i := range s.results {
		r := &s.results[i]
		if step, stale := c.of[i].stale(r); stale {
			if old, ok := from[r.Key]; !ok || step < old {
				from[r.Key] = step
			}
			if !slices.Contains(keys[max(0, len(keys)-1):], r.Key) {
				keys = append(keys, r.Key)
			}
		}
	}
	c.read = len(s.results) - len(from)
	c.mu.Unlock()
	st, err := store.get(ctx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(keys, batch) {
		wanted := make(map[string]int, len(some))
		for _, key := range some {
			wanted[key] = from[key]
		}
		points, err := st.CurvesFrom(ctx, wanted)
		if err != nil {
			return store.failed(ctx, st, err)
		}
		again := map[string]int{}
		c.mu.Lock()
		if len(c.of) != len(s.results) { // they have become those of another plan
			c.mu.Unlock()
			return nil
		}
		version := c.version + 1
		for _, key := range some {
			for _, i := range s.places[key] {
				if !c.add(i, version, &s.results[i], wanted[key], points[key]) {
					again[key] = 0
				}
			}
			c.read++
		}
		c.version = version
		c.mu.Unlock()
		if len(again) > 0 {
			if err := c.reread(ctx, st, s, version, again); err != nil {
				return store.failed(ctx, st, err)
			}
		}
	}
	return nil
}

// changedSince is the first step from which a curve is not what it was in a version.
func (c *curve) changedSince(version int64) (from int, changed bool) {
	switch {
	case c == nil || c.version <= version:
		return 0, false
	case c.before == 0 || c.before > version:
		return 0, true
	default:
		return c.from, true
	}
}

// stale reports whether a curve may not be what the store has of a run, and from which step
// on.
func (c *curve) stale(r *sweep.Result) (from int, stale bool) {
	switch {
	case r.Attempt == 0:
		return 0, c != nil && c.last >= 0
	case c == nil || c.key != r.Key || c.attempt != r.Attempt:
		return 0, true
	case r.State != sweep.StateRunning && r.State != sweep.StatePending:
		return 0, !c.ended // what was rewritten is then read as well
	case r.Progress.Step < c.last:
		return 0, true
	case r.Progress.Step > c.last:
		return max(c.last, 0), true
	default:
		return 0, false
	}
}

// add takes in the points of a run from a step on. It reports whether they go on from what
// is there: the first of them must be the last that was read.
func (c *curves) add(place int, version int64, r *sweep.Result, from int, points []sweep.Point) bool {
	old := c.of[place]
	ended := r.State != sweep.StateRunning && r.State != sweep.StatePending
	next := &curve{key: r.Key, attempt: r.Attempt, ended: ended, last: -1, version: version, from: 0, series: map[string]*series{}}
	if from > 0 && old != nil {
		if len(points) == 0 || points[0].Step != old.last || !old.agrees(points[0]) {
			return false
		}
		points = points[1:]
		if len(points) == 0 {
			return true
		}
		*next = *old
		next.attempt, next.ended, next.version, next.before, next.from = r.Attempt, ended, version, old.version, points[0].Step
		next.series = make(map[string]*series, len(old.series))
		for name, s := range old.series {
			shared := *s // what is appended lies behind what others read
			next.series[name] = &shared
		}
	}
	for i := range points {
		next.append(&points[i])
	}
	c.of[place] = next
	return true
}

// reread reads curves whole that were written anew.
func (c *curves) reread(ctx context.Context, st sweep.Store, s *snapshot, version int64, wanted map[string]int) error {
	points, err := st.CurvesFrom(ctx, wanted)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range wanted {
		for _, i := range s.places[key] {
			c.add(i, version, &s.results[i], 0, points[key])
		}
	}
	return nil
}

// agrees reports whether a point is the last of the curve.
func (c *curve) agrees(p sweep.Point) bool {
	s := c.series[trainLoss]
	if s == nil || !p.HasLoss() {
		return s == nil || s.steps[len(s.steps)-1] != int32(p.Step)
	}
	last := s.values[len(s.values)-1]
	return last == float32(p.Loss) || last != last && math.IsNaN(p.Loss)
}

func (c *curve) append(p *sweep.Point) {
	c.last = p.Step
	if p.HasLoss() {
		c.put(trainLoss, p.Step, p.Loss)
	}
	if p.Evaluated {
		c.put(evalLoss, p.Step, p.EvalLoss)
	}
	if p.Step > 0 && !p.WithoutNorm {
		c.put(gradNorm, p.Step, p.GradNorm)
	}
	if p.Match.Known() {
		c.put(match, p.Step, p.Match.Share())
	}
	for _, m := range p.Measures {
		c.put("logged."+m.Name, p.Step, m.Value)
	}
}

func (c *curve) put(quantity string, step int, value float64) {
	s := c.series[quantity]
	if s == nil {
		s = &series{}
		c.series[quantity] = s
	}
	s.steps, s.values = append(s.steps, int32(step)), append(s.values, float32(value))
}

// quantities are those that some curve has, in the order in which they are offered.
func (c *curves) quantities() []string {
	has := map[string]bool{}
	for _, one := range c.of {
		if one != nil {
			for name := range one.series {
				has[name] = true
			}
		}
	}
	all := []string{}
	for _, name := range []string{trainLoss, evalLoss, match, gradNorm} {
		if has[name] {
			all = append(all, name)
			delete(has, name)
		}
	}
	var measures []string
	for name := range has {
		measures = append(measures, name)
	}
	slices.Sort(measures)
	return append(all, measures...)
}
