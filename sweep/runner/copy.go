package runner

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
)

// Mismatch is a run that was trained as a proof and is not equal to the original of
// its class. No run of the class is recorded as a copy.
type Mismatch struct {
	Original, Proof sweep.Run
	Contrast        sweep.CurveContrast // the curve that the proof should have, and the one that it has
}

func (m Mismatch) String() string {
	return fmt.Sprintf("%s should be equal to %s to the bit and is not: %v", m.Proof.Name, m.Original.Name, m.Contrast)
}

// settle trains the runs of a class that have to be trained, and records the others
// as copies. The error is the recorder's.
func (s *session) settle(ctx context.Context, f class) error {
	for len(f.trained) == 0 && len(f.open) > 0 && ctx.Err() == nil {
		first := f.open[0]
		f.open = f.open[1:]
		if err := s.trainMember(ctx, &f, first, false); err != nil {
			return err
		}
	}
	if len(f.open) == 0 || ctx.Err() != nil {
		return nil
	}
	original, err := s.original(ctx, f.trained[0])
	if err != nil {
		return err
	}
	copies, err := s.prove(ctx, &f, original)
	if err != nil || ctx.Err() != nil {
		return err
	}
	for _, m := range copies {
		if err := s.record(ctx, original, m); err != nil {
			return err
		}
	}
	return nil
}

// trainMember trains m, and adds it to the trained members unless training failed.
func (s *session) trainMember(ctx context.Context, f *class, m equivalentRun, forProof bool) error {
	outcome, err := s.train(ctx, m.Run, 0, forProof)
	if err == nil && outcome.State.Final() {
		f.trained = append(f.trained, m)
	}
	return err
}

// prove trains the open members that are proofs, or all if the original cannot be
// copied. It returns the members to record as copies of the original: none if a
// trained member differs from it.
func (s *session) prove(ctx context.Context, f *class, o original) (copies []equivalentRun, err error) {
	steady := o.steady()
	for _, m := range f.open {
		if ctx.Err() != nil {
			return nil, nil
		}
		if steady && !m.proof {
			copies = append(copies, m)
			continue
		}
		if err := s.trainMember(ctx, f, m, steady); err != nil {
			return nil, err
		}
	}
	if !steady {
		return nil, nil
	}
	for _, m := range f.trained[1:] {
		equal, err := s.compare(ctx, o, m)
		if err != nil || !equal {
			return nil, err
		}
	}
	return copies, nil
}

// compare reports whether a trained member has the curve that a copy of the original
// would have, and adds a mismatch to the summary if not.
func (s *session) compare(ctx context.Context, o original, m equivalentRun) (equal bool, err error) {
	curves, err := s.Recorder.Curves(ctx, []string{m.Key})
	if err != nil {
		return false, fmt.Errorf("read the curve of run %s: %w", m.Name, err)
	}
	a, b := o.powers(m)
	got := curves[m.Key]
	if a != b {
		got = rescaleNorms(got, math.NaN())
	}
	contrast := sweep.ContrastCurves(o.curve(m), got)
	if !contrast.Equal {
		s.note(Mismatch{o.Run, m.Run, contrast})
	}
	return contrast.Equal, nil
}

// note adds a mismatch to the summary, unless it is there from an earlier look at the
// class.
func (s *session) note(m Mismatch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := func(n Mismatch) bool { return n.Proof.Key == m.Proof.Key }
	if !slices.ContainsFunc(s.summary.Mismatches, known) {
		s.summary.Mismatches = append(s.summary.Mismatches, m)
	}
}

// record records m as a copy of the original and accounts for it.
func (s *session) record(ctx context.Context, o original, m equivalentRun) error {
	if ctx.Err() != nil {
		return nil // the sweep was stopped just before
	}
	outcome, err := s.recordCopy(context.WithoutCancel(ctx), o, m)
	if err != nil {
		return fmt.Errorf("record run %s as a copy of %s: %w", m.Name, o.Name, err)
	}
	s.account(m.Run, &s.summary.Copied)
	s.report(Event{Kind: EventCopied, Run: m.Run, Outcome: outcome})
	return nil
}

