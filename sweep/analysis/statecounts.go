package analysis

import (
	"errors"
	"fmt"
	"math"

	"sweep/sweep"
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

// ErrNothingFinished says that there is nothing to compare yet.
var ErrNothingFinished = errors.New("no run has finished yet: train the sweep first")

// finished returns an error if no run has ended, with what there is instead.
func finished(t StateCounts) error {
	if t.Done+t.Diverged > 0 {
		return nil
	}
	return fmt.Errorf("compare %d runs (%s): %w", t.Total(), t.Missed(), ErrNothingFinished)
}
