package architecture

import "slices"

// phi3 is Llama with queries, keys and values in one matrix and gate and up in another, of
// which each may be a target of an adapter (arXiv 2404.14219, 2503.01743). It stands for
// Phi-3, Phi-3.5 and Phi-4 but for their vision and audio.
func phi3() *Architecture {
	first, second := plainNorms()
	return &Architecture{
		Name:      "phi3",
		Title:     "Phi-3",
		Embedding: embedding(),
		Block: slices.Concat(
			[]Tensor{first},
			[]Tensor{
				matrix(QueryKeyValue, "self_attn.qkv_proj", "attn_qkv", Attending, Width),
				matrix(Output, "self_attn.o_proj", "attn_output", Width, Queries),
			},
			[]Tensor{second},
			[]Tensor{
				matrix(GateUp, "mlp.gate_up_proj", "ffn_up", TwiceHidden, Width),
				matrix(Down, "mlp.down_proj", "ffn_down", Width, Hidden),
			},
		),
		FinalNorm:  finalNorm(),
		Head:       head(),
		Activation: SiLU,
		HuggingFace: HuggingFace{
			Class:         "Phi3ForCausalLM",
			Windows:       AllWindows,
			PartialRotary: true,
			Defaults: settings(silu("1e-05"), map[string]string{
				"max_position_embeddings": "4096", "original_max_position_embeddings": "4096",
				"pad_token_id": "32000", "sliding_window": "null", "partial_rotary_factor": "1.0",
			}),
		},
		GGUF: ggufOf("phi3", rmsEps, window),
	}
}
