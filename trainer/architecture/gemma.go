package architecture

import "slices"

// gemma is Llama with norms of 1 + w, GELU in the gate, and embedded tokens times the
// root of the width (arXiv 2403.08295).
func gemma() *Architecture {
	return &Architecture{
		Name:       "gemma",
		Title:      "Gemma",
		Embedding:  embedding(),
		Block:      plainBlock(attention(attentionBias, attentionBias)),
		FinalNorm:  finalNorm(),
		Head:       head(),
		Norm:       RMSNormOffset,
		Activation: GELUTanh,
		HuggingFace: HuggingFace{
			Class:           "GemmaForCausalLM",
			ScaledEmbedding: true,
			Defaults: settings(gemmaSettings(), map[string]string{
				"num_key_value_heads": "16", "max_position_embeddings": "8192", "hidden_act": `"gelu_pytorch_tanh"`,
			}),
		},
		GGUF: gemmaGGUF(),
	}
}

func gemmaSettings() map[string]string {
	return map[string]string{
		"head_dim": "256", "rms_norm_eps": "1e-06", "tie_word_embeddings": "true", "pad_token_id": "0", "attention_bias": "false",
	}
}

// gemma2 is Gemma with norms of what attention and MLP add, soft caps, and a window in
// every second layer (arXiv 2408.00118).
func gemma2() *Architecture {
	a := gemma()
	a.Name, a.Title = "gemma2", "Gemma 2"
	a.Block = sandwich(attention(attentionBias, attentionBias))
	a.HuggingFace = HuggingFace{
		Class:           "Gemma2ForCausalLM",
		ScaledEmbedding: true,
		Windows:         AlternatingWindows,
		Defaults: settings(gemmaSettings(), map[string]string{
			"num_key_value_heads": "4", "max_position_embeddings": "8192", "hidden_activation": `"gelu_pytorch_tanh"`,
			"query_pre_attn_scalar": "256", "final_logit_softcapping": "30.0", "attn_logit_softcapping": "50.0",
			"sliding_window": "4096", "layer_types": "null", "sliding_window_pattern": "2",
		}),
	}
	a.GGUF = gemma2GGUF()
	return a
}

// gemma3 has norms of each head of queries and keys in place of Gemma 2's soft caps, and
// a rotary embedding of their own in the layers with a window, five of six (arXiv
// 2503.19786). It is the text model.
func gemma3() *Architecture {
	a := gemma2()
	a.Name, a.Title = "gemma3_text", "Gemma 3"
	a.Block = sandwich(append(attention(attentionBias, attentionBias), headNorms(HeadWidth, HeadWidth)...))
	a.HuggingFace.Class, a.HuggingFace.LocalTheta = "Gemma3ForCausalLM", 10000
	a.HuggingFace.Defaults = settings(a.HuggingFace.Defaults, map[string]string{
		"max_position_embeddings": "131072", "final_logit_softcapping": "null", "attn_logit_softcapping": "null",
		"sliding_window_pattern": "6", "rope_theta": "1000000.0", "rope_local_base_freq": "10000.0",
	})
	a.GGUF = gemma3GGUF()
	return a
}

// sandwich is a block with norms before and after attention and MLP.
func sandwich(attention []Tensor) []Tensor {
	return slices.Concat(
		[]Tensor{norm(AttentionNorm, "input_layernorm", "attn_norm", Width)},
		attention,
		[]Tensor{
			norm(PostAttentionNorm, "post_attention_layernorm", "post_attention_norm", Width),
			norm(MLPNorm, "pre_feedforward_layernorm", "ffn_norm", Width),
		},
		gated(),
		[]Tensor{norm(PostMLPNorm, "post_feedforward_layernorm", "post_ffw_norm", Width)},
	)
}
