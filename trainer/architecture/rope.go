package architecture

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/trainer/kernel"
)

// Rope is the rotary position embedding (RoFormer, arXiv 2104.09864, section
// 3.2) of a model, and how it is stretched to more positions.
type Rope struct {
	Theta   float64
	Type    string  // a name in ropeTypes
	Partial float64 // share of each head's elements that turn, the first ones; 0: all

	// Factor is how much wavelengths are stretched: all of them where Type is
	// "linear" (position interpolation, arXiv 2306.15595). Where it is "llama3",
	// as in Llama 3.1 and later, those above OriginalPositions/LowFreq are, those
	// below OriginalPositions/HighFreq are kept, and those between are blended. Where it is
	// "yarn" (arXiv 2309.00071, section 3.2), pairs that turn less than BetaSlow times within
	// OriginalPositions are, those that turn more than BetaFast times are kept, and
	// those between are blended.
	Factor, LowFreq, HighFreq float64
	OriginalPositions         int
	BetaFast, BetaSlow        float64
	Exact                     bool // the borders of the blend are not rounded to pairs

	// Short and Long stretch the wavelength of each pair by a factor of its own
	// (LongRoPE, arXiv 2402.13753), in rows of at most OriginalPositions tokens and
	// in longer ones.
	Short, Long []float64

	Scale float64 // of cosines and sines; 0: 1
}

// ropeTypes are the ways to stretch: what each does to the plain inverse frequencies f
// of rotary dimension dim in rows of so many tokens, and what it needs.
var ropeTypes = map[string]struct {
	stretch func(r Rope, f []float64, dim, tokens int)
	check   func(r Rope, dim int) error
}{
	"default":  {func(Rope, []float64, int, int) {}, Rope.checkDefault},
	"linear":   {func(r Rope, f []float64, _, _ int) { r.stretchAll(f) }, Rope.checkFactor},
	"dynamic":  {func(Rope, []float64, int, int) {}, Rope.checkFactor}, // up to the model's positions, as rows are
	"llama3":   {func(r Rope, f []float64, _, _ int) { r.blendLlama3(f) }, Rope.checkLlama3},
	"yarn":     {func(r Rope, f []float64, dim, _ int) { r.blendYaRN(f, dim) }, Rope.checkYaRN},
	"longrope": {func(r Rope, f []float64, _, tokens int) { r.divide(f, tokens) }, Rope.checkLong},
}

// Dim returns how many elements of a head of headDim turn.
func (r Rope) Dim(headDim int) int {
	return int(float64(headDim) * cmp.Or(r.Partial, 1))
}

// Equal reports whether both turn by the same angles.
func (r Rope) Equal(other Rope) bool {
	short, long := slices.Equal(r.Short, other.Short), slices.Equal(r.Long, other.Long)
	return short && long && r.plain() == other.plain()
}

// plain is the embedding without its lists.
func (r Rope) plain() any {
	type numbers struct {
		theta, partial, factor, low, high, fast, slow, scale float64
		kind                                                 string
		positions                                            int
		exact                                                bool
	}
	return numbers{r.Theta, cmp.Or(r.Partial, 1), r.Factor, r.LowFreq, r.HighFreq, r.BetaFast, r.BetaSlow, cmp.Or(r.Scale, 1), r.Type, r.OriginalPositions, r.Exact}
}

// LongerRowsDiffer reports whether rows of more than OriginalPositions tokens turn
// otherwise than shorter ones.
func (r Rope) LongerRowsDiffer() bool { return r.Type == "longrope" && !slices.Equal(r.Short, r.Long) }

// Frequencies returns the Dim(headDim)/2 inverse frequencies of heads of headDim elements
// in batches whose longest row has so many tokens: position p turns pair i by
// p*Frequencies(headDim, tokens)[i] radians. The bits are the
// same on every machine: every product stands in a conversion, which keeps the
// compiler from fusing it into a sum.
func (r Rope) Frequencies(headDim, tokens int) []float64 {
	dim := r.Dim(headDim)
	f := make([]float64, dim/2)
	for i := range f {
		f[i] = 1 / kernel.Pow(r.Theta, float64(2*i)/float64(dim))
	}
	ropeTypes[r.Type].stretch(r, f, dim, tokens)
	return f
}

func (r Rope) stretchAll(f []float64) {
	for i := range f {
		f[i] /= r.Factor
	}
}

// blendLlama3 applies the scaling of Llama 3.1.
func (r Rope) blendLlama3(f []float64) {
	for i, x := range f {
		turns := float64(r.OriginalPositions) * x / (2 * math.Pi) // within the original context
		switch {
		case turns < r.LowFreq:
			f[i] = x / r.Factor
		case turns <= r.HighFreq:
			f[i] = blend(x, r.Factor, (turns-r.LowFreq)/(r.HighFreq-r.LowFreq))
		}
	}
}

// blend is the share kept of f, and the rest of f stretched.
func blend(f, factor, kept float64) float64 {
	return float64((1-kept)*(f/factor)) + float64(kept*f)
}

// blendYaRN stretches pairs by where they lie between the two borders.
func (r Rope) blendYaRN(f []float64, dim int) {
	low, high := r.border(r.BetaFast, dim), r.border(r.BetaSlow, dim)
	if !r.Exact {
		low, high = math.Floor(low), math.Ceil(high)
	}
	low, high = max(low, 0), min(high, float64(dim-1))
	if low == high {
		high += 0.001 // as in transformers: the ramp is a step
	}
	for i := range f {
		ramp := min(max((float64(i)-low)/(high-low), 0), 1)
		f[i] = blend(f[i], r.Factor, 1-ramp)
	}
}

