package runner

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
)

// Mismatch is a run that was trained for proof and is not equal to the run that
// it shares an orbit with. No copies are recorded of either.
type Mismatch struct {
	Original, Proof sweep.Run
	Contrast        sweep.CurveContrast // of the curve that the original implies with that of the proof
}

func (m Mismatch) String() string {
	return fmt.Sprintf("%s should be equal to %s to the bit and is not: %v", m.Proof.Name, m.Original.Name, m.Contrast)
}

// settle trains what has to be trained of a class and records the rest as
// copies. The error is the recorder's.
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

// trainMember trains m and moves it to the trained ones if it came to an end.
func (s *session) trainMember(ctx context.Context, f *class, m equivalentRun, forProof bool) error {
	outcome, err := s.train(ctx, m.Run, 0, forProof)
	if err == nil && outcome.State.Final() {
		f.trained = append(f.trained, m)
	}
	return err
}

// prove trains the open members that are to prove the original, or all if it
// cannot be copied, and returns those that are to be copies of it: none if a
// trained member differs.
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

// compare reports whether a trained member has the curve that the original
// implies, and makes a note of it if not.
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

// note adds a mismatch to the summary, unless its class was attended to before.
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
	s.tell(Event{Kind: EventCopied, Run: m.Run, Outcome: outcome})
	return nil
}

// recordCopy gives m the curve and the outcome that the original implies.
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

// original is a trained run, to be copied.
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

// steady reports whether training came nowhere near the ends of float32's
// range, where rescaled runs part: one overflows a step before the other, or,
// by its last update, alone.
func (o original) steady() bool {
	const most = 1 << 28 // a gradient that, squared, is finite at any A and B within reach
	if !(max(o.Params.LRA, o.Params.LRB) <= most) || vanished(o.points) {
		return false
	}
	return !slices.ContainsFunc(o.points, func(p sweep.Point) bool {
		return !(math.Abs(p.Loss) <= most && p.GradNorm <= most && math.Abs(p.EvalLoss) <= most)
	})
}

// vanished reports whether a curve had a gradient first, and then none at a
// step whose loss is not zero.
func vanished(points []sweep.Point) bool {
	had := slices.IndexFunc(points, func(p sweep.Point) bool { return p.GradNorm > 0 })
	return had >= 0 && slices.ContainsFunc(points[had:], func(p sweep.Point) bool { return p.GradNorm == 0 && p.Loss != 0 })
}

// powers are log2 of what leads from the original's factors to m's.
func (o original) powers(m equivalentRun) (a, b int) {
	return m.orbit.A - o.orbit.A, m.orbit.B - o.orbit.B
}

// curve is that of m: the same losses; gradient norms by as much smaller as the
// factors are larger, and unknown where the two factors differ in that, since
// the parts of a norm that are due to A and to B are not recorded.
func (o original) curve(m equivalentRun) []sweep.Point {
	a, b := o.powers(m)
	if a != b {
		return rescaleNorms(o.points, math.NaN())
	}
	return rescaleNorms(o.points, math.Ldexp(1, -a))
}

// rescaleNorms returns the points with their gradient norms multiplied. Step 0
// has none.
func rescaleNorms(points []sweep.Point, by float64) []sweep.Point {
	points = slices.Clone(points)
	for i := range points {
		if points[i].Step > 0 {
			points[i].GradNorm *= by
		}
	}
	return points
}

// outcome is that of m. A copy takes no time and trains no tokens.
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

// WithoutUnknownNorms returns the points without the gradient norms that a copy's
// curve lacks, so that the two can be compared.
func WithoutUnknownNorms(points, ofCopy []sweep.Point) []sweep.Point {
	if slices.ContainsFunc(ofCopy, func(p sweep.Point) bool { return math.IsNaN(p.GradNorm) }) {
		return rescaleNorms(points, math.NaN())
	}
	return points
}
