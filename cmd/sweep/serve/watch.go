package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

const (
	// leastPause and mostPause are how long a look at the store is good for.
	leastPause, mostPause = time.Second, 10 * time.Second
	// share is what part of the time looks and analyses may take: beside a sweep in
	// training they cost it next to nothing.
	share = 0.01
	// patience is how long a look at a store that is slow may take.
	patience = time.Minute
)

// watch follows a sweep in the store. It reads all of it once, and from then on what has
// another mark. Nobody who looks costs nothing.
type watch struct {
	name  string
	store *reopened
	opts  *Options

	looking sync.Mutex // held by who reads the store

	mu       sync.Mutex
	now      *snapshot     // nil before the first look
	changed  chan struct{} // closed when that or trouble becomes another
	trouble  string        // why the last look failed, "" if it did not
	looked   time.Time
	took     time.Duration // by the last look that found what is known already
	parts    parts         // that do not depend on what a page compares by
	boards   map[boardKey]*board
	judged   map[string]*judged // by metric
	curves   *curves
	visitors int
	stop     context.CancelFunc // ends following

	marks   map[string]string // by key; read and written by who is looking
	columns []sweep.Column    // of the table
}

// snapshot is a sweep at one look. It never changes.
type snapshot struct {
	version int64
	ended   int64 // the version in which a run last ended, or was no longer
	saved   sweep.SavedSweep
	grid    Grid
	note    sweep.Note
	idle    []IdleWorker
	results []sweep.Result   // with row losses
	places  map[string][]int // by key: arms may share a run
	axes    func() []analysis.Axis
	arms    func() []string // where there are several
}

// findAxes has the axes of a snapshot's runs, and their arms, found once, when somebody first
// asks for them.
func (s *snapshot) findAxes() {
	results := s.results
	s.axes = sync.OnceValue(func() []analysis.Axis { return analysis.Axes(results) })
	s.arms = sync.OnceValue(func() []string { return armsOf(results) })
}

// hasAxis reports whether runs differ in what a name stands for.
func (s *snapshot) hasAxis(name string) bool {
	return slices.ContainsFunc(s.axes(), func(a analysis.Axis) bool { return a.Name == name })
}

func newWatch(name string, store *reopened, opts *Options) *watch {
	return &watch{
		name: name, store: store, opts: opts, changed: make(chan struct{}),
		boards: map[boardKey]*board{}, judged: map[string]*judged{}, curves: newCurves(),
	}
}

// pause is how long a look is good for.
func (w *watch) pause() time.Duration {
	return min(max(leastPause, time.Duration(float64(w.took)/share)), mostPause)
}

// fresh returns the sweep as of a moment ago. It looks if the last look is no longer good.
// The error is that of a sweep that could never be read.
func (w *watch) fresh(ctx context.Context) (*snapshot, error) {
	w.mu.Lock()
	now, good := w.now, time.Since(w.looked) < w.pause()
	w.mu.Unlock()
	if now != nil && good {
		return now, nil
	}
	err := w.look(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now == nil || isMissing(err) {
		return nil, err
	}
	return w.now, nil
}

// isMissing reports whether the store has no such sweep.
func isMissing(err error) bool {
	_, missing := errors.AsType[*sweep.NotFoundError](err)
	return missing
}

// follow looks again and again for as long as a page is open.
func (w *watch) follow(ctx context.Context) {
	for {
		w.mu.Lock()
		pause := time.Until(w.looked.Add(w.pause()))
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(pause, leastPause/10)):
			_, _ = w.fresh(ctx) // trouble is told by the page
		}
	}
}

// look reads what is new, one look at a time.
func (w *watch) look(ctx context.Context) error {
	w.looking.Lock()
	defer w.looking.Unlock()
	w.mu.Lock()
	if w.now != nil && time.Since(w.looked) < w.pause() { // somebody else just did
		w.mu.Unlock()
		return nil
	}
	old := w.now
	w.mu.Unlock()
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	next, changed, err := w.read(ctx, old)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked = time.Now()
	if err == nil && old != nil && next.saved.Saved.Equal(old.saved.Saved) {
		w.took = time.Since(began)
	}
	w.tell(next, changed, err)
	return err
}

// tell has the pages know what a look found.
func (w *watch) tell(next *snapshot, changed []int, err error) {
	trouble := ""
	if err != nil {
		trouble = sweep.OneLine(err.Error())
	}
	if err == nil && next != w.now {
		w.now = next
		w.show(next, changed)
	} else if trouble == w.trouble {
		return
	}
	w.trouble = trouble
	close(w.changed)
	w.changed = make(chan struct{})
}

