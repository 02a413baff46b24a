package llama

import (
	"strings"

	"sweep/trainer/tensorfile"
)

// ggufRope reads the rotary embedding as llama.cpp does: a factor without a
// type, or under its old key, is linear, and the type "none" has no factor.
func ggufRope(m *tensorfile.Fields) Rope {
	r := Rope{Theta: m.NumberOr("llama.rope.freq_base", 10000), Type: m.TextOr("llama.rope.scaling.type", "linear")}
	factor := m.NumberOr("llama.rope.scaling.factor", m.NumberOr("llama.rope.scale_linear", 0))
	switch {
	case r.Type == "none", r.Type == "linear" && (factor == 0 || factor == 1):
		r.Type = "default"
	case r.Type == "linear":
		r.Factor = factor
	}
	return r
}

// unreadKey returns the first of the architecture's keys that is not read, ""
// if there is none.
func unreadKey(m *tensorfile.Fields) string {
	for _, key := range m.Keys() {
		name, ours := strings.CutPrefix(key, "llama.")
		if !ours {
			continue
		}
		switch name {
		case "context_length", "embedding_length", "block_count", "feed_forward_length", "vocab_size",
			"attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
			"attention.layer_norm_rms_epsilon", "attention.causal", "expert_count",
			"rope.freq_base", "rope.dimension_count", "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear":
		case "tensor_data_layout", "rope.scaling.finetuned": // how the file came to be
		case "expert_used_count", "rope.scaling.original_context_length": // of experts and scalings that are refused
		default:
			if !neutral(name, m.Value(key)) {
				return key
			}
		}
	}
	return ""
}

// neutral tells the values at which a key changes nothing.
func neutral(name string, value any) bool {
	switch name {
	case "attention.sliding_window", "pooling_type", "attn_logit_softcapping", "final_logit_softcapping":
		return value == int64(0) || value == 0.0
	case "logit_scale", "residual_scale", "embedding_scale", "rope.scaling.attn_factor":
		return value == 1.0
	}
	return false
}
