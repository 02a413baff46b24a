package pretrained

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"sweep/trainer/architecture"
)

type object map[string]any

// encodeConfig writes c as transformers 5 does, with the keys that
// transformers 4 reads beside them.
func encodeConfig(c architecture.Config, dtype string) ([]byte, error) {
	a := c.Of()
	written := object{"dtype": dtype, "torch_dtype": dtype, "attention_dropout": 0.0}
	for key := range defaults(a) {
		if write, ok := writers[key]; ok {
			written[key] = write(c)
		}
	}
	if c.Pad < 0 && a.HuggingFace.Defaults["pad_token_id"] == "" {
		delete(written, "pad_token_id")
	}
	return json.MarshalIndent(written, "", "  ")
}

// writers say how each setting reads in a config.json. Those that only stand for another
// one that is written, such as a pattern for layer_types, are left out.
var writers = map[string]func(architecture.Config) any{
	"architectures":           func(c architecture.Config) any { return []string{c.Of().HuggingFace.Class} },
	"model_type":              func(c architecture.Config) any { return c.Architecture },
	"vocab_size":              func(c architecture.Config) any { return c.Vocab },
	"hidden_size":             func(c architecture.Config) any { return c.Width },
	"intermediate_size":       func(c architecture.Config) any { return c.Hidden },
	"num_hidden_layers":       func(c architecture.Config) any { return c.Layers },
	"num_attention_heads":     func(c architecture.Config) any { return c.Heads },
	"num_key_value_heads":     func(c architecture.Config) any { return c.KVHeads },
	"head_dim":                func(c architecture.Config) any { return c.HeadDim },
	"max_position_embeddings": func(c architecture.Config) any { return c.MaxPositions },
	"rms_norm_eps":            func(c architecture.Config) any { return c.NormEps },
	"layer_norm_eps":          func(c architecture.Config) any { return c.NormEps },
	"tie_word_embeddings":     func(c architecture.Config) any { return c.Tied },
	"bos_token_id":            func(c architecture.Config) any { return noneAsNull(c.BOS) },
	"eos_token_id":            func(c architecture.Config) any { return noneAsNull(c.EOS) },
	"pad_token_id":            func(c architecture.Config) any { return noneAsNull(c.Pad) },
	"hidden_act":              activationName,
	"hidden_activation":       activationName,
	"attention_bias":          func(c architecture.Config) any { return c.AttentionBias },
	"mlp_bias":                func(c architecture.Config) any { return c.MLPBias },
	"clip_qkv":                func(c architecture.Config) any { return zeroAsNull(c.ClipQKV) },

	"sliding_window":     func(c architecture.Config) any { return windowOf(c) },
	"use_sliding_window": func(c architecture.Config) any { return windowOf(c) != nil },
	"layer_types":        layerTypes,
	"no_rope_layers":     turned,

	"embedding_multiplier":    func(c architecture.Config) any { return decimal(cmp.Or(c.EmbeddingScale, 1)) },
	"residual_multiplier":     func(c architecture.Config) any { return decimal(cmp.Or(c.ResidualScale, 1)) },
	"attention_multiplier":    func(c architecture.Config) any { return decimal(attentionScale(c)) },
	"query_pre_attn_scalar":   func(c architecture.Config) any { return queryScalar(c) },
	"logits_scaling":          func(c architecture.Config) any { return decimal(1 / cmp.Or(c.LogitScale, 1)) },
	"logit_scale":             func(c architecture.Config) any { return decimal(cmp.Or(c.LogitScale, 1)) },
	"attn_logit_softcapping":  func(c architecture.Config) any { return zeroAsNull(c.AttentionCap) },
	"final_logit_softcapping": func(c architecture.Config) any { return zeroAsNull(c.LogitCap) },

	"rope_parameters":                  func(c architecture.Config) any { return ropeParameters(c) },
	"rope_theta":                       func(c architecture.Config) any { return decimal(c.Rope.Theta) },
	"rope_scaling":                     func(c architecture.Config) any { return oldRopeScaling(c) },
	"partial_rotary_factor":            func(c architecture.Config) any { return decimal(cmp.Or(c.Rope.Partial, 1)) },
	"original_max_position_embeddings": func(c architecture.Config) any { return cmp.Or(c.Rope.OriginalPositions, c.MaxPositions) },
}

