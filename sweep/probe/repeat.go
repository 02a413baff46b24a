package probe

import (
	"fmt"
	"math"
	"strconv"
)

// repeats asks whether a seed decides a curve.
func (s *session) repeats() Finding {
	f := Finding{Check: "repeat", Claim: "the same seed is the same curve"}
	share, shared := apart(s.curves[trained], s.curves[again])
	other, compared := apart(s.curves[trained], s.curves[otherSeed])
	if shared == 0 {
		return f.untold("", "%s", s.lacks(again, "lr"))
	}
	shows := fmt.Sprintf("losses of two runs with the same settings differ by %s at the most, over %d steps", percent(share), shared)
	if compared > 0 {
		shows += fmt.Sprintf("; with another seed by %s", percent(other))
	}
	effect, _ := apart(s.curves[trained], s.curves[still])
	switch {
	case share == 0:
		return f.answer(Yes, shows, "`sweep verify` can hold runs to the bit, and what two runs differ in is their settings")
	case s.drawsAnew():
		return f.answer(No, shows, "two runs with the same settings start with another A, or at other rows: the seed does not decide all that is random. Seed it from SWEEP_SEED")
	case share > effect/10:
		return f.answer(No, shows, fmt.Sprintf("training changed the losses by %s at the most, so that this is no rounding: the seed does not decide the draw of A, or not the "+
			"rows. Seed all that is random from SWEEP_SEED", percent(effect)))
	default:
		return f.answer(Yes, shows, fmt.Sprintf("equal but for rounding, as where a GPU adds up in another order: differences of losses below %s say nothing", percent(share)))
	}
}

// drawsAnew reports whether runs with the same settings start otherwise, by the factors A
// of two in which nothing moves or, where there are none, by the first gradient norm.
func (s *session) drawsAnew() bool {
	const rounding = 0.01
	a, b := s.factors(still, false), s.factors(batchStill, false)
	if len(a) == 0 || len(a) != len(b) {
		x, y := s.curves[trained].norm(1), s.curves[again].norm(1)
		return math.Abs(x-y) > rounding*math.Abs(x)
	}
	byModule := map[string][]float32{}
	for _, f := range a {
		byModule[f.Module] = f.Values
	}
	std := drawOf(a).std
	for _, f := range b {
		for i, x := range byModule[f.Module] {
			if i < len(f.Values) && math.Abs(float64(x-f.Values[i])) > rounding*std {
				return true
			}
		}
	}
	return false
}

// seeds asks whether another seed is another run.
func (s *session) seeds() Finding {
	f := Finding{Check: "seed", Claim: "another seed is another curve"}
	share, shared := apart(s.curves[trained], s.curves[otherSeed])
	if shared == 0 {
		return f.untold("", "%s", s.lacks(otherSeed, "seed"))
	}
	seed := s.base.Params.Seed
	shows := fmt.Sprintf("losses with seed = %d and %d differ by up to %s", seed, seed+1, percent(share))
	if repeat, _ := apart(s.curves[trained], s.curves[again]); share <= repeat {
		return f.answer(No, shows, "the seed changes nothing: several seeds are one run counted several times, and intervals over them are too narrow. "+
			"Seed the draw of A and the order of rows from SWEEP_SEED")
	}
	means := "seeds are runs of their own, over which a sweep can tell chance from alpha"
	if a, ok := s.curves[still].loss(1); ok {
		if b, okToo := s.curves[seedStill].loss(1); okToo && a == b {
			means += ". The first rows are the same, so that seeds differ in the draw of A alone"
		}
	}
	return f.answer(Yes, shows, means)
}

func percent(share float64) string { return strconv.FormatFloat(share*100, 'g', 2, 64) + " %" }
