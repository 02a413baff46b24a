package architecture

import (
	"fmt"
	"math"

	"sweep/trainer/kernel"
)

// Rope is the rotary position embedding (RoFormer, arXiv 2104.09864, section
// 3.2) of a model.
type Rope struct {
	Theta float64
	Type  string // "default", "linear" or "llama3"

	// Factor is how much wavelengths are stretched: all of them where Type is
	// "linear" (position interpolation, arXiv 2306.15595). Where it is "llama3",
	// as in Llama 3.1 and later, those above OriginalPositions/LowFreq are, those
	// below OriginalPositions/HighFreq are kept, and those between are blended.
	Factor, LowFreq, HighFreq float64
	OriginalPositions         int
}

// Frequencies returns the dim/2 inverse frequencies of heads of dim elements:
// position p turns pair i by p*Frequencies(dim)[i] radians. The bits are the
// same on every machine: every product stands in a conversion, which keeps the
// compiler from fusing it into a sum.
func (r Rope) Frequencies(dim int) []float64 {
	f := make([]float64, dim/2)
	for i := range f {
		f[i] = 1 / kernel.Pow(r.Theta, float64(2*i)/float64(dim))
		switch r.Type {
		case "linear":
			f[i] /= r.Factor
		case "llama3":
			f[i] = r.stretch(f[i])
		}
	}
	return f
}

// stretch applies the scaling of Llama 3.1 to one inverse frequency.
func (r Rope) stretch(f float64) float64 {
	turns := float64(r.OriginalPositions) * f / (2 * math.Pi) // within the original context
	switch {
	case turns < r.LowFreq:
		return f / r.Factor
	case turns > r.HighFreq:
		return f
	}
	kept := (turns - r.LowFreq) / (r.HighFreq - r.LowFreq)
	return float64((1-kept)*(f/r.Factor)) + float64(kept*f)
}

func (r Rope) check() error {
	if !(r.Theta > 0) || math.IsInf(r.Theta, 0) {
		return fmt.Errorf("rope_theta is %v, but must be positive", r.Theta)
	}
	switch r.Type {
	case "default":
		if r.Factor != 0 && r.Factor != 1 {
			return fmt.Errorf("the rotary embedding has the factor %v, but the rope_type \"default\", which has none; name the rope_type", r.Factor)
		}
		return nil
	case "linear":
		if !(r.Factor > 0) || math.IsInf(r.Factor, 0) {
			return fmt.Errorf("rope_type linear has factor %v, but needs a positive one", r.Factor)
		}
		return nil
	case "llama3":
		return r.checkLlama3()
	default:
		return fmt.Errorf("rope_type is %q, but only \"default\", \"linear\" and \"llama3\" are read", r.Type)
	}
}

func (r Rope) checkLlama3() error {
	switch {
	case !(r.Factor >= 1) || math.IsInf(r.Factor, 0):
		return fmt.Errorf("rope_type llama3 has factor %v, but needs at least 1", r.Factor)
	case !(r.LowFreq > 0) || !(r.HighFreq > r.LowFreq) || math.IsInf(r.HighFreq, 0):
		return fmt.Errorf("rope_type llama3 has low_freq_factor %v and high_freq_factor %v, but needs 0 < low < high", r.LowFreq, r.HighFreq)
	case r.OriginalPositions <= 0:
		return fmt.Errorf("rope_type llama3 has original_max_position_embeddings %d, but needs a positive one", r.OriginalPositions)
	}
	return nil
}
