package architecture

// qwen2 is Llama with biases of queries, keys and values, some of whose layers may have
// a window (Qwen2 and Qwen2.5, arXiv 2407.10671, 2412.15115).
func qwen2() *Architecture {
	return &Architecture{
		Name:       "qwen2",
		Title:      "Qwen2",
		Embedding:  embedding(),
		Block:      plainBlock(attention(nil, never)),
		FinalNorm:  finalNorm(),
		Head:       head(),
		Activation: SiLU,
		HuggingFace: HuggingFace{
			Class:    "Qwen2ForCausalLM",
			Windows:  LateWindows,
			Defaults: qwenSettings(),
		},
		GGUF: ggufOf("qwen2", rmsEps),
	}
}

func qwenSettings() map[string]string {
	return settings(silu("1e-06"), map[string]string{
		"num_key_value_heads": "32", "max_position_embeddings": "32768",
		"use_sliding_window": "false", "sliding_window": "4096", "max_window_layers": "28", "layer_types": "null",
	})
}

// qwen3 has norms of each head of queries and keys in place of Qwen2's biases (arXiv
// 2505.09388).
func qwen3() *Architecture {
	a := qwen2()
	a.Name, a.Title = "qwen3", "Qwen3"
	a.Block = plainBlock(append(attention(attentionBias, attentionBias), headNorms(HeadWidth, HeadWidth)...))
	a.HuggingFace.Class = "Qwen3ForCausalLM"
	a.HuggingFace.Defaults["head_dim"] = "128"
	a.HuggingFace.Defaults["attention_bias"] = "false"
	a.GGUF = ggufOf("qwen3", rmsEps)
	return a
}
