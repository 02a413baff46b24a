package architecture

import "slices"

// cohere has attention and MLP side by side, LayerNorm without bias, neighbours that turn
// together, and a factor at the logits (Command R, 2024).
func cohere() *Architecture {
	return &Architecture{
		Name:          "cohere",
		Title:         "Cohere",
		Embedding:     embedding(),
		Block:         slices.Concat([]Tensor{norm(AttentionNorm, "input_layernorm", "attn_norm", Width)}, attention(attentionBias, attentionBias), gated()),
		FinalNorm:     finalNorm(),
		Head:          head(),
		Norm:          LayerNorm,
		Activation:    SiLU,
		Parallel:      true,
		AdjacentPairs: true,
		HuggingFace: HuggingFace{
			Class: "CohereForCausalLM",
			Defaults: map[string]string{
				"hidden_act": `"silu"`, "layer_norm_eps": "1e-05", "max_position_embeddings": "8192", "rope_theta": "500000.0",
				"tie_word_embeddings": "true", "pad_token_id": "0", "attention_bias": "false", "logit_scale": "0.0625",
			},
		},
		GGUF: ggufOf("command-r", layerEps, logits),
	}
}

// cohere2 is Cohere with a window in three of four layers, which alone turn (Command R7B, 2024).
func cohere2() *Architecture {
	a := cohere()
	a.Name, a.Title = "cohere2", "Cohere 2"
	a.HuggingFace.Class = "Cohere2ForCausalLM"
	a.HuggingFace.Windows, a.HuggingFace.WindowsTurn = AlternatingWindows, true
	a.HuggingFace.Defaults = settings(a.HuggingFace.Defaults, map[string]string{
		"rope_theta": "10000.0", "sliding_window": "4096", "layer_types": "null", "sliding_window_pattern": "4",
	})
	a.GGUF = cohere2GGUF()
	return a
}
