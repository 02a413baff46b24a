package runner

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// Pruning stops cells whose learning rate is clearly worse than another at the
// same setting. It is successive halving (Jamieson and Talwalkar, arXiv
// 1502.07943) with rungs at a quarter and at half of the steps: each run trains to
// the rung and waits there for the others, so that what is stopped follows from
// the curves alone, and not from the workers, the order or an interruption.

// rungs are the shares of a run's steps after which the runs are compared, and
// the end.
func (r *Runner) rungs() []float64 {
	if r.Prune {
		return []float64{1. / 4, 1. / 2, 1}
	}
	return []float64{1}
}

// firstRung is the least number of steps after which anything is clear.
const firstRung = 4

// rung is the step at which a run waits, 0 where it goes on to its end.
func rung(p sweep.Params, share float64) int {
	if step := int(share * float64(p.Steps)); share < 1 && step >= firstRung {
		return step
	}
	return 0
}

// worse compares the runs at the rung and returns the classes to stop. Runs
// that are equal to the bit are stopped together or not at all.
func (s *session) worse(ctx context.Context, plan *grid.Plan) ([]job, error) {
	held, err := s.holdings(ctx, plan.Runs)
	if err != nil {
		return nil, err
	}
	var open []job
	var candidates []candidate
	for _, members := range s.classes(plan) {
		f := newClass(members, held)
		points, err := s.reached(ctx, &f)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if s.dropped[m.Key] {
				continue
			}
			candidates = append(candidates, candidate{m.Params, m.Key, lossAt(points, rung(m.Params, s.share))})
		}
		if len(f.trained) == 0 && len(f.open) > 0 {
			open = append(open, job{members: members, class: f})
		}
	}
	worse := clearlyWorse(candidates)
	return slices.DeleteFunc(open, func(j job) bool {
		return slices.ContainsFunc(j.class.open, func(m equivalentRun) bool { return !worse[m.Key] })
	}), nil
}

// reached returns the curve of the class's first member that came to the rung,
// and moves that one to the front. There is none if no member did.
func (s *session) reached(ctx context.Context, f *class) ([]sweep.Point, error) {
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
			if reaches(points, rung(m.Params, s.share)) {
				copy(list[1:i+1], list[:i])
				list[0] = m
				return points, nil
			}
		}
	}
	return nil, nil
}

// advance trains a class to the rung: its first member that does not fail.
func (s *session) advance(ctx context.Context, f class) error {
	if len(f.trained) > 0 || len(f.open) == 0 || rung(f.open[0].Params, s.share) == 0 {
		return nil
	}
	if points, err := s.reached(ctx, &f); err != nil || points != nil {
		return err
	}
	for _, m := range f.open {
		outcome, err := s.train(ctx, m.Run, false)
		if err != nil || outcome.State != sweep.Failed {
			return err
		}
	}
	return nil
}

// drop records that a class was stopped: the run that came to the rung, and the
// others as its copies. Those that failed stay as they are.
func (s *session) drop(ctx context.Context, f class) error {
	if points, err := s.reached(ctx, &f); err != nil || len(f.trained) > 0 || points == nil {
		return err
	}
	first := f.open[0]
	if first.state != sweep.Pruned || first.copyOf != "" {
		if stopped, err := s.stopShort(ctx, first.Run); err != nil || !stopped {
			return err
		}
	}
	original, err := s.original(ctx, first)
	if err != nil {
		return err
	}
	for _, m := range f.open[1:] {
		if m.state == sweep.Failed || m.state == sweep.Pruned && m.copyOf == first.Key {
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

// forgo accounts for a run that was pruned.
func (s *session) forgo(run sweep.Run) {
	s.mu.Lock()
	s.dropped[run.Key] = true
	s.mu.Unlock()
	if s.account(run, &s.summary.Pruned) {
		s.tell(Event{Kind: EventStopped, Run: run})
	}
}

// stopShort records a run as pruned, as far as it came. Where an attempt died
// and took with it what it had stored since its last checkpoint, the run comes to
// the rung anew.
func (s *session) stopShort(ctx context.Context, run sweep.Run) (stopped bool, err error) {
	for ctx.Err() == nil {
		number, from, err := s.begin(ctx, run, s.claim(run))
		if err != nil {
			return false, fmt.Errorf("stop run %s short: %w", run.Name, err)
		}
		if reaches(from.Points, rung(run.Params, s.share)) {
			return true, s.Recorder.Finish(context.WithoutCancel(ctx), run.Key, number, cutShort(from.Points))
		}
		if err := s.giveBack(ctx, run, number); err != nil {
			return false, err
		}
		if outcome, err := s.train(ctx, run, false); err != nil || outcome.State != sweep.Pending {
			return false, err
		}
	}
	return false, nil
}

// giveBack ends an attempt that trained nothing.
func (s *session) giveBack(ctx context.Context, run sweep.Run, attempt int) error {
	return s.Recorder.Finish(context.WithoutCancel(ctx), run.Key, attempt, sweep.Outcome{State: sweep.Pending})
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
		State: sweep.Pruned, Loss: math.NaN(), EvalLoss: math.NaN(), FirstLoss: math.NaN(),
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
