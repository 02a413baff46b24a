package llama

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// relatives are the settings by which models of Llama's kin ask for other
// arithmetic, each with the value at which it asks for none; a switch that is
// off counts as 0, one that is on as 1. Transformers passes over most of them in
// a Llama, which then computes something else than its configuration says.
func relatives() map[string]float64 {
	return map[string]float64{
		// MiniCPM, Granite, Cohere, Gemma: factors in the residual stream, the attention and the logits.
		"embedding_multiplier": 1, "residual_multiplier": 1, "attention_multiplier": 1, "logits_scaling": 1, "logit_scale": 1,
		"scale_emb": 1, "scale_depth": 1, "attn_logit_softcapping": 0, "final_logit_softcapping": 0, "query_pre_attn_scalar": 0,
		// What a token attends to, and how.
		"is_causal": 1, "use_bidirectional_attention": 0, "attention_chunk_size": 0, "alibi": 0, "clip_qkv": 0,
		"qk_norm": 0, "use_qk_norm": 0, "rope_interleaved": 0, "no_rope_layers": 0, "no_rope_layer_interval": 0,
		// Layers that differ, experts, biases.
		"per_layer_config": 0, "num_local_experts": 0, "num_experts": 0, "n_routed_experts": 0, "parallel_attn": 0,
		"use_parallel_residual": 0, "lm_head_bias": 0,
	}
}

// checkRelatives refuses a configuration that asks for other arithmetic than
// Llama's. A window of at least as many tokens as the model has positions never
// closes.
func checkRelatives(all map[string]json.RawMessage, positions int) error {
	neutral := relatives()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if off, ok := neutral[key]; ok && present(all[key]) && amount(all[key], off) != off {
			return fmt.Errorf("%s is %s, which no plain Llama has, and is not read", key, all[key])
		}
	}
	var kinds []string
	if err := json.Unmarshal(all["layer_types"], &kinds); present(all["layer_types"]) && err != nil {
		return fmt.Errorf("layer_types is %s, but must be a list of names", all["layer_types"])
	}
	if i := slices.IndexFunc(kinds, func(kind string) bool { return kind != "full_attention" }); i >= 0 {
		return fmt.Errorf("layer_types has %q, but only \"full_attention\" is read", kinds[i])
	}
	window, used := all["sliding_window"], all["use_sliding_window"]
	if present(window) && string(used) != "false" && amount(window, 0) != 0 && amount(window, -1) < float64(positions) {
		return fmt.Errorf("sliding_window is %s, but only attention to all %d positions is read", window, positions)
	}
	return nil
}

// amount reads a number or a switch; an empty list or object counts as 0. What
// is none of them differs from off.
func amount(raw json.RawMessage, off float64) float64 {
	switch text := string(bytes.TrimSpace(raw)); text {
	case "false", "[]", "{}":
		return 0
	case "true":
		return 1
	default:
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return x
		}
		return off - 1
	}
}