// read returns the sweep as it is now, and the places of the runs that are not as they were
// in old; old itself if all is.
func (w *watch) read(ctx context.Context, old *snapshot) (next *snapshot, changed []int, err error) {
	st, err := w.store.get(ctx)
	if err != nil {
		return nil, nil, err
	}
	saved, err := st.SweepHead(ctx, w.name)
	if err != nil {
		return nil, nil, w.store.failed(ctx, st, err)
	}
	marks, err := st.Marks(ctx, w.name)
	if err != nil {
		return nil, nil, w.store.failed(ctx, st, err)
	}
	notes, err := st.SweepNotes(ctx)
	if err != nil {
		return nil, nil, w.store.failed(ctx, st, err)
	}
	var idle []IdleWorker
	if w.opts.Idle != nil {
		if idle, err = w.opts.Idle(ctx, st, w.name); err != nil {
			return nil, nil, w.store.failed(ctx, st, err)
		}
	}
	if old == nil || !saved.Saved.Equal(old.saved.Saved) || !old.hasCells(marks) {
		next, err = w.readAll(ctx, st, old, saved, marks)
		changed = nil
		for i := range marks {
			changed = append(changed, i)
		}
	} else {
		next, changed, err = w.readChanged(ctx, st, old, marks)
	}
	if err != nil {
		return nil, nil, w.store.failed(ctx, st, err)
	}
	if next == old && (notes[w.name].Text != old.note.Text || !slices.Equal(notes[w.name].Tags, old.note.Tags) || !slices.EqualFunc(idle, old.idle, IdleWorker.equal)) {
		again := *old
		again.version++
		next = &again
	}
	if next != old {
		next.note, next.idle = notes[w.name], idle
	}
	return next, changed, nil
}

// equal reports whether two are the same.
func (i IdleWorker) equal(j IdleWorker) bool { return i.Name == j.Name && slices.Equal(i.Why, j.Why) }

// hasCells reports whether the marks are of the cells that the snapshot has.
func (s *snapshot) hasCells(marks []sweep.Mark) bool {
	return slices.EqualFunc(s.results, marks, func(r sweep.Result, m sweep.Mark) bool { return r.Key == m.Key && r.Name == m.Name })
}

// readAll reads a sweep as if nothing of it was known.
func (w *watch) readAll(ctx context.Context, st sweep.Store, old *snapshot, saved sweep.SavedSweep, marks []sweep.Mark) (*snapshot, error) {
	results, err := st.Results(ctx, w.name)
	if err != nil {
		return nil, err
	}
	grid, err := w.opts.Complete(saved, results)
	if err != nil {
		return nil, fmt.Errorf("read the stored grid of sweep %s: %w", w.name, err)
	}
	version := int64(1)
	if old != nil {
		version = old.version + 1
	}
	next := &snapshot{version: version, ended: version, saved: saved, grid: grid, results: grid.Results, places: make(map[string][]int, len(results))}
	var ended []string
	for i := range next.results {
		r := &next.results[i]
		next.places[r.Key] = append(next.places[r.Key], i)
		w.opts.See(r)
		if r.State.Final() {
			ended = append(ended, r.Key)
		}
	}
	if err := w.addLosses(ctx, st, next, ended); err != nil {
		return nil, err
	}
	next.findAxes()
	w.marks = make(map[string]string, len(marks))
	for _, m := range marks {
		w.marks[m.Key] = m.Text
	}
	return next, nil
}

// readChanged reads the runs that have another mark than before.
func (w *watch) readChanged(ctx context.Context, st sweep.Store, old *snapshot, marks []sweep.Mark) (*snapshot, []int, error) {
	var keys []string
	for i, m := range marks {
		if m.Text != w.marks[m.Key] || old.results[i].State == sweep.StateRunning {
			keys = append(keys, m.Key) // the process of one in training may have died
		}
	}
	if len(keys) == 0 {
		return old, nil, nil
	}
	some, err := st.SomeResults(ctx, w.name, keys)
	if err != nil {
		return nil, nil, err
	}
	next := *old
	next.version++
	next.results = slices.Clone(old.results)
	var changed []int
	var ended []string
	place := 0
	for _, r := range some { // in the order of the plan, too
		for next.results[place].Key != r.Key || next.results[place].Name != r.Name {
			place++
		}
		before := &next.results[place]
		if r.Attempt == 0 {
			r.Run = before.Run // the grid alone knows its settings
		}
		w.opts.See(&r)
		if r.State != before.State || r.State.Final() {
			next.ended = next.version
		}
		if r.State.Final() {
			ended = append(ended, r.Key)
		}
		*before = r
		changed = append(changed, place)
	}
	if err := w.addLosses(ctx, st, &next, ended); err != nil {
		return nil, nil, err
	}
	next.findAxes()
	for _, m := range marks {
		w.marks[m.Key] = m.Text
	}
	return &next, changed, nil
}

// addLosses reads the losses of rows of runs that ended, which intervals take in.
func (w *watch) addLosses(ctx context.Context, st sweep.Store, s *snapshot, ended []string) error {
	if len(ended) == 0 {
		return nil
	}
	losses, err := st.RowLosses(ctx, ended)
	for _, key := range ended {
		for _, i := range s.places[key] {
			s.results[i].RowLosses = losses[key]
		}
	}
	return err
}
