package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// StateCounts counts runs by what they came to.
type StateCounts struct {
	Done     int // ended with a finite loss
	Diverged int // diverged, or ended with a loss that is not finite
	Failed   int // stopped by an error
	Pruned   int // stopped, as others were clearly better
	Missing  int // pending or running
}

// Total is the number of runs counted.
func (t StateCounts) Total() int { return t.Done + t.Diverged + t.Left() }

// Left is the number of runs that have no outcome.
func (t StateCounts) Left() int { return t.Failed + t.Pruned + t.Missing }

// Missed says why runs have no outcome.
func (t StateCounts) Missed() string {
	text := fmt.Sprintf("%d failed, %d not yet trained", t.Failed, t.Missing)
	if t.Pruned > 0 {
		text += fmt.Sprintf(", %d pruned", t.Pruned)
	}
	return text
}

// plus is the sum of two counts.
func (t StateCounts) plus(u StateCounts) StateCounts {
	return StateCounts{t.Done + u.Done, t.Diverged + u.Diverged, t.Failed + u.Failed, t.Pruned + u.Pruned, t.Missing + u.Missing}
}

// Count tallies the results, judging each by the given quantity. Cells of a
// plan that were never begun are counted if they are among the results in
// state Pending.
func Count(results []sweep.Result, q Quantity) StateCounts {
	var t StateCounts
	for _, r := range results {
		t.add(r, q)
	}
	return t
}

func (t *StateCounts) add(r sweep.Result, q Quantity) {
	switch {
	case r.State == sweep.StateFailed:
		t.Failed++
	case r.State == sweep.StatePruned:
		t.Pruned++
	case !r.State.Final():
		t.Missing++
	case r.State == sweep.StateDone && finite(q.Of(r)):
		t.Done++
	default:
		t.Diverged++
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// A Quantity is the number that results are judged by, the lower the better. The
// functions of this package and package statistics call it a loss.
type Quantity string

// The quantities.
const (
	EvalLoss  Quantity = "evaluation loss" // on held-out rows, at the end
	TrainLoss Quantity = "training loss"   // mean over the last tenth of the steps
	ErrorRate Quantity = "error rate"      // share of the held-out rows that are not completed as they are; see errorRate
)

// Of returns the quantity's value for a finished run.
func (q Quantity) Of(r sweep.Result) float64 {
	switch q {
	case EvalLoss:
		return r.EvalLoss
	case ErrorRate:
		return errorRate(r.Match)
	default:
		return r.Loss
	}
}

// first returns the quantity's value before training, NaN or 0 where it is not known.
func (q Quantity) first(r sweep.Result) float64 {
	if q == ErrorRate {
		return errorRate(r.FirstMatch)
	}
	return r.FirstLoss
}

// errorRate is the share of rows that are wrong, with half a row added to them and one to
// all (Haldane, Annals of Human Genetics 20, 1956): losses are compared by their ratios,
// and a rate of 0 has none. It is NaN without rows.
func errorRate(m sweep.Matches) float64 {
	if !m.Known() {
		return math.NaN()
	}
	return (float64(m.Of-m.Right) + 0.5) / float64(m.Of+1)
}

// bounded is an estimate of the quantity with its interval cut at 1, if it is a share.
func (q Quantity) bounded(e statistics.Estimate) statistics.Estimate {
	if q == ErrorRate && e.Bounded() {
		e.High = math.Min(e.High, 1)
	}
	return e
}

// By returns results that are compared by a metric. It fails if one that is done has no
// value of it.
func By(results []sweep.Result, m sweep.Metric) ([]sweep.Result, error) {
	results = slices.Clone(results)
	for i := range results {
		results[i].Metric = m
	}
	return results, measured(results)
}

// measured fails if a result that is done has no value of its metric.
func measured(results []sweep.Result) error {
	for _, r := range results {
		if r.Metric == sweep.MetricMatch && r.State == sweep.StateDone && !r.Match.Known() {
			return fmt.Errorf(`run %s has no match: it was trained without eval = ["loss", "match"]`, r.Name)
		}
	}
	return nil
}

// Judge chooses what to compare the results by: the error rate if that is their metric,
// else the evaluation loss if every finished run has one, else the training loss.
func Judge(results []sweep.Result) Quantity {
	if slices.ContainsFunc(results, func(r sweep.Result) bool { return r.Metric == sweep.MetricMatch }) {
		return ErrorRate
	}
	q := TrainLoss
	for _, r := range results {
		if r.State != sweep.StateDone {
			continue
		}
		if !r.Evaluated {
			return TrainLoss
		}
		q = EvalLoss
	}
	return q
}

// ErrNothingFinished says that there is nothing to compare yet.
var ErrNothingFinished = errors.New("no run has finished yet: train the sweep first")

// finished returns an error if no run has ended, with what there is instead.
func finished(t StateCounts) error {
	if t.Done+t.Diverged > 0 {
		return nil
	}
	return fmt.Errorf("compare %d runs (%s): %w", t.Total(), t.Missed(), ErrNothingFinished)
}