// border is the pair, perhaps between two, that turns so many times within the original positions.
func (r Rope) border(turns float64, dim int) float64 {
	return float64(dim) * kernel.Log(float64(r.OriginalPositions)/(turns*2*math.Pi)) / (2 * kernel.Log(r.Theta))
}

// divide applies LongRoPE's factors for rows of so many tokens.
func (r Rope) divide(f []float64, tokens int) {
	factors := r.Short
	if tokens > r.OriginalPositions {
		factors = r.Long
	}
	for i := range f {
		f[i] /= factors[i]
	}
}

// check says what keeps r from being an embedding of heads of headDim elements.
func (r Rope) check(headDim int) error {
	if !positive(r.Theta) {
		return fmt.Errorf("rope_theta is %v, but must be positive", r.Theta)
	}
	kind, ok := ropeTypes[r.Type]
	if !ok {
		return fmt.Errorf("rope_type is %q, but only %s are read", r.Type, ropeTypeNames())
	}
	dim := r.Dim(headDim)
	switch {
	case !(r.Partial >= 0 && r.Partial <= 1):
		return fmt.Errorf("partial_rotary_factor is %v, but must be in 0..1", r.Partial)
	case dim <= 0 || dim%2 != 0:
		return fmt.Errorf("head_dim is %d, of which the rotary embedding turns %d elements, but needs an even number", headDim, dim)
	case !(r.Scale >= 0) || math.IsInf(r.Scale, 0):
		return fmt.Errorf("the attention_factor of the rotary embedding is %v, but must be positive", r.Scale)
	}
	return kind.check(r, dim)
}

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 0) }

func (r Rope) checkDefault(int) error {
	if r.Factor != 0 && r.Factor != 1 {
		return fmt.Errorf("the rotary embedding has the factor %v, but the rope_type \"default\", which has none; name the rope_type", r.Factor)
	}
	return nil
}

func (r Rope) checkFactor(int) error {
	if !positive(r.Factor) {
		return fmt.Errorf("rope_type %s has factor %v, but needs a positive one", r.Type, r.Factor)
	}
	return nil
}

func (r Rope) checkLlama3(int) error {
	switch {
	case !(r.Factor >= 1) || math.IsInf(r.Factor, 0):
		return fmt.Errorf("rope_type llama3 has factor %v, but needs at least 1", r.Factor)
	case !(r.LowFreq > 0) || !(r.HighFreq > r.LowFreq) || math.IsInf(r.HighFreq, 0):
		return fmt.Errorf("rope_type llama3 has low_freq_factor %v and high_freq_factor %v, but needs 0 < low < high", r.LowFreq, r.HighFreq)
	}
	return r.checkOriginal()
}

func (r Rope) checkYaRN(int) error {
	switch {
	case !positive(r.Factor):
		return fmt.Errorf("rope_type yarn has factor %v, but needs a positive one", r.Factor)
	case !positive(r.BetaFast) || !positive(r.BetaSlow):
		return fmt.Errorf("rope_type yarn has beta_fast %v and beta_slow %v, but needs positive ones", r.BetaFast, r.BetaSlow)
	case r.Theta == 1:
		return fmt.Errorf("rope_type yarn has rope_theta 1, at which all pairs turn alike; it needs another")
	}
	return r.checkOriginal()
}

func (r Rope) checkLong(dim int) error {
	for _, list := range []struct {
		name    string
		factors []float64
	}{{"short_factor", r.Short}, {"long_factor", r.Long}} {
		if len(list.factors) != dim/2 {
			return fmt.Errorf("rope_type longrope has %d values of %s, but %d pairs turn", len(list.factors), list.name, dim/2)
		}
		if i := slices.IndexFunc(list.factors, func(x float64) bool { return !positive(x) }); i >= 0 {
			return fmt.Errorf("rope_type longrope has the %s %v, but needs positive ones", list.name, list.factors[i])
		}
	}
	return r.checkOriginal()
}

func (r Rope) checkOriginal() error {
	if r.OriginalPositions <= 0 {
		return fmt.Errorf("rope_type %s has original_max_position_embeddings %d, but needs a positive one", r.Type, r.OriginalPositions)
	}
	return nil
}

// YaRNScale is the Scale that YaRN gives to a stretch by factor where a model states none
// (arXiv 2309.00071, section 3.4): the ratio of the two where a model states mscale and
// mscale_all_dim, else that of 1 and 0.
func YaRNScale(factor, mscale, mscaleAll float64) float64 {
	one := func(m float64) float64 {
		if !(factor > 1) {
			return 1
		}
		return float64(0.1*m*kernel.Log(factor)) + 1
	}
	if mscale == 0 || mscaleAll == 0 {
		return one(1)
	}
	return one(mscale) / one(mscaleAll)
}

// LongRoPEScale is the Scale of LongRoPE for a stretch of so many original positions by
// factor where a model states none (arXiv 2402.13753, section 3.3).
func LongRoPEScale(factor float64, positions int) float64 {
	if factor <= 1 || positions <= 1 {
		return 1
	}
	return math.Sqrt(1 + kernel.Log(factor)/kernel.Log(float64(positions)))
}

// ropeTypeNames lists the types for messages.
func ropeTypeNames() string {
	var names []string
	for name := range ropeTypes {
		names = append(names, fmt.Sprintf("%q", name))
	}
	slices.Sort(names)
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
