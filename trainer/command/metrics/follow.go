package metrics

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"sweep/sweep"
)

// Attempt is one attempt at a run: what it wrote, and when it began.
type Attempt struct {
	Number int
	Log    string    // path of what it printed, to stdout and stderr
	File   string    // path of its $SWEEP_METRICS
	Began  time.Time // files of the run's folder that are older are of earlier attempts
}

// Options say where a run's metrics may be.
type Options struct {
	Dir      string // the run's folder, {dir}
	Metrics  sweep.CommandMetrics
	Steps    int       // that the run is to have, by which its progress bar is known from others; 0 if unknown
	Attempts []Attempt // of the run, in their order; the last is the one that is followed
}

// Change is how a curve differs from what it was at the last look.
type Change struct {
	From     int           // step from which it differs
	Points   []sweep.Point // from that step on, ascending
	Rewrites bool          // points that were there from that step on are replaced, if only by others of the same step
}

// None reports whether nothing changed.
func (c Change) None() bool { return len(c.Points) == 0 && !c.Rewrites }

// Follower reads what the attempts at a run log. It is for one goroutine.
type Follower struct {
	options Options
	notes   *notes
	names   *names
	pattern *regexp.Regexp // nil where the grid has none
	base    []sweep.Point  // of the earlier attempts, by the program's steps
	sources []namedSource  // of the last attempt, that which counts first first
	chosen  int            // index of the source that makes the curve, -1 while none has a metric
	zero    bool           // the program counts steps from 0
	last    int            // step of the last point that was handed out, -1 before the first
	hidden  int            // first step whose loss is 0 in place of NaN, -1 for none
	mixed   int            // first step whose loss is finite and whose gradient norm is NaN, -1 for none
}

type namedSource struct {
	name string
	source
}

// Follow reads what the earlier attempts logged, and prepares to follow the last. The
// error says what is wrong with the options, or what could not be read.
func Follow(o Options) (*Follower, error) {
	if err := Check(o.Metrics); err != nil {
		return nil, err
	}
	if len(o.Attempts) == 0 {
		return nil, errors.New("there is no attempt to follow")
	}
	n := newNotes()
	var pattern *regexp.Regexp
	if o.Metrics.Pattern != "" {
		pattern = regexp.MustCompile(o.Metrics.Pattern) // as Check compiled it
	}
	f := &Follower{pattern: pattern, options: o, notes: n, names: newNames(o.Metrics.Names, n), last: -1, hidden: -1, mixed: -1}
	for i := range o.Attempts {
		if i > 0 {
			if err := f.read(true); err != nil {
				return nil, err
			}
			f.settle()
			f.base = f.from(0)
		}
		f.begin(i)
	}
	f.Curve()
	return f, nil
}

// Check says what is wrong with a grid's table of metrics.
func Check(m sweep.CommandMetrics) error {
	if sources := sweep.MetricSources(); m.From != "" && !slices.Contains(sources, m.From) {
		return fmt.Errorf("metrics.from = %q: it is one of %s", m.From, strings.Join(sources, ", "))
	}
	if err := checkPattern(m); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Names)) {
		if q := sweep.Quantities(); !slices.Contains(q, sweep.Quantity(name)) {
			return fmt.Errorf("metrics.names.%s: what has a name of its own in a program is one of %v", name, q)
		}
	}
	return nil
}

func checkPattern(m sweep.CommandMetrics) error {
	if m.Pattern == "" {
		if m.From == sweep.SourcePattern {
			return errors.New(`metrics.from = "pattern": metrics.pattern is to say which, such as 'step (?P<step>\d+): loss (?P<loss>\S+)'`)
		}
		return nil
	}
	if m.From != "" && m.From != sweep.SourcePattern {
		return fmt.Errorf("metrics.pattern acts only without metrics.from or with from = \"pattern\"; from is %q", m.From)
	}
	pattern, err := regexp.Compile(m.Pattern)
	if err != nil {
		return fmt.Errorf("metrics.pattern: %w", err)
	}
	if strings.Join(pattern.SubexpNames(), "") == "" {
		return fmt.Errorf("metrics.pattern = %q: it has no group with a name, such as (?P<loss>\\S+)", m.Pattern)
	}
	return nil
}

// begin makes the sources of an attempt.
func (f *Follower) begin(i int) {
	a := f.options.Attempts[i]
	f.chosen, f.sources = -1, nil
	during := span{from: a.Began}
	if i+1 < len(f.options.Attempts) {
		during.to = f.options.Attempts[i+1].Began
	}
	below := &folder{dir: f.options.Dir, notes: f.notes}
	for _, name := range sweep.MetricSources() {
		if from := f.options.Metrics.From; from != "" && from != name || name == sweep.SourcePattern && f.pattern == nil {
			continue
		}
		var s source
		switch name {
		case "file":
			s = newFile(a.File, f.names, f.notes)
		case "stdout":
			s = newPrinted(a.Log, f.options.Steps, f.names, f.notes)
		case "trainer_state":
			s = &trainerState{log: newLog(f.names, f.notes), folder: below, during: during}
		case "tensorboard":
			s = &events{log: newLog(f.names, f.notes), folder: below, during: during, files: map[string]*eventTail{}}
		case sweep.SourcePattern:
			s = newPattern(a.Log, f.pattern, f.options.Steps, f.names, f.notes)
		}
		f.sources = append(f.sources, namedSource{name, s})
	}
}

