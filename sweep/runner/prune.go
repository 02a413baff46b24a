package runner

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// A Pruner decides which runs to stop before their end. Each run trains to a rung
// and waits there for the others, so that what is stopped follows from the curves
// alone, and not from the number of workers, the order or an interruption.
type Pruner interface {
	// Rungs are the shares of its steps after which a run waits for the others,
	// ascending and below 1.
	Rungs() []float64
	// Worse returns the keys of the runs to stop, given all that are at a rung.
	// Of runs that are equal to the bit either all are stopped or none.
	Worse(runs iter.Seq[Candidate]) map[string]bool
}

// Candidate is a run that a Pruner compares with others.
type Candidate struct {
	sweep.Run
	Rung   int           // the step that the run waited at, 0 where it is too short to wait
	Points []sweep.Point // its curve, which may go beyond the rung; nil if no run of its class came there
}

// firstRung is the least number of steps after which runs are compared.
const firstRung = 4

// prune takes the runs to one rung after the other, and stops those that the
// Pruner calls worse.
func (s *session) prune(ctx context.Context, plan *grid.Plan) error {
	if s.Pruner == nil {
		return nil
	}
	for _, share := range s.Pruner.Rungs() {
		at := rung{s, share}
		if err := s.round(ctx, plan, at.advance); err != nil || ctx.Err() != nil {
			return err
		}
		worse, err := at.worse(ctx, plan)
		if err != nil {
			return err
		}
		s.work(ctx, worse, at.drop)
	}
	return nil
}

// rung is where runs wait for one another, after a share of their steps.
type rung struct {
	*session
	share float64
}

// step is that at which a run waits, 0 where it goes on to its end.
func (s rung) step(p sweep.Params) int {
	if step := int(s.share * float64(p.Steps)); step >= firstRung {
		return step
	}
	return 0
}

// advance trains a class to the rung: its first member that does not fail.
func (s rung) advance(ctx context.Context, f class) error {
	if len(f.trained) > 0 || len(f.open) == 0 || s.step(f.open[0].Params) == 0 {
		return nil
	}
	if points, err := s.reached(ctx, &f); err != nil || points != nil {
		return err
	}
	for _, m := range f.open {
		outcome, err := s.train(ctx, m.Run, s.step(m.Params), false)
		if err != nil || outcome.State != sweep.StateFailed {
			return err
		}
	}
	return nil
}

// worse asks the Pruner which runs to stop, and returns their classes.
func (s rung) worse(ctx context.Context, plan *grid.Plan) ([]job, error) {
	held, err := s.holdings(ctx, plan.Runs)
	if err != nil {
		return nil, err
	}
	var open []job
	worse := s.Pruner.Worse(func(yield func(Candidate) bool) {
		for _, members := range s.classes(plan) {
			f := newClass(members, held)
			var points []sweep.Point
			if points, err = s.reached(ctx, &f); err != nil {
				return
			}
			if len(f.trained) == 0 && len(f.open) > 0 {
				open = append(open, job{members: members, class: f})
			}
			for _, m := range members {
				if !s.pruned[m.Key] && !yield(Candidate{m.Run, s.step(m.Params), points}) {
					return
				}
			}
		}
	})
	return slices.DeleteFunc(open, func(j job) bool {
		return slices.ContainsFunc(j.class.open, func(m equivalentRun) bool { return !worse[m.Key] })
	}), err
}

// reached returns the curve of the first member of the class that came to the rung,
// and moves that member to the front. The curve is nil if no member did.
func (s rung) reached(ctx context.Context, f *class) ([]sweep.Point, error) {
	for _, list := range [][]equivalentRun{f.trained, f.open} {
		for i, m := range list {
			if m.state == "" {
				continue // never begun
			}
			curves, err := s.Recorder.Curves(ctx, []string{m.Key})
			if err != nil {
				return nil, fmt.Errorf("read the curve of run %s: %w", m.Name, err)
			}
			points := curves[m.Key]
			if reaches(points, s.step(m.Params)) {
				copy(list[1:i+1], list[:i])
				list[0] = m
				return points, nil
			}
		}
	}
	return nil, nil
}

// drop records that a class was stopped: the run that came to the rung as pruned, and
// the others as copies of it. Runs that failed stay as they are.
func (s rung) drop(ctx context.Context, f class) error {
	if points, err := s.reached(ctx, &f); err != nil || len(f.trained) > 0 || points == nil {
		return err
	}
	first := f.open[0]
	if first.state != sweep.StatePruned || first.copyOf != "" {
		if stopped, err := s.stopShort(ctx, first.Run); err != nil || !stopped {
			return err
		}
	}
	original, err := s.original(ctx, first)
	if err != nil {
		return err
	}
	for _, m := range f.open[1:] {
		if m.state == sweep.StateFailed || m.state == sweep.StatePruned && m.copyOf == first.Key {
			continue
		}
		if _, err := s.recordCopy(context.WithoutCancel(ctx), original, m); err != nil {
			return fmt.Errorf("stop run %s short, as %s: %w", m.Name, first.Name, err)
		}
	}
	for _, m := range f.open {
		s.forgo(m.Run)
	}
	return nil
}

// forgo counts a run as pruned.
func (s rung) forgo(run sweep.Run) {
	s.mu.Lock()
	s.pruned[run.Key] = true
	s.mu.Unlock()
	if s.account(run, &s.summary.Pruned) {
		s.report(Event{Kind: EventStopped, Run: run})
	}
}

// stopShort records a run as pruned, with the curve up to its last checkpoint. If that
// is before the rung, as an attempt died before it could store a later one, the run
// trains to the rung again.
func (s rung) stopShort(ctx context.Context, run sweep.Run) (stopped bool, err error) {
	for ctx.Err() == nil {
		number, from, err := s.begin(ctx, run, s.claim(run))
		if err != nil {
			return false, fmt.Errorf("stop run %s short: %w", run.Name, err)
		}
		if reaches(from.Points, s.step(run.Params)) {
			return true, s.Recorder.Finish(context.WithoutCancel(ctx), run.Key, number, cutShort(from.Points))
		}
		if err := s.giveBack(ctx, run, number); err != nil {
			return false, err
		}
		if outcome, err := s.train(ctx, run, s.step(run.Params), false); err != nil || outcome.State != sweep.StatePending {
			return false, err
		}
	}
	return false, nil
}

// reaches reports whether a curve goes up to a step.
func reaches(points []sweep.Point, step int) bool {
	n := len(points)
	return n > 0 && points[n-1].Step >= step
}

// cutShort is the outcome of a run that was stopped after some points: it has no
// final loss.
func cutShort(points []sweep.Point) sweep.Outcome {
	o := sweep.Outcome{
		State: sweep.StatePruned, Loss: math.NaN(), EvalLoss: math.NaN(), FirstLoss: math.NaN(),
		TokensPerSecond: math.NaN(), Seconds: math.NaN(), CurveHash: sweep.HashCurve(points),
	}
	if n := len(points); n > 0 {
		o.Steps = points[n-1].Step
		if o.FirstLoss = points[0].Loss; points[0].Step == 0 {
			o.FirstLoss = points[0].EvalLoss
		}
	}
	return o
}
