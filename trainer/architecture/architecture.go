package architecture

import (
	"slices"
	"strconv"
	"strings"
)

// Architecture is a family of decoder models: which tensors they have, and what
// the files call these and the settings.
type Architecture struct {
	Name  string // in the registry, and model_type in config.json
	Title string // in messages

	Embedding Tensor
	Block     []Tensor // of one decoder block, in the order of the forward pass
	FinalNorm Tensor
	Head      Tensor // which a tied model does not have: it has the embedding's

	Norm       Norm       // what all its norms compute
	Activation Activation // of the MLP's gate, unless a model has another
	Parallel   bool       // attention and MLP read one norm of the block's input, and both are added to it
	// AdjacentPairs says that elements 2j and 2j+1 of a head turn together, not j and
	// j + rotary dimension/2.
	AdjacentPairs bool

	HuggingFace HuggingFace
	GGUF        GGUF
}

// Tensor is a tensor of an architecture. Which norms and biases a family has is
// said by its tensors.
type Tensor struct {
	Role  Role
	Name  string // Hugging Face's, within the block: "self_attn.q_proj.weight"
	GGUF  string // llama.cpp's, likewise: "attn_q.weight"
	Shape []Size // [out, in] of a projection, [width] of a norm

	// Interleaved says that a GGUF file has the rows in llama.cpp's rotary order:
	// neighbours (2j, 2j+1) turn together, not halves (j, j + head_dim/2).
	Interleaved bool

	If   func(*Config) bool // whether a model has it; nil: each does
	Ones bool               // no file has it, and each element is 1
}

// Norm is a normalisation of a row.
type Norm int

// The normalisations. LayerNorm has no bias.
const (
	RMSNorm       Norm = iota // w x / rms(x) (arXiv 1910.07467)
	RMSNormOffset             // (1 + w) x / rms(x), as Gemma's
	LayerNorm                 // w (x - mean(x)) / std(x) (arXiv 1607.06450)
)

// Activation is the function of the MLP's gate.
type Activation int

// The activations. FamilyActivation is that of the architecture.
const (
	FamilyActivation Activation = iota
	SiLU                        // x / (1 + e^-x)
	GELUTanh                    // GELU by its tanh approximation (arXiv 1606.08415, section 2)
)

// Role is what a tensor does in the network.
type Role int

// The roles of tensors, in the order of the forward pass.
const (
	Embedding     Role = iota
	AttentionNorm      // before attention
	Query
	Key
	Value
	QueryKeyValue // the three as one matrix: rows of the queries, the keys, the values
	QueryBias
	KeyBias
	ValueBias
	QueryNorm // of each head of queries, or of all together, by its shape
	KeyNorm
	Output
	OutputBias
	PostAttentionNorm // of what attention adds to the residual stream
	MLPNorm           // before the MLP
	Gate
	Up
	GateUp // the two as one matrix: rows of the gate, then of up
	GateBias
	UpBias
	Down
	DownBias
	PostMLPNorm // of what the MLP adds to the residual stream
	FinalNorm
	Head
)

// IsNorm reports whether the tensor is the weight of a norm.
func (r Role) IsNorm() bool {
	return slices.Contains([]Role{AttentionNorm, QueryNorm, KeyNorm, PostAttentionNorm, MLPNorm, PostMLPNorm, FinalNorm}, r)
}

// Size is a dimension of a tensor, by its place in Config.
type Size int

// The dimensions that tensors have.
const (
	Vocab       Size = iota
	Width            // of the residual stream
	Hidden           // of the MLP
	Queries          // heads times head_dim
	KeyWidth         // key and value heads times head_dim
	HeadWidth        // head_dim
	Attending        // queries, keys and values side by side
	TwiceHidden      // the MLP's gate and up side by side
)

// HuggingFace is how a config.json describes a model of the family, as the
// configuration class of transformers reads it.
type HuggingFace struct {
	Class string // among "architectures"

	// Defaults are the settings that the family has beside those of every family
	// (CommonSettings), each with what a file without it means, as JSON. Another setting
	// changes nothing in it, or is refused (see Neutral).
	Defaults map[string]string

	Windows         Windows
	ScaledEmbedding bool // embedded tokens are multiplied by the root of the width
	PartialRotary   bool // partial_rotary_factor holds; elsewhere it must be 1
	WindowsTurn     bool // layers without a window do without the rotary embedding

	// LocalTheta is the rope_theta of the layers with a window in a family that describes
	// their rotary embedding apart, beside that of the others; 0: no such family.
	LocalTheta float64
}

// Windows says which layers attend to the last sliding_window tokens only, in a model
// whose layer_types does not say it.
type Windows int

