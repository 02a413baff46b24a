package architecture

// Llama is the name of the architecture of Llama 1 to 3 and of the many models
// built like them, such as SmolLM2: RMSNorm before attention and MLP, grouped
// queries, SwiGLU, attention to all tokens before (arXiv 2302.13971, 2307.09288,
// 2407.21783).
const Llama = "llama"

func llama() *Architecture {
	return &Architecture{
		Name:       Llama,
		Title:      "Llama",
		Embedding:  embedding(),
		Block:      interleaved(plainBlock(attention(attentionBias, attentionBias))),
		FinalNorm:  finalNorm(),
		Head:       head(),
		Activation: SiLU,
		HuggingFace: HuggingFace{
			Class: "LlamaForCausalLM",
			Defaults: settings(silu("1e-06"), map[string]string{
				"attention_bias": "false", "mlp_bias": "false",
			}),
		},
		GGUF: ggufOf("llama", rmsEps),
	}
}

// silu are the settings of a family with RMSNorm and SiLU.
func silu(eps string) map[string]string {
	return map[string]string{"hidden_act": `"silu"`, "rms_norm_eps": eps}
}

// mistral is Llama without biases, each of whose layers may have a window (arXiv
// 2310.06825). GGUF files of Mistral 7B go by Llama's name, those of Mistral Small 3 by one
// of their own.
func mistral() *Architecture {
	a := llama()
	a.Name, a.Title = "mistral", "Mistral"
	a.Block = interleaved(plainBlock(attention(never, never)))
	a.HuggingFace = HuggingFace{
		Class:   "MistralForCausalLM",
		Windows: AllWindows,
		Defaults: settings(silu("1e-06"), map[string]string{
			"num_key_value_heads": "8", "max_position_embeddings": "131072", "sliding_window": "4096",
		}),
	}
	a.GGUF = ggufOf("mistral3", rmsEps)
	return a
}

// ministral is Mistral with a list of the layers that have the window.
func ministral() *Architecture {
	a := mistral()
	a.Name, a.Title = "ministral", "Ministral"
	a.HuggingFace.Class, a.HuggingFace.Windows = "MinistralForCausalLM", ListedWindows
	a.HuggingFace.Defaults["layer_types"] = "null"
	a.GGUF = GGUF{}
	return a
}

// granite is Llama with a factor at the embedding, at what is added to the residual
// stream, at the attention and at the logits (Granite 3.0 Language Models, IBM 2024).
func granite() *Architecture {
	a := llama()
	a.Name, a.Title = "granite", "Granite"
	a.HuggingFace = HuggingFace{
		Class: "GraniteForCausalLM",
		Defaults: settings(silu("1e-06"), map[string]string{
			"attention_bias": "false", "mlp_bias": "false",
			"embedding_multiplier": "1.0", "logits_scaling": "1.0", "residual_multiplier": "1.0", "attention_multiplier": "1.0",
		}),
	}
	a.GGUF = graniteGGUF()
	return a
}

// smolLM3 is Llama in which every fourth layer does without the rotary embedding (NoPE,
// arXiv 2501.18795).
func smolLM3() *Architecture {
	a := llama()
	a.Name, a.Title = "smollm3", "SmolLM3"
	a.HuggingFace = HuggingFace{
		Class:   "SmolLM3ForCausalLM",
		Windows: UnturnedWindows,
		Defaults: settings(silu("1e-06"), map[string]string{
			"num_key_value_heads": "4", "max_position_embeddings": "32768", "rope_theta": "2000000.0",
			"tie_word_embeddings": "true", "pad_token_id": "128004", "attention_bias": "false", "mlp_bias": "false",
			"use_sliding_window": "false", "sliding_window": "null", "layer_types": "null",
			"no_rope_layers": "null", "no_rope_layer_interval": "4",
		}),
	}
	a.GGUF = smolLM3GGUF()
	return a
}

func never(*Config) bool { return false }
