package pretrained

import (
	"cmp"
	"fmt"
	"slices"

	"sweep/trainer/architecture"
)

// Tensors that are read as settings of the rotary embedding: a factor for each
// pair, in all rows, in short ones and in long ones.
const (
	allFactors   = "rope_freqs.weight"
	shortFactors = "rope_factors_short.weight"
	longFactors  = "rope_factors_long.weight"
)

// rope reads the rotary embedding as llama.cpp does: a factor without a type, or
// under its old key, is linear, the type "none" has no factor, and tensors have
// factors of their own for each pair.
func (s *ggufSettings) rope(c architecture.Config) (rope architecture.Rope, contradictions []string) {
	kind := s.TextOr(s.key("rope.scaling.type"), "linear")
	factor := s.NumberOr(s.key("rope.scaling.factor"), s.NumberOr(s.key("rope.scale_linear"), 0))
	if kind == "none" || factor == 0 {
		factor = 1
	}
	rope = architecture.Rope{
		Theta:   s.NumberOr(s.key("rope.freq_base"), 10000),
		Type:    "default",
		Partial: s.partial(c),
		Scale:   s.NumberOr(s.key("rope.scaling.attn_factor"), 0),
	}
	original := s.IntegerOr(s.key("rope.scaling.original_context_length"), c.MaxPositions)
	switch {
	case kind == "yarn" && factor != 1:
		rope.OriginalPositions = original
		s.yarn(&rope, factor)
	case factor != 1:
		rope.Type, rope.Factor = "linear", factor
		if !s.Has(s.key("rope.scaling.type")) {
			contradictions = append(contradictions, "the rotary embedding has a scaling factor, but no "+s.key("rope.scaling.type")+"; it is linear, as in llama.cpp")
		}
	}
	if !slices.Contains([]string{"none", "linear", "yarn", "longrope"}, kind) {
		s.Fail(fmt.Errorf("%s is %q, but only none, linear, yarn and longrope are read", s.key("rope.scaling.type"), kind))
	}
	s.pairFactors(&rope, kind, original)
	return rope, contradictions
}

// partial is the share of each head that turns; 0: all of it.
func (s *ggufSettings) partial(c architecture.Config) float64 {
	turned := s.IntegerOr(s.key("rope.dimension_count"), c.HeadDim)
	if turned == c.HeadDim || s.Err() != nil {
		return 0
	}
	interleaved := slices.ContainsFunc(s.family.Block, func(t architecture.Tensor) bool { return t.Interleaved })
	if interleaved || turned <= 0 || turned > c.HeadDim {
		s.Fail(fmt.Errorf("%s is %d, but only the head's %d is read", s.key("rope.dimension_count"), turned, c.HeadDim))
		return 0
	}
	return partial(turned, c.HeadDim)
}

// yarn reads YaRN's settings. The scale of cosines and sines is as in
// transformers unless the file says another.
func (s *ggufSettings) yarn(rope *architecture.Rope, factor float64) {
	rope.Type, rope.Factor = "yarn", factor
	rope.BetaFast = s.NumberOr(s.key("rope.scaling.yarn_beta_fast"), 32)
	rope.BetaSlow = s.NumberOr(s.key("rope.scaling.yarn_beta_slow"), 1)
	scale := architecture.YaRNScale(factor, 1, s.NumberOr(s.key("rope.scaling.yarn_log_multiplier"), 0))
	rope.Scale = s.NumberOr(s.key("rope.scaling.yarn_attn_factor"), scale) * cmp.Or(rope.Scale, 1)
}

// pairFactors reads the factors of each pair. A linear factor beside them
// stretches all of them.
func (s *ggufSettings) pairFactors(rope *architecture.Rope, kind string, original int) {
	all, short, long := s.vector(allFactors), s.vector(shortFactors), s.vector(longFactors)
	if all != nil {
		short, long = all, all
	}
	switch {
	case s.Err() != nil || short == nil && long == nil && kind != "longrope":
		return
	case short == nil || long == nil:
		s.Fail(fmt.Errorf("%s is %q, and it lacks tensor %s, %s or both", s.key("rope.scaling.type"), kind, shortFactors, longFactors))
		return
	case rope.Type == "yarn":
		s.Fail(fmt.Errorf("it has %s and %s %q, but only one of the two is read", allFactors, s.key("rope.scaling.type"), kind))
		return
	}
	stretch := 1.0
	if rope.Type == "linear" {
		stretch = rope.Factor
	}
	rope.Type, rope.Factor, rope.OriginalPositions = "longrope", 0, original
	rope.Short, rope.Long = times(short, stretch), times(long, stretch)
}

// vector reads a tensor of factors.
func (s *ggufSettings) vector(name string) []float64 {
	const limit = 1 << 16 // elements, far above what half a head has
	x, err := s.file.Vector(name, limit)
	s.Fail(err)
	return x
}

// times multiplies a copy of x.
func times(x []float64, factor float64) []float64 {
	y := slices.Clone(x)
	for i := range y {
		y[i] *= factor
	}
	return y
}
