package architecture

import (
	"math"
	"slices"
)

// GGUF is how a GGUF file describes a model of the family. Keys stand without
// the architecture's name and the dot before them.
type GGUF struct {
	Name string // general.architecture; "": the family has no such files
	Key  string // where families share a name: the key, not 0, that only this one has

	Read    []string           // keys that are read
	Ignored []string           // keys that change nothing
	Neutral map[string]float64 // keys that change nothing at a value; other keys are refused

	DividesLogits bool // logit_scale divides the logits

	// Window is attention.sliding_window where a file does not say it, and
	// WindowEvery says that of so many layers the last has no window, unless a file
	// lists them; 0: each has it.
	Window, WindowEvery int
	// LocalRope says that layers with a window turn without stretching, by
	// rope.freq_base_swa, or by LocalTheta where a file does not say it; 0: by
	// rope.freq_base.
	LocalRope  bool
	LocalTheta float64

	// Implied sets what llama.cpp takes for granted in the architecture; nil: nothing.
	Implied func(*Config)
}

// Keys that some families have.
const (
	rmsEps     = "attention.layer_norm_rms_epsilon"
	layerEps   = "attention.layer_norm_epsilon"
	window     = "attention.sliding_window"
	windowed   = "attention.sliding_window_pattern"
	finalCap   = "final_logit_softcapping"
	attendCap  = "attn_logit_softcapping"
	logits     = "logit_scale"
	localTheta = "rope.freq_base_swa"
	clamp      = "attention.clamp_kqv"
)

// ggufOf describes files of this name, which have some keys beside those of every family.
func ggufOf(name string, keys ...string) GGUF {
	return GGUF{
		Name: name,
		Read: append([]string{
			"context_length", "embedding_length", "block_count", "feed_forward_length", "vocab_size",
			"attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
			"attention.causal", "expert_count",
			"rope.freq_base", "rope.dimension_count", "rope.scale_linear", "rope.scaling.type", "rope.scaling.factor",
			"rope.scaling.original_context_length", "rope.scaling.attn_factor",
			"rope.scaling.yarn_attn_factor", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow", "rope.scaling.yarn_log_multiplier",
		}, keys...),
		Ignored: []string{
			"tensor_data_layout", "rope.scaling.finetuned", // how the file came to be
			"expert_used_count", // of experts, which are refused
		},
		Neutral: map[string]float64{
			window: 0, "pooling_type": 0, attendCap: 0, finalCap: 0, logits: 1, "residual_scale": 1, "embedding_scale": 1,
			"rope.scaling.yarn_ext_factor": 1, "attention.temperature_scale": 0, clamp: 0,
		},
	}
}

func gemmaGGUF() GGUF {
	g := ggufOf("gemma", rmsEps)
	g.Implied = scaledEmbedding
	return g
}

// scaledEmbedding multiplies embedded tokens by the root of the width.
func scaledEmbedding(c *Config) { c.EmbeddingScale = math.Sqrt(float64(c.Width)) }

func gemma2GGUF() GGUF {
	g := ggufOf("gemma2", rmsEps, window, windowed, attendCap, finalCap)
	g.Window, g.WindowEvery = 4096, 2
	g.Implied = func(c *Config) { scaledEmbedding(c); rootOfWidth(c, 46) }
	return g
}

func gemma3GGUF() GGUF {
	g := ggufOf("gemma3", rmsEps, window, windowed, finalCap, localTheta)
	g.WindowEvery, g.LocalRope, g.LocalTheta = 6, true, 10000
	g.Implied = func(c *Config) { scaledEmbedding(c); rootOfWidth(c, 62) }
	return g
}

// rootOfWidth divides products of queries and keys by the root of the width per head,
// not of head_dim, in the model of so many layers, Gemma's 27B: files do not say
// query_pre_attn_scalar.
func rootOfWidth(c *Config, layers int) {
	if c.Layers == layers {
		c.AttentionScale = 1 / math.Sqrt(float64(c.Width/c.Heads))
	}
}

// olmo3GGUF is of files that are told from OLMo 2's by their window.
func olmo3GGUF() GGUF {
	g := ggufOf("olmo2", rmsEps, window, windowed, localTheta)
	g.Key, g.WindowEvery, g.LocalRope = window, 4, true
	return g
}

// graniteGGUF refuses files whose rope.scaling.finetuned is off: they do without the
// rotary embedding.
func graniteGGUF() GGUF {
	g := ggufOf("granite", rmsEps, logits, "residual_scale", "embedding_scale", "attention.scale")
	g.DividesLogits = true
	g.Ignored = slices.DeleteFunc(g.Ignored, func(key string) bool { return key == "rope.scaling.finetuned" })
	g.Neutral["rope.scaling.finetuned"] = 1
	return g
}

// smolLM3GGUF has no rotary embedding in every fourth layer.
func smolLM3GGUF() GGUF {
	g := ggufOf("smollm3", rmsEps)
	g.Implied = func(c *Config) {
		c.Unturned = make([]bool, c.Layers)
		for i := range c.Unturned {
			c.Unturned[i] = i%4 == 3
		}
	}
	return g
}

// cohere2GGUF has no rotary embedding in the layers without a window.
func cohere2GGUF() GGUF {
	g := ggufOf("cohere2", layerEps, logits, window, windowed)
	g.WindowEvery = 4
	g.Implied = func(c *Config) {
		c.Unturned = make([]bool, c.Layers)
		for i := range c.Unturned {
			c.Unturned[i] = len(c.Windowed) <= i || !c.Windowed[i]
		}
	}
	return g
}
