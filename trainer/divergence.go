package trainer

import (
	"context"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/trainer/data"
)

// judgedRows is how many training rows divergence is judged by if none are held out.
const judgedRows = 16

// reading is the loss over the judged rows at a step.
type reading struct {
	step       int // after which it was taken; -1 before the first
	loss       float64
	overflowed bool // in the network, whether or not the loss shows it
	rows       []sweep.RowLoss
	match      sweep.Matches
}

// rowsToJudge are the rows by whose loss, before and after training, a run counts
// as diverged or not: those held out or, if there are none, the first ones that it
// trains on.
func rowsToJudge(rows *examples, order *data.Order) []data.Example {
	if len(rows.eval) > 0 {
		return rows.eval
	}
	var judged []data.Example
	for step := 0; len(judged) < judgedBy(rows); step++ {
		judged = append(judged, rows.rows(order.Step(step))...)
	}
	return judged[:judgedBy(rows)]
}

// judgedBy is how many training rows divergence is judged by: at most an epoch, so
// that no row comes twice.
func judgedBy(rows *examples) int { return min(judgedRows, len(rows.train)) }

// finalState says whether the run, which is at its end, diverged. It depends on
// the curve and on the numbers as they are now, and so is the same for a run
// that was interrupted. Such a run is evaluated again, as a checkpoint has no row
// losses.
func (s *session) finalState(ctx context.Context) (sweep.State, error) {
	last := s.points[len(s.points)-1]
	overflow := !finite(last.Loss) || !finite(last.GradNorm) || slices.ContainsFunc(s.numbers(), overflowed)
	if wanted := !overflow || last.Evaluated; wanted && s.latest.step != last.Step {
		if _, err := s.evaluate(ctx); err != nil {
			return "", err
		}
	}
	if overflow {
		return sweep.StateDiverged, nil
	}
	if end := s.latest; end.overflowed || !finite(end.loss) || end.loss > sweep.DivergedAbove*s.start.loss {
		return sweep.StateDiverged, nil
	}
	return sweep.StateDone, nil
}

// overflowed reports whether any of x is infinite or NaN.
func overflowed(x []float32) bool {
	return slices.ContainsFunc(x, func(v float32) bool { return !finite(float64(v)) })
}

// overflowed reports whether a norm met numbers, in the last forward pass, that
// float32 cannot square. It then returns zeros, and the network the same logits
// for every token: a loss that looks sound, of exactly ln(vocabulary). All
// other overflows end in a loss that is not finite.
func (m *model) overflowed(tokens int) bool {
	for _, s := range m.stages {
		b, ok := s.(*block)
		if ok && slices.ContainsFunc(b.norms(), func(n *norm) bool { return n.overflowed(tokens) }) {
			return true
		}
	}
	return m.head.norm.overflowed(len(m.head.at))
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
