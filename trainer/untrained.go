package trainer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"

	"sweep/trainer/data"
	"sweep/trainer/kernel"
)

// untrained is an evaluation of frozen weights alone.
type untrained struct {
	reading
	inputs float64 // the most squares that the elements of a projection's input add up to
}

// untrainedKey is all that such an evaluation depends on.
type untrainedKey struct {
	model, dtype        string            // model: its hash
	judged              [sha256.Size]byte // of the batches: rows, their tokens, and how they lie together
	capacity, positions int
	match               bool
}

// untrainedBy are the evaluations of a Trainer's runs.
type untrainedBy = relay[untrainedKey, untrained]

// shareStart has the run take what it reads before training from another run that reads
// the same, and leave it to others.
func (s *session) shareStart(with *untrainedBy, model string) {
	s.untrained = with
	s.untrainedKey = untrainedKey{
		model, s.params.DType, hashOfBatches(s.judged), s.pass.capacity, s.pass.positions, s.pass.match,
	}
}

// hashOfBatches tells batches apart by all that they hold.
func hashOfBatches(batches []data.Batch) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, b := range batches {
		fmt.Fprintln(h, b)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// evaluateStart reads the judged rows before training: once for all runs that share what
// they read, but for those whose adapters change something from the start.
func (s *session) evaluateStart(ctx context.Context) (reading, error) {
	if s.untrained == nil || !s.model.addsNothing(s.pass.k, 0) {
		return s.evaluate(ctx)
	}
	u, err := s.untrained.get(ctx, s.untrainedKey, func() (untrained, error) { return s.evaluateUntrained(ctx) })
	if err != nil {
		return reading{}, err
	}
	if !s.model.addsNothing(s.pass.k, u.inputs) {
		return s.evaluate(ctx)
	}
	s.latest = u.reading
	return s.latest, nil
}

// evaluateUntrained reads the judged rows without the LoRA updates.
func (s *session) evaluateUntrained(ctx context.Context) (u untrained, err error) {
	linears := s.model.linears()
	updates := make([]*lora, len(linears))
	for i, l := range linears {
		updates[i], l.lora, l.inputs = l.lora, nil, &u.inputs
	}
	defer func() {
		for i, l := range linears {
			l.lora, l.inputs = updates[i], nil
		}
	}()
	u.reading, err = s.evaluate(ctx)
	return u, err
}

// addsNothing reports whether the LoRA updates, as they stand, add zero to the projections
// of inputs x whose squares add up to no more than so much: whether B is zero and s x A^T
// finite. By Cauchy and Schwarz |x a| <= |x| |a| for each row a of A, and for all parts of
// that sum. It is false where inputs is NaN, or a factor.
func (m *model) addsNothing(k *kernel.Set, inputs float64) bool {
	const limit = math.MaxFloat32 / 16 // leaves room for rounding
	for _, l := range m.loras {
		if slices.ContainsFunc(l.bt.value, func(b float32) bool { return b != 0 }) {
			return false
		}
		bound := math.Sqrt(inputs) * math.Sqrt(k.SumSquares(l.a.value)) * max(1, math.Abs(float64(l.s)))
		if !(bound < limit) {
			return false
		}
	}
	return true
}

// linears lists the projections in the blocks.
func (m *model) linears() (list []*linear) {
	for _, s := range m.stages {
		if b, ok := s.(*block); ok {
			list = append(list, b.linears()...)
		}
	}
	return list
}
