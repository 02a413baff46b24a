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

// HuggingFace is how a config.json describes a model of the family.
type HuggingFace struct {
	Class       string   // among "architectures"
	Activations []string // values of hidden_act, all names of the one function; the first is written
	Spans       []string // values of layer_types: which tokens a layer attends to

	// Neutral are settings that ask for other arithmetic than the family's, each
	// with the value at which it asks for none; a switch that is off counts as 0,
	// one that is on as 1. Another value is refused.
	Neutral map[string]float64
}

// GGUF is how a GGUF file describes a model of the family. Keys stand without
// the architecture's name and the dot before them.
type GGUF struct {
	Name    string             // general.architecture
	Read    []string           // keys that are read
	Ignored []string           // keys that change nothing
	Neutral map[string]float64 // keys that change nothing at a value; other keys are refused
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