// recordCopy records m as a copy of the original.
func (s *session) recordCopy(ctx context.Context, o original, m equivalentRun) (sweep.Outcome, error) {
	outcome, err := o.outcome(m, s.Rescale)
	if err != nil {
		return outcome, err
	}
	claim := s.claim(m.Run)
	claim.Provenance = o.Provenance
	number, _, err := s.begin(ctx, m.Run, claim)
	if err == nil {
		err = s.Recorder.Restart(ctx, m.Key, number) // an attempt to train it may have left a checkpoint
	}
	if err == nil {
		err = s.Recorder.Observe(ctx, m.Key, number, o.curve(m), nil)
	}
	if err == nil {
		err = s.Recorder.Finish(ctx, m.Key, number, outcome)
	}
	return outcome, err
}

// original is a trained run that others are copies of.
type original struct {
	sweep.Result
	orbit  sweep.Orbit
	points []sweep.Point
}

func (s *session) original(ctx context.Context, m equivalentRun) (o original, err error) {
	o = original{orbit: m.orbit}
	o.Result, err = s.Recorder.Result(ctx, m.Key)
	if err != nil {
		return o, fmt.Errorf("read run %s: %w", m.Name, err)
	}
	curves, err := s.Recorder.Curves(ctx, []string{m.Key})
	if err != nil {
		return o, fmt.Errorf("read the curve of run %s: %w", m.Name, err)
	}
	o.points = curves[m.Key]
	o.Run = m.Run
	return o, nil
}

// steady reports whether all numbers in training were far from the ends of float32's
// range. Near them rescaled runs differ: one may overflow a step before the other, or
// alone in its last update.
func (o original) steady() bool {
	const most = 1 << 28 // a gradient that, squared, is finite at any A and B within reach
	if !(max(o.Params.LRA, o.Params.LRB) <= most) || vanished(o.points) {
		return false
	}
	return !slices.ContainsFunc(o.points, func(p sweep.Point) bool {
		return !(math.Abs(p.Loss) <= most && p.GradNorm <= most && math.Abs(p.EvalLoss) <= most)
	})
}

// vanished reports whether a curve has a gradient of zero at a step whose loss is not
// zero, after a step that had a gradient.
func vanished(points []sweep.Point) bool {
	had := slices.IndexFunc(points, func(p sweep.Point) bool { return p.GradNorm > 0 })
	return had >= 0 && slices.ContainsFunc(points[had:], func(p sweep.Point) bool { return p.GradNorm == 0 && p.Loss != 0 })
}

// powers returns log2 of how much larger the factors A and B of m are than those of
// the original.
func (o original) powers(m equivalentRun) (a, b int) {
	return m.orbit.A - o.orbit.A, m.orbit.B - o.orbit.B
}

// curve returns the curve of m. It has the same losses, and gradient norms that are
// smaller by as much as the factors are larger. The norms are unknown where A and B
// are larger by different amounts, since the share of each in a norm is not recorded.
func (o original) curve(m equivalentRun) []sweep.Point {
	a, b := o.powers(m)
	if a != b {
		return rescaleNorms(o.points, math.NaN())
	}
	return rescaleNorms(o.points, math.Ldexp(1, -a))
}

// rescaleNorms returns the points with their gradient norms multiplied, except at
// step 0, which has none.
func rescaleNorms(points []sweep.Point, by float64) []sweep.Point {
	points = slices.Clone(points)
	for i := range points {
		if points[i].Step > 0 {
			points[i].GradNorm *= by
		}
	}
	return points
}

// outcome returns the outcome of m as a copy, which takes no time and trains no tokens.
func (o original) outcome(m equivalentRun, rescale func([]byte, int, int) ([]byte, error)) (sweep.Outcome, error) {
	c := o.Outcome
	c.CopyOf, c.CurveHash = o.Key, sweep.HashCurve(o.curve(m))
	c.TokensPerSecond, c.Seconds, c.Adapter = math.NaN(), 0, nil
	if o.Adapter == nil || rescale == nil {
		return c, nil
	}
	a, b := o.powers(m)
	var err error
	if c.Adapter, err = rescale(o.Adapter, a, b); err != nil {
		return c, fmt.Errorf("rescale the adapter: %w", err)
	}
	return c, nil
}

// WithoutUnknownNorms returns the points to compare with the curve of a copy: without
// gradient norms if the copy has none.
func WithoutUnknownNorms(points, ofCopy []sweep.Point) []sweep.Point {
	if slices.ContainsFunc(ofCopy, func(p sweep.Point) bool { return math.IsNaN(p.GradNorm) }) {
		return rescaleNorms(points, math.NaN())
	}
	return points
}
