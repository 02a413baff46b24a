package architecture

// Llama is the name of the architecture of Llama 1 to 3 and of the many models
// built like them, such as SmolLM2: RMSNorm before attention and MLP, grouped
// queries, SwiGLU, no biases, attention to all tokens before (arXiv 2302.13971,
// 2307.09288, 2407.21783).
const Llama = "llama"

func llama() *Architecture {
	return &Architecture{
		Name:      Llama,
		Title:     "Llama",
		Embedding: Tensor{Role: Embedding, Name: "model.embed_tokens.weight", GGUF: "token_embd.weight", Shape: []Size{Vocab, Width}},
		Block: []Tensor{
			{Role: AttentionNorm, Name: "input_layernorm.weight", GGUF: "attn_norm.weight", Shape: []Size{Width}},
			{Role: Query, Name: "self_attn.q_proj.weight", GGUF: "attn_q.weight", Shape: []Size{Queries, Width}, Interleaved: true},
			{Role: Key, Name: "self_attn.k_proj.weight", GGUF: "attn_k.weight", Shape: []Size{KeyWidth, Width}, Interleaved: true},
			{Role: Value, Name: "self_attn.v_proj.weight", GGUF: "attn_v.weight", Shape: []Size{KeyWidth, Width}},
			{Role: Output, Name: "self_attn.o_proj.weight", GGUF: "attn_output.weight", Shape: []Size{Width, Queries}},
			{Role: MLPNorm, Name: "post_attention_layernorm.weight", GGUF: "ffn_norm.weight", Shape: []Size{Width}},
			{Role: Gate, Name: "mlp.gate_proj.weight", GGUF: "ffn_gate.weight", Shape: []Size{Hidden, Width}},
			{Role: Up, Name: "mlp.up_proj.weight", GGUF: "ffn_up.weight", Shape: []Size{Hidden, Width}},
			{Role: Down, Name: "mlp.down_proj.weight", GGUF: "ffn_down.weight", Shape: []Size{Width, Hidden}},
		},
		FinalNorm:   Tensor{Role: FinalNorm, Name: "model.norm.weight", GGUF: "output_norm.weight", Shape: []Size{Width}},
		Head:        Tensor{Role: Head, Name: "lm_head.weight", GGUF: "output.weight", Shape: []Size{Vocab, Width}},
		HuggingFace: llamaJSON(),
		GGUF:        llamaGGUF(),
	}
}

// llamaJSON lists as neutral what models of Llama's kin set. Transformers passes
// over most of it in a Llama, which then computes something else than its
// configuration says.
func llamaJSON() HuggingFace {
	return HuggingFace{
		Class:       "LlamaForCausalLM",
		Activations: []string{"silu", "swish"},
		Spans:       []string{"full_attention"},
		Neutral: map[string]float64{
			// MiniCPM, Granite, Cohere, Gemma: factors in the residual stream, the attention and the logits.
			"embedding_multiplier": 1, "residual_multiplier": 1, "attention_multiplier": 1, "logits_scaling": 1, "logit_scale": 1,
			"scale_emb": 1, "scale_depth": 1, "attn_logit_softcapping": 0, "final_logit_softcapping": 0, "query_pre_attn_scalar": 0,
			// What a token attends to, and how.
			"is_causal": 1, "use_bidirectional_attention": 0, "attention_chunk_size": 0, "alibi": 0, "clip_qkv": 0,
			"qk_norm": 0, "use_qk_norm": 0, "rope_interleaved": 0, "no_rope_layers": 0, "no_rope_layer_interval": 0,
			// Layers that differ, experts, biases.
			"per_layer_config": 0, "num_local_experts": 0, "num_experts": 0, "n_routed_experts": 0, "parallel_attn": 0,
			"use_parallel_residual": 0, "lm_head_bias": 0,
		},
	}
}

func llamaGGUF() GGUF {
	return GGUF{
		Name: "llama",
		Read: []string{
			"context_length", "embedding_length", "block_count", "feed_forward_length", "vocab_size",
			"attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
			"attention.layer_norm_rms_epsilon", "attention.causal", "expert_count",
			"rope.freq_base", "rope.dimension_count", "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear",
		},
		Ignored: []string{
			"tensor_data_layout", "rope.scaling.finetuned", // how the file came to be
			"expert_used_count", "rope.scaling.original_context_length", // of experts and scalings that are refused
		},
		Neutral: map[string]float64{
			"attention.sliding_window": 0, "pooling_type": 0, "attn_logit_softcapping": 0, "final_logit_softcapping": 0,
			"logit_scale": 1, "residual_scale": 1, "embedding_scale": 1, "rope.scaling.attn_factor": 1,
		},
	}
}