// Curve returns the whole curve as it was at the last look; at first, what the earlier
// attempts left.
func (f *Follower) Curve() []sweep.Point { return f.handOut(f.from(0)) }

// Poll reads what is new, and returns how the curve changed.
func (f *Follower) Poll() (Change, error) { return f.look(false) }

// Finish is Poll when the program has ended: a last line counts although no line feed
// follows.
func (f *Follower) Finish() (Change, error) { return f.look(true) }

// Source returns the source that the curve is from, "" while there is none.
func (f *Follower) Source() string {
	if f.chosen < 0 {
		return ""
	}
	return f.sources[f.chosen].name
}

// Notes returns what a person should know of how the metrics were read: what was left out,
// and what was decided.
func (f *Follower) Notes() []string {
	texts := f.notes.texts()
	if f.hidden >= 0 {
		texts = append(texts, fmt.Sprintf("from step %d on the loss is exactly 0 where grad_norm is NaN, as %s; it counts as NaN", f.hidden, sweep.HidesNaN))
	}
	if f.mixed >= 0 {
		texts = append(texts, fmt.Sprintf("at step %d grad_norm is NaN although the loss is finite; the Trainer's logging_nan_inf_filter, which leaves NaN out of a mean loss, may hide that it overflowed", f.mixed))
	}
	return texts
}

func (f *Follower) look(atEnd bool) (Change, error) {
	chosen, zero := f.chosen, f.zero
	if err := f.read(atEnd); err != nil {
		return Change{}, err
	}
	from, changed := f.settle()
	if chosen >= 0 && chosen != f.chosen || zero != f.zero {
		from, changed = 0, true
	}
	if !changed {
		return Change{}, nil
	}
	change := Change{From: from, Rewrites: f.shift(from) <= f.last || from == 0 && f.last >= 0}
	change.Points = f.handOut(f.from(from))
	if from > 0 {
		change.From = f.shift(from)
	}
	return change, nil
}

// read reads the sources down to the first one that has a loss, and chooses that. Where
// none has, the first with any metric counts.
func (f *Follower) read(atEnd bool) error {
	chosen := -1
	for i, s := range f.sources {
		if err := s.read(atEnd); err != nil {
			return fmt.Errorf("read the metrics: %w", err)
		}
		c := s.logged()
		if c.hasLoss {
			chosen = i
			break
		}
		if chosen < 0 && !c.empty() {
			chosen = i
		}
	}
	f.chosen = chosen
	return nil
}

// settle brings the chosen source's curve into order. It returns the step from which it
// differs from what it was before, and whether it does.
func (f *Follower) settle() (from int, changed bool) {
	if f.chosen < 0 {
		return 0, false
	}
	c := f.sources[f.chosen].logged()
	from, changed = c.settle()
	if first := c.points[0]; first.Step == 0 && !first.WithoutLoss && !f.zero {
		f.zero = true
		f.notes.count(fromZero)
	}
	return from, changed
}

// from returns a copy of the curve of all attempts from a step on, by the program's
// steps: that of the last attempt from its first step on, and before that what the earlier
// ones left. An attempt may evaluate before it trains on: then its first step keeps the
// training loss that an earlier one logged.
func (f *Follower) from(step int) []sweep.Point {
	base := f.base[indexOf(f.base, step):]
	if f.chosen < 0 || f.sources[f.chosen].logged().empty() {
		return slices.Clone(base)
	}
	points := f.sources[f.chosen].logged().points
	first := indexOf(base, points[0].Step)
	joined := slices.Concat(base[:first], points[indexOf(points, step):])
	if first < len(base) && step <= points[0].Step && base[first].Step == points[0].Step && points[0].WithoutLoss {
		trained := base[first]
		joined[first].Loss, joined[first].WithoutLoss = trained.Loss, trained.WithoutLoss
		joined[first].GradNorm, joined[first].WithoutNorm = trained.GradNorm, trained.WithoutNorm
		joined[first].Measures = trained.Measures.Merge(joined[first].Measures)
	}
	return joined
}

// shift is a step of the program as it is counted here.
func (f *Follower) shift(step int) int {
	if f.zero {
		return step + 1
	}
	return step
}

// handOut turns points as the program logged them into those of a curve, in place.
func (f *Follower) handOut(points []sweep.Point) []sweep.Point {
	for i := range points {
		p := &points[i]
		if p.Step = f.shift(p.Step); p.Step == 0 {
			*p = sweep.Point{EvalLoss: p.EvalLoss, Evaluated: p.Evaluated, Measures: p.Measures}
		}
		if p.HasLoss() && isFinite(p.Loss) && !p.WithoutNorm && math.IsNaN(p.GradNorm) {
			first := &f.mixed
			if p.Loss == 0 {
				p.Loss, first = math.NaN(), &f.hidden
			}
			if *first < 0 || p.Step < *first {
				*first = p.Step
			}
		}
		f.last = p.Step
	}
	return points
}
