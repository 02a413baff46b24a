package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"sweep/sweep"
)

// A Sample is a loss at a step, or what is drawn in its place.
type Sample struct {
	Step int
	Loss float64 // nats a token, or in the unit of a metric; finite
}

// Traces are the loss curves that share every setting but By, what is tied to
// it, and seed.
type Traces struct {
	Fixed []Setting // empty if no further axis varies
	Lines []Line    // ascending in By
}

// A Line is the curves of one value of By.
type Line struct {
	By       Value
	Train    []Sample   // training loss or a metric, mean over the seeds that are done
	Eval     []Sample   // the same for the evaluation loss
	Diverged [][]Sample // the first of each diverged run, up to its last finite step
	Partial  [][]Sample // the same of each run that is in training, or was stopped
	Tally    StateCounts
}

// A History is curves side by side.
type History struct {
	By     string
	Tied   []string // axes that move with By
	Seeds  int
	Tally  StateCounts
	Panels []Traces
}

// A reading is a number of a point, where it has one.
type reading func(p sweep.Point) (x float64, has bool)

func trainLossOf(p sweep.Point) (float64, bool) { return p.Loss, p.HasLoss() }

// readingOf is the reading of a metric at a step: a measure or the match.
func readingOf(m sweep.Metric) reading {
	if m == sweep.MetricMatch {
		return func(p sweep.Point) (float64, bool) { return p.Match.Share(), p.Match.Known() }
	}
	return func(p sweep.Point) (float64, bool) { return p.Measures.Value(string(m)) }
}

// TraceMetric is Trace for a metric, as it was logged, in place of the training loss, and
// without evaluation losses. It fails, too, if no curve has the metric.
func TraceMetric(results []sweep.Result, curves map[string][]sweep.Point, by string, m sweep.Metric) (History, error) {
	value := readingOf(m)
	var names []string
	for _, points := range curves {
		for _, p := range points {
			if _, has := value(p); has {
				h, err := trace(results, curves, by, value)
				for i := range h.Panels {
					for j := range h.Panels[i].Lines {
						h.Panels[i].Lines[j].Eval = nil
					}
				}
				return h, err
			}
			for _, other := range p.Measures {
				names = append(names, other.Name)
			}
		}
	}
	slices.Sort(names)
	return History{}, fmt.Errorf("no run has %s at any step%s", m, instead(m, slices.Compact(names)))
}

// Trace groups loss curves, held by run key, by the parameter named by. Only
// seeds are averaged over; each combination of the other axes is a panel of
// its own. It fails where Compare does, except that a run which has not ended will do
// where steps of it are recorded, and if no curve was recorded.
func Trace(results []sweep.Result, curves map[string][]sweep.Point, by string) (History, error) {
	return trace(results, curves, by, trainLossOf)
}

func trace(results []sweep.Result, curves map[string][]sweep.Point, by string, value reading) (History, error) {
	tally := Count(Runs(results), Judge(results))
	if err := cmp.Or(known(results, by), unique(results)); err != nil {
		return History{}, err
	}
	roles := assign(results, by)
	h := History{By: by, Tied: roles.tied, Seeds: len(distinct(results, Seed)), Tally: tally}
	recorded := false
	for _, p := range parts(results, func(arm []sweep.Result) []string { return roles.rest(arm, by) }) {
		panel := Traces{Fixed: p.fixed}
		for _, sub := range groupBy(p.results, []string{by}) {
			line := newLine(sub.values[0], sub.results, curves, value)
			recorded = recorded || len(line.Train)+len(line.Eval)+len(line.Diverged)+len(line.Partial) > 0
			panel.Lines = append(panel.Lines, line)
		}
		h.Panels = append(h.Panels, panel)
	}
	if err := finished(tally); err != nil && !recorded {
		return History{}, err
	}
	if !recorded {
		return History{}, fmt.Errorf("trace %d finished runs: none of them has a loss curve", tally.Done+tally.Diverged)
	}
	return h, nil
}

func newLine(by Value, results []sweep.Result, curves map[string][]sweep.Point, value reading) Line {
	l := Line{By: by, Tally: Count(results, TrainLoss)}
	bySeed(results)
	var done [][]sweep.Point
	for _, r := range results {
		switch points := curves[r.Key]; {
		case len(points) == 0:
		case r.State == sweep.StateDone:
			done = append(done, points)
		case r.State == sweep.StateDiverged:
			l.Diverged = append(l.Diverged, untilBroken(points, value))
		default:
			if partial := untilBroken(points, value); len(partial) > 0 {
				l.Partial = append(l.Partial, partial)
			}
		}
	}
	l.Train = average(done, value)
	l.Eval = average(done, func(p sweep.Point) (float64, bool) { return p.EvalLoss, p.Evaluated })
	return l
}

func untilBroken(points []sweep.Point, value reading) []Sample {
	var samples []Sample
	for _, p := range points {
		x, has := value(p)
		if !has {
			continue
		}
		if !finite(x) {
			break
		}
		samples = append(samples, Sample{p.Step, x})
	}
	return samples
}

// Samples are the finite values that value returns for the points, of those for
// which it has one.
func Samples(points []sweep.Point, value func(p sweep.Point) (x float64, has bool)) []Sample {
	var samples []Sample
	for _, p := range points {
		if y, ok := value(p); ok && finite(y) {
			samples = append(samples, Sample{p.Step, y})
		}
	}
	return samples
}

// average is the mean over curves at each step of the first at which all have
// a finite value.
func average(curves [][]sweep.Point, value reading) []Sample {
	if len(curves) == 0 {
		return nil
	}
	sums, counts := map[int]float64{}, map[int]int{}
	for _, points := range curves {
		for _, s := range Samples(points, value) {
			sums[s.Step] += s.Loss
			counts[s.Step]++
		}
	}
	var mean []Sample
	for _, p := range curves[0] {
		if counts[p.Step] == len(curves) {
			mean = append(mean, Sample{p.Step, sums[p.Step] / float64(len(curves))})
		}
	}
	return mean
}

// Smooth replaces each loss by the mean of those at most reach samples away,
// fewer at the ends but as many on either side, so that no trend is shifted.
func Smooth(samples []Sample, reach int) []Sample {
	smooth := make([]Sample, len(samples))
	for i, s := range samples {
		r := min(reach, i, len(samples)-1-i)
		sum := 0.0
		for _, near := range samples[i-r : i+r+1] {
			sum += near.Loss
		}
		smooth[i] = Sample{s.Step, sum / float64(2*r+1)}
	}
	return smooth
}