// The rules, by transformers' configuration classes.
const (
	NoWindows          Windows = iota // none; layer_types is not read
	AllWindows                        // all; layer_types is not read
	ListedWindows                     // all
	AlternatingWindows                // all but each sliding_window_pattern-th
	LateWindows                       // those from max_window_layers on, where use_sliding_window is on
	UnturnedWindows                   // those without rotary embedding, where use_sliding_window is on
)

// CommonSettings are the settings of config.json that every family reads, each with
// what a file without it means, as JSON. Those without a default must be there.
func CommonSettings() map[string]string {
	return map[string]string{
		"architectures": "[]", "model_type": "", "vocab_size": "", "hidden_size": "", "intermediate_size": "",
		"num_hidden_layers": "", "num_attention_heads": "", "num_key_value_heads": "null", "head_dim": "null",
		"max_position_embeddings": "2048", "tie_word_embeddings": "false",
		"bos_token_id": "null", "eos_token_id": "null", "pad_token_id": "null",
		"rope_parameters": "null", "rope_scaling": "null", "rope_theta": "10000.0", "original_max_position_embeddings": "null",
		"quantization_config": "null",
	}
}

// Neutral are settings that ask for other arithmetic than that of a family that does not
// read them, each with the value at which it asks for none; a switch that is off counts as 0,
// one that is on as 1. Another value is refused, though transformers passes over most of
// them, and then computes something else than the configuration says.
func Neutral() map[string]float64 {
	return map[string]float64{
		// Factors and soft caps in the residual stream, the attention and the logits.
		"embedding_multiplier": 1, "residual_multiplier": 1, "attention_multiplier": 1, "logits_scaling": 1, "logit_scale": 1,
		"scale_emb": 1, "scale_depth": 1, "attn_logit_softcapping": 0, "final_logit_softcapping": 0, "query_pre_attn_scalar": 0,
		// What a token attends to, and how.
		"is_causal": 1, "use_bidirectional_attention": 0, "attention_chunk_size": 0, "alibi": 0, "clip_qkv": 0,
		"qk_norm": 0, "use_qk_norm": 0, "rope_interleaved": 0, "no_rope_layers": 0, "no_rope_layer_interval": 0,
		"partial_rotary_factor": 1,
		// Layers that differ, experts, biases.
		"per_layer_config": 0, "num_local_experts": 0, "num_experts": 0, "n_routed_experts": 0, "parallel_attn": 0,
		"use_parallel_residual": 0, "lm_head_bias": 0, "attention_bias": 0, "mlp_bias": 0,
		// What is left out at random in training, and other ways to compute.
		"attention_dropout": 0, "resid_pdrop": 0, "embd_pdrop": 0, "hidden_dropout": 0, "pretraining_tp": 1, "is_encoder_decoder": 0,
	}
}

// What stands before the number of a block.
const (
	blocks     = "model.layers."
	ggufBlocks = "blk."
)

// IsMatrix reports whether the tensor is a projection or the embedding.
func (t Tensor) IsMatrix() bool { return len(t.Shape) == 2 }

// Target is what PEFT's target_modules calls the projection, such as "q_proj".
func (t Tensor) Target() string {
	module := strings.TrimSuffix(t.Name, ".weight")
	return module[strings.LastIndexByte(module, '.')+1:]
}

// In is the tensor's whole name in a block.
func (t Tensor) In(layer int) string { return blocks + strconv.Itoa(layer) + "." + t.Name }

// Projections lists the linear layers of a block that an adapter may target, in
// the order of the forward pass.
func (a *Architecture) Projections() []string {
	var list []string
	for _, t := range a.Block {
		if t.IsMatrix() {
			list = append(list, t.Target())
		}
	}
	return list
}

// HuggingFaceName translates the name that llama.cpp gives a tensor; an unknown
// one stays as it is.
func (a *Architecture) HuggingFaceName(gguf string) string {
	for _, t := range []Tensor{a.Embedding, a.FinalNorm, a.Head} {
		if t.GGUF == gguf {
			return t.Name
		}
	}
	rest, ok := strings.CutPrefix(gguf, ggufBlocks)
	layer, part, _ := strings.Cut(rest, ".")
	i := slices.IndexFunc(a.Block, func(t Tensor) bool { return t.GGUF == part })
	if !ok || i < 0 {
		return gguf
	}
	return blocks + layer + "." + a.Block[i].Name
}

// cutLayer splits "model.layers.0.self_attn.q_proj.weight" into the layer and
// "self_attn.q_proj.weight".
func cutLayer(name string) (layer int, part string, ok bool) {
	name, prefixed := strings.CutPrefix(name, blocks)
	number, part, found := strings.Cut(name, ".")
	layer, err := strconv.Atoi(number)
	canonical := err == nil && strconv.Itoa(layer) == number
	return layer, part, prefixed && found && canonical && layer >= 0
}
