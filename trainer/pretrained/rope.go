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
	Theta             *float64 `json:"rope_theta"`
	Type              string   `json:"rope_type"`
	OldType           string   `json:"type"`
	Factor            float64  `json:"factor"`
	LowFreq           float64  `json:"low_freq_factor"`
	HighFreq          float64  `json:"high_freq_factor"`
	OriginalPositions *int     `json:"original_max_position_embeddings"`
	Partial           *float64 `json:"partial_rotary_factor"`

	stated  bool     // it says anything at all
	unknown []string // keys that are not read
}

func (p *ropeJSON) UnmarshalJSON(data []byte) error {
	type plain ropeJSON
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(data, (*plain)(p)), json.Unmarshal(data, &all)); err != nil {
		return err
	}
	p.stated = len(all) > 0
	for _, key := range slices.Sorted(maps.Keys(all)) {
		switch key {
		case "rope_theta", "rope_type", "type", "factor", "low_freq_factor", "high_freq_factor",
			"original_max_position_embeddings", "partial_rotary_factor":
		case "finetuned": // says how the model came to be, not what it computes
		default:
			if present(all[key]) {
				p.unknown = append(p.unknown, key)
			}
		}
	}
	return nil
}

// rope reads the rotary embedding as transformers 5 does: a rope_scaling that
// says anything stands for the whole of rope_parameters, and rope_theta at the
// top level for one that is missing there.
func (j *configJSON) rope() architecture.Rope {
	if p := j.RopeScaling; p != nil && p.stated {
		return j.ropeOf(p)
	}
	if p := j.RopeParameters; p != nil {
		return j.ropeOf(p)
	}
	return j.ropeOf(&ropeJSON{})
}

func (j *configJSON) ropeOf(p *ropeJSON) architecture.Rope {
	r := architecture.Rope{Theta: or(p.Theta, or(j.RopeTheta, 10000)), Type: cmp.Or(p.Type, p.OldType, "default"), Factor: p.Factor}
	if r.Type == "llama3" {
		r.LowFreq, r.HighFreq = p.LowFreq, p.HighFreq
		// At the top level it outranks the one beside the factors.
		r.OriginalPositions = or(j.OriginalPositions, or(p.OriginalPositions, or(j.MaxPositions, 2048)))
	}
	return r
}

// checkRope refuses what a rotary embedding may say and is not read.
func (j *configJSON) checkRope() error {
	if partial := or(j.Partial, 1); partial != 1 {
		return fmt.Errorf("partial_rotary_factor is %v, but only 1 is read", partial)
	}
	for _, p := range []*ropeJSON{j.RopeParameters, j.RopeScaling} {
		if p == nil {
			continue
		}
		if partial := or(p.Partial, 1); partial != 1 {
			return fmt.Errorf("partial_rotary_factor is %v, but only 1 is read", partial)
		}
		if len(p.unknown) > 0 {
			return fmt.Errorf("its rotary embedding has the setting %q, which is not read", p.unknown[0])
		}
	}
	return nil
}

// contradictions says which of two differing rotary embeddings rope follows.
func (j *configJSON) contradictions() []string {
	if j.RopeParameters == nil || j.ropeOf(j.RopeParameters).Equal(j.rope()) {
		return nil
	}
	return []string{"rope_scaling and rope_parameters differ; rope_scaling holds, as in transformers 5"}
}