// activationName is transformers' name of the gate's function.
func activationName(c architecture.Config) any {
	if cmp.Or(c.Activation, c.Of().Activation) == architecture.GELUTanh {
		return "gelu_pytorch_tanh"
	}
	return "silu"
}

// windowOf is the window, nil for none.
func windowOf(c architecture.Config) any {
	if !slices.Contains(c.Windowed, true) {
		return nil
	}
	return c.Window
}

func layerTypes(c architecture.Config) any {
	list := slices.Repeat([]string{allTokens}, c.Layers)
	for i, windowed := range c.Windowed {
		if windowed {
			list[i] = lastTokens
		}
	}
	return list
}

func turned(c architecture.Config) any {
	list := slices.Repeat([]int{1}, c.Layers)
	for i, unturned := range c.Unturned {
		if unturned {
			list[i] = 0
		}
	}
	return list
}

func attentionScale(c architecture.Config) float64 {
	return cmp.Or(c.AttentionScale, 1/math.Sqrt(float64(c.HeadDim)))
}

// queryScalar is the number whose inverse root is the attention's factor.
func queryScalar(c architecture.Config) any {
	if c.AttentionScale == 0 {
		return c.HeadDim
	}
	x := 1 / (c.AttentionScale * c.AttentionScale)
	if whole := math.Round(x); math.Abs(x-whole) < 1e-9*x {
		return int(whole)
	}
	return x
}

// ropeParameters writes the rotary embedding as transformers 5 does.
func ropeParameters(c architecture.Config) any {
	if c.Of().HuggingFace.LocalTheta == 0 {
		return ropeObject(c, c.Rope)
	}
	local := c.Rope
	if c.LocalRope != nil {
		local = *c.LocalRope
	}
	return object{allTokens: ropeObject(c, c.Rope), lastTokens: ropeObject(c, local)}
}

// oldRopeScaling is rope_scaling of transformers 4: null for the default rope, and where
// rope_parameters alone can say it.
func oldRopeScaling(c architecture.Config) any {
	if c.Rope.Type == "default" || c.Of().HuggingFace.LocalTheta != 0 {
		return nil
	}
	return ropeObject(c, c.Rope)
}

func ropeObject(c architecture.Config, r architecture.Rope) object {
	to := object{"rope_theta": decimal(r.Theta), "rope_type": r.Type}
	if c.Of().HuggingFace.PartialRotary {
		to["partial_rotary_factor"] = decimal(cmp.Or(r.Partial, 1))
	}
	switch r.Type {
	case "linear", "dynamic":
		to["factor"] = decimal(r.Factor)
	case "llama3":
		maps.Copy(to, object{
			"factor": decimal(r.Factor), "low_freq_factor": decimal(r.LowFreq), "high_freq_factor": decimal(r.HighFreq),
			"original_max_position_embeddings": r.OriginalPositions,
		})
	case "yarn":
		maps.Copy(to, object{
			"factor": decimal(r.Factor), "beta_fast": decimal(r.BetaFast), "beta_slow": decimal(r.BetaSlow), "truncate": !r.Exact,
			"attention_factor": decimal(cmp.Or(r.Scale, 1)), "original_max_position_embeddings": r.OriginalPositions,
		})
	case "longrope":
		maps.Copy(to, object{
			"short_factor": r.Short, "long_factor": r.Long,
			"attention_factor": decimal(cmp.Or(r.Scale, 1)), "original_max_position_embeddings": r.OriginalPositions,
		})
	}
	return to
}

// decimal writes x so that Python reads a float: transformers 4 warns of an
// integer.
func decimal(x float64) json.RawMessage {
	digits := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(digits, ".") {
		digits += ".0"
	}
	return json.RawMessage(digits)
}

func noneAsNull(id int) any {
	if id < 0 {
		return nil
	}
	return id
}

func zeroAsNull(x float64) any {
	if x == 0 {
		return nil
	}
	return decimal(x)
}
