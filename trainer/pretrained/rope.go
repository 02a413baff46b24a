package pretrained

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sweep/trainer/architecture"
)

// ropeJSON is rope_parameters, or the older rope_scaling.
type ropeJSON struct {
	Theta             *float64  `json:"rope_theta"`
	Type              string    `json:"rope_type"`
	OldType           string    `json:"type"`
	Factor            *float64  `json:"factor"`
	LowFreq           float64   `json:"low_freq_factor"`
	HighFreq          float64   `json:"high_freq_factor"`
	OriginalPositions *int      `json:"original_max_position_embeddings"`
	Partial           *float64  `json:"partial_rotary_factor"`
	AttentionFactor   *float64  `json:"attention_factor"`
	BetaFast          float64   `json:"beta_fast"`
	BetaSlow          float64   `json:"beta_slow"`
	MScale            float64   `json:"mscale"`
	MScaleAll         float64   `json:"mscale_all_dim"`
	Truncate          *bool     `json:"truncate"`
	Short             []float64 `json:"short_factor"`
	Long              []float64 `json:"long_factor"`

	stated  []string // what it says
	unknown []string // keys that are not read
}

// ropeSettings are the settings of a rotary embedding, each with the types that it is one
// of; none: of all.
var ropeSettings = map[string][]string{
	"rope_theta": nil, "rope_type": nil, "type": nil, "partial_rotary_factor": nil,
	"original_max_position_embeddings": nil, "factor": nil,
	"finetuned":       nil, // says how the model came to be, not what it computes
	"low_freq_factor": {"llama3"}, "high_freq_factor": {"llama3"},
	"attention_factor": {"yarn", "longrope"},
	"beta_fast":        {"yarn"}, "beta_slow": {"yarn"}, "mscale": {"yarn"}, "mscale_all_dim": {"yarn"}, "truncate": {"yarn"},
	"short_factor": {"longrope"}, "long_factor": {"longrope"},
}

func (p *ropeJSON) UnmarshalJSON(data []byte) error {
	type plain ropeJSON
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(data, (*plain)(p)), json.Unmarshal(data, &all)); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if _, known := ropeSettings[key]; !known && present(all[key]) {
			p.unknown = append(p.unknown, key)
		}
		if present(all[key]) {
			p.stated = append(p.stated, key)
		}
	}
	return nil
}

// ropes are the rotary embeddings of a model: of all layers, or of those without a
// window beside those with one.
type ropes struct {
	rope           architecture.Rope
	local          *architecture.Rope
	contradictions []string
}

// ropes reads the rotary embeddings as transformers 5 does: a rope_scaling that
// says anything stands for the whole of rope_parameters, and rope_theta at the
// top level for one that is missing there. In a family that describes those of layers with a
// window apart, rope_scaling is about the others.
func (j *configJSON) ropes(a *architecture.Architecture) (ropes, error) {
	if a.HuggingFace.LocalTheta != 0 {
		return j.ropesBySpan(a)
	}
	var stated *ropeJSON
	if present(j.RopeParameters) {
		if err := json.Unmarshal(j.RopeParameters, &stated); err != nil {
			return ropes{}, fmt.Errorf("rope_parameters: %w", err)
		}
	}
	scaling := j.RopeScaling
	if scaling != nil && len(scaling.stated) == 0 {
		scaling = nil
	}
	for _, p := range []*ropeJSON{stated, scaling} {
		if p == nil {
			continue
		}
		if err := j.checkRope(p, a); err != nil {
			return ropes{}, err
		}
	}
	if partial := or(j.Partial, 1); partial != 1 && !a.HuggingFace.PartialRotary {
		return ropes{}, fmt.Errorf("partial_rotary_factor is %v, but only 1 is read of a %s", partial, a.Title)
	}
	r := ropes{rope: j.ropeOf(cmp.Or(scaling, stated, &ropeJSON{}), a, or(j.RopeTheta, 10000))}
	if scaling != nil && stated != nil && !j.ropeOf(stated, a, or(j.RopeTheta, 10000)).Equal(r.rope) {
		r.contradictions = []string{"rope_scaling and rope_parameters differ; rope_scaling holds, as in transformers 5"}
	}
	return r, nil
}

