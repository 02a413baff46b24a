package architecture

import "slices"

// olmo is Llama with LayerNorm that has no weights, and queries, keys and values that may
// be clipped (arXiv 2402.00838).
func olmo() *Architecture {
	first, second := plainNorms()
	first.Ones, second.Ones = true, true
	last := finalNorm()
	last.Ones = true
	return &Architecture{
		Name:       "olmo",
		Title:      "OLMo",
		Embedding:  embedding(),
		Block:      interleaved(slices.Concat([]Tensor{first}, attention(attentionBias, attentionBias), []Tensor{second}, gated())),
		FinalNorm:  last,
		Head:       head(),
		Norm:       LayerNorm,
		Activation: SiLU,
		HuggingFace: HuggingFace{
			Class: "OlmoForCausalLM",
			Defaults: map[string]string{
				"hidden_act": `"silu"`, "attention_bias": "false", "clip_qkv": "null", "pad_token_id": "1",
			},
		},
		GGUF: ggufOf("olmo", layerEps, clamp),
	}
}

// olmo2 has no norm before attention and MLP but one after each, and norms of all queries
// and of all keys of a token together (arXiv 2501.00656).
func olmo2() *Architecture {
	return &Architecture{
		Name:      "olmo2",
		Title:     "OLMo 2",
		Embedding: embedding(),
		Block: slices.Concat(
			attention(attentionBias, attentionBias),
			headNorms(Queries, KeyWidth),
			[]Tensor{norm(PostAttentionNorm, "post_attention_layernorm", "post_attention_norm", Width)},
			gated(),
			[]Tensor{norm(PostMLPNorm, "post_feedforward_layernorm", "post_ffw_norm", Width)},
		),
		FinalNorm:  finalNorm(),
		Head:       head(),
		Activation: SiLU,
		HuggingFace: HuggingFace{
			Class:    "Olmo2ForCausalLM",
			Defaults: settings(silu("1e-05"), map[string]string{"attention_bias": "false", "pad_token_id": "1"}),
		},
		GGUF: ggufOf("olmo2", rmsEps),
	}
}

// olmo3 is OLMo 2 with a window in three of four layers (OLMo 3, Ai2 2025).
func olmo3() *Architecture {
	a := olmo2()
	a.Name, a.Title = "olmo3", "OLMo 3"
	a.HuggingFace.Class, a.HuggingFace.Windows, a.HuggingFace.LocalTheta = "Olmo3ForCausalLM", AlternatingWindows, 500000
	a.HuggingFace.Defaults = settings(a.HuggingFace.Defaults, map[string]string{
		"rope_theta": "500000.0", "sliding_window": "4096", "layer_types": "null", "sliding_window_pattern": "4",
	})
	a.GGUF = olmo3GGUF()
	return a
}