// ropesBySpan reads rope_parameters with an embedding each for layers without a window and
// with one.
func (j *configJSON) ropesBySpan(a *architecture.Architecture) (ropes, error) {
	var all map[string]json.RawMessage
	if present(j.RopeParameters) {
		if err := json.Unmarshal(j.RopeParameters, &all); err != nil {
			return ropes{}, fmt.Errorf("rope_parameters: %w", err)
		}
	}
	spans := map[string]*ropeJSON{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name != allTokens && name != lastTokens {
			return ropes{}, fmt.Errorf("rope_parameters has %q, but of a %s it holds those of %q and of %q, and nothing else is read", name, a.Title, allTokens, lastTokens)
		}
		var p *ropeJSON
		if err := json.Unmarshal(all[name], &p); err != nil {
			return ropes{}, fmt.Errorf("rope_parameters of %s: %w", name, err)
		}
		if p == nil {
			continue
		}
		if err := j.checkRope(p, a); err != nil {
			return ropes{}, fmt.Errorf("rope_parameters of %s: %w", name, err)
		}
		spans[name] = p
	}
	global, local := cmp.Or(spans[allTokens], &ropeJSON{}), cmp.Or(spans[lastTokens], &ropeJSON{})
	if j.RopeScaling != nil {
		if err := j.checkRope(j.RopeScaling, a); err != nil {
			return ropes{}, err
		}
		if len(global.stated) > 0 && len(j.RopeScaling.stated) > 0 {
			return ropes{}, fmt.Errorf("it has rope_scaling beside rope_parameters of %s; keep one of them", allTokens)
		}
		global = j.RopeScaling
	}
	of := j.ropeOf(local, a, or(j.LocalTheta, a.HuggingFace.LocalTheta))
	return ropes{rope: j.ropeOf(global, a, or(j.RopeTheta, 10000)), local: &of}, nil
}

// kind is the type by the name that is read; older files of Phi-3 call longrope "su" or
// "yarn".
func (p *ropeJSON) kind(a *architecture.Architecture) string {
	kind := cmp.Or(p.Type, p.OldType, "default")
	if a.Name == "phi3" && (kind == "su" || kind == "yarn") {
		return "longrope"
	}
	return kind
}

func (j *configJSON) ropeOf(p *ropeJSON, a *architecture.Architecture, theta float64) architecture.Rope {
	r := architecture.Rope{Theta: or(p.Theta, theta), Type: p.kind(a), Factor: or(p.Factor, 0)}
	if partial := or(p.Partial, or(j.Partial, 1)); partial != 1 {
		r.Partial = partial
	}
	// At the top level it outranks the one beside the factors.
	original := or(j.OriginalPositions, or(p.OriginalPositions, j.MaxPositions))
	ratio := float64(j.MaxPositions) / float64(original)
	switch r.Type {
	case "llama3":
		r.LowFreq, r.HighFreq, r.OriginalPositions = p.LowFreq, p.HighFreq, original
	case "yarn":
		r.BetaFast, r.BetaSlow, r.OriginalPositions = cmp.Or(p.BetaFast, 32), cmp.Or(p.BetaSlow, 1), original
		r.Factor, r.Exact = or(p.Factor, ratio), !or(p.Truncate, true)
		r.Scale = or(p.AttentionFactor, architecture.YaRNScale(r.Factor, p.MScale, p.MScaleAll))
	case "longrope":
		r.Short, r.Long, r.OriginalPositions = p.Short, p.Long, original
		r.Factor = 0
		r.Scale = or(p.AttentionFactor, architecture.LongRoPEScale(or(p.Factor, ratio), original))
	}
	return r
}

// checkRope refuses what a rotary embedding may say and is not read.
func (j *configJSON) checkRope(p *ropeJSON, a *architecture.Architecture) error {
	if partial := or(p.Partial, 1); partial != 1 && !a.HuggingFace.PartialRotary {
		return fmt.Errorf("partial_rotary_factor is %v, but only 1 is read of a %s", partial, a.Title)
	}
	if len(p.unknown) > 0 {
		return fmt.Errorf("its rotary embedding has the setting %q, which is not read", p.unknown[0])
	}
	kind := p.kind(a)
	for _, key := range p.stated {
		if types := ropeSettings[key]; types != nil && !slices.Contains(types, kind) {
			return fmt.Errorf("its rotary embedding has the setting %q, which one of rope_type %q does not have", key, kind)
		}
	}
	return nil
}
