package pretrained

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// configJSON is the part of a Hugging Face config.json that decides what a
// model computes. A field that the model's family does not read is zero; a nil one
// was null.
type configJSON struct {
	Architectures []string        `json:"architectures"`
	ModelType     string          `json:"model_type"`
	Vocab         int             `json:"vocab_size"`
	Width         int             `json:"hidden_size"`
	Hidden        int             `json:"intermediate_size"`
	Layers        int             `json:"num_hidden_layers"`
	Heads         int             `json:"num_attention_heads"`
	KVHeads       *int            `json:"num_key_value_heads"`
	HeadDim       *int            `json:"head_dim"`
	MaxPositions  int             `json:"max_position_embeddings"`
	RMSNormEps    *float64        `json:"rms_norm_eps"`
	LayerNormEps  *float64        `json:"layer_norm_eps"`
	Tied          bool            `json:"tie_word_embeddings"`
	BOS           json.RawMessage `json:"bos_token_id"`
	EOS           json.RawMessage `json:"eos_token_id"`
	Pad           *int            `json:"pad_token_id"`
	Act           *string         `json:"hidden_act"`
	GateAct       *string         `json:"hidden_activation"`
	AttentionBias bool            `json:"attention_bias"`
	MLPBias       bool            `json:"mlp_bias"`
	ClipQKV       *float64        `json:"clip_qkv"`
	Quantization  json.RawMessage `json:"quantization_config"`

	Window          *int     `json:"sliding_window"`
	UseWindow       *bool    `json:"use_sliding_window"`
	MaxWindowLayers int      `json:"max_window_layers"`
	WindowPattern   int      `json:"sliding_window_pattern"`
	LayerTypes      []string `json:"layer_types"`
	Turned          []int    `json:"no_rope_layers"` // by transformers: 1 with, 0 without
	UnturnedEvery   int      `json:"no_rope_layer_interval"`

	EmbeddingMultiplier *float64 `json:"embedding_multiplier"`
	ResidualMultiplier  *float64 `json:"residual_multiplier"`
	AttentionMultiplier *float64 `json:"attention_multiplier"`
	LogitsScaling       *float64 `json:"logits_scaling"`
	LogitScale          *float64 `json:"logit_scale"`
	QueryScalar         *float64 `json:"query_pre_attn_scalar"`
	AttentionCap        *float64 `json:"attn_logit_softcapping"`
	LogitCap            *float64 `json:"final_logit_softcapping"`

	RopeParameters    json.RawMessage `json:"rope_parameters"` // transformers 5
	RopeTheta         *float64        `json:"rope_theta"`      // transformers 4
	RopeScaling       *ropeJSON       `json:"rope_scaling"`    // transformers 4
	LocalTheta        *float64        `json:"rope_local_base_freq"`
	Partial           *float64        `json:"partial_rotary_factor"`
	OriginalPositions *int            `json:"original_max_position_embeddings"`
}

// parseConfig reads a config.json as transformers 4 and 5 write it, and lists
// what the file says twice, with which of the two holds. Absent settings have the defaults of
// the family's configuration class in transformers, except that absent token ids of BOS and EOS are none.
func parseConfig(data []byte) (c architecture.Config, contradictions []string, err error) {
	var all map[string]json.RawMessage
	var kind struct {
		ModelType     string   `json:"model_type"`
		Architectures []string `json:"architectures"`
	}
	if err := tensorfile.DecodeJSON(data, "a model's configuration", &kind, &all); err != nil {
		return architecture.Config{}, nil, err
	}
	a := architecture.Find(kind.ModelType)
	if a == nil {
		known := architecture.Listed(func(a *architecture.Architecture) string { return a.Name })
		return architecture.Config{}, nil, fmt.Errorf("model_type is %q (architectures %q), but only %s are read", kind.ModelType, kind.Architectures, known)
	}
	j, err := familySettings(all, a)
	if err != nil {
		return architecture.Config{}, nil, err
	}
	r, err := j.ropes(a)
	if err := cmp.Or(err, j.checkFamily(a), checkNeutral(all, a, j.MaxPositions)); err != nil {
		return architecture.Config{}, nil, err
	}
	if c, err = j.config(a, r); err == nil {
		err = c.Check()
	}
	return c, r.contradictions, err
}

// familySettings decodes the settings that a family reads, with its defaults.
func familySettings(all map[string]json.RawMessage, a *architecture.Architecture) (*configJSON, error) {
	read := map[string]json.RawMessage{}
	for key, otherwise := range defaults(a) {
		if raw, ok := all[key]; ok {
			read[key] = raw
		} else if otherwise != "" {
			read[key] = json.RawMessage(otherwise)
		}
	}
	merged, err := json.Marshal(read)
	if err != nil {
		return nil, err
	}
	var j configJSON
	return &j, tensorfile.DecodeJSON(merged, "a model's configuration", &j)
}

// defaults are the settings that a family reads, each with what a file without it means.
func defaults(a *architecture.Architecture) map[string]string {
	all := architecture.CommonSettings()
	maps.Copy(all, a.HuggingFace.Defaults)
	return all
}

func (j *configJSON) config(a *architecture.Architecture, r ropes) (architecture.Config, error) {
	c := architecture.Config{
		Architecture: j.ModelType,
		Vocab:        j.Vocab, Width: j.Width, Hidden: j.Hidden, Layers: j.Layers, Heads: j.Heads,
		KVHeads:       or(j.KVHeads, j.Heads),
		MaxPositions:  j.MaxPositions,
		NormEps:       or(j.RMSNormEps, or(j.LayerNormEps, layerNormEps)),
		Tied:          j.Tied,
		Rope:          r.rope,
		LocalRope:     r.local,
		Pad:           or(j.Pad, -1),
		AttentionBias: j.AttentionBias,
		MLPBias:       j.MLPBias,
	}
	if c.Pad < 0 && c.Pad >= -c.Vocab && j.Pad != nil {
		c.Pad += c.Vocab // torch.nn.Embedding counts from the end
	}
	err := cmp.Or(j.setFactors(&c, a), j.setLayers(&c, a), j.setActivation(&c, a))
	if err != nil {
		return architecture.Config{}, err
	}
	if c.HeadDim, err = j.headDim(); err != nil {
		return architecture.Config{}, err
	}
	if c.BOS, err = tokenID("bos_token_id", j.BOS); err != nil {
		return architecture.Config{}, err
	}
	if c.EOS, err = tokenID("eos_token_id", j.EOS); err != nil {
		return architecture.Config{}, err
	}
	return c, nil
}

// layerNormEps is that of a family that has no setting for it.
const layerNormEps = 1e-5

// setFactors reads what multiplies, and what is capped.
func (j *configJSON) setFactors(c *architecture.Config, a *architecture.Architecture) error {
	if a.HuggingFace.ScaledEmbedding {
		c.EmbeddingScale = math.Sqrt(float64(j.Width))
	}
	for _, factor := range []struct {
		key   string
		value *float64
		to    *float64
		of    func(x float64) float64
	}{
		{"embedding_multiplier", j.EmbeddingMultiplier, &c.EmbeddingScale, itself},
		{"residual_multiplier", j.ResidualMultiplier, &c.ResidualScale, itself},
		{"attention_multiplier", j.AttentionMultiplier, &c.AttentionScale, itself},
		{"query_pre_attn_scalar", j.QueryScalar, &c.AttentionScale, func(x float64) float64 { return 1 / math.Sqrt(x) }},
		{"logits_scaling", j.LogitsScaling, &c.LogitScale, func(x float64) float64 { return 1 / x }},
		{"logit_scale", j.LogitScale, &c.LogitScale, itself},
		{"attn_logit_softcapping", j.AttentionCap, &c.AttentionCap, itself},
		{"final_logit_softcapping", j.LogitCap, &c.LogitCap, itself},
		{"clip_qkv", j.ClipQKV, &c.ClipQKV, itself},
	} {
		if factor.value == nil {
			continue
		}
		if !(*factor.value > 0) || math.IsInf(*factor.value, 0) {
			return fmt.Errorf("%s is %v, but must be positive", factor.key, *factor.value)
		}
		*factor.to = factor.of(*factor.value)
	}
	return nil
}

func itself(x float64) float64 { return x }

// activations are transformers' names of what a gate may be.
var activations = map[string]architecture.Activation{
	"silu": architecture.SiLU, "swish": architecture.SiLU,
	"gelu_pytorch_tanh": architecture.GELUTanh, "gelu_new": architecture.GELUTanh,
	"gelu_fast": architecture.GELUTanh, "gelu_accurate": architecture.GELUTanh,
}

// setActivation reads the gate's function. Gemma's files say "gelu" and mean its
// approximation by tanh.
func (j *configJSON) setActivation(c *architecture.Config, a *architecture.Architecture) error {
	key, name := "hidden_act", or(j.Act, "")
	if j.Act == nil && j.GateAct != nil {
		key, name = "hidden_activation", *j.GateAct
	}
	kind, ok := activations[name]
	switch {
	case name == "gelu" && a.Name == "gemma":
		kind = architecture.GELUTanh
	case !ok:
		names := strings.Join(slices.Sorted(maps.Keys(activations)), ", ")
		return fmt.Errorf("%s is %q, but only %s are read", key, name, names)
	}
	if kind != a.Activation {
		c.Activation = kind
	}
	return nil
}

// or returns what a pointer points at, or the fallback where it is nil.
func or[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// checkFamily refuses a model of another kind.
func (j *configJSON) checkFamily(a *architecture.Architecture) error {
	switch {
	case len(j.Architectures) > 0 && !slices.Contains(j.Architectures, a.HuggingFace.Class):
		return fmt.Errorf("architectures are %q, but only %q is read", j.Architectures, a.HuggingFace.Class)
	case present(j.Quantization):
		return errors.New("it has a quantization_config, but quantised Hugging Face weights are not read; use the unquantised model or a GGUF file")
	}
	return nil
}

func present(raw json.RawMessage) bool {
	return len(raw) > 0 && !bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

func (j *configJSON) headDim() (int, error) {
	switch {
	case j.HeadDim != nil:
		return *j.HeadDim, nil
	case j.Heads <= 0 || j.Width%j.Heads != 0:
		return 0, fmt.Errorf("hidden_size %d cannot be divided among %d attention heads, and no head_dim is given", j.Width, j.Heads)
	}
	return j.Width / j.Heads, nil
}

// tokenID reads a token id: a number, the first of a list, or none.
func tokenID(key string, raw json.RawMessage) (int, error) {
	if !present(raw) {
		return -1, nil
	}
	var one int
	if json.Unmarshal(raw, &one) == nil {
		return one, nil
	}
	var list []int
	if err := json.Unmarshal(raw, &list); err != nil {
		return 0, fmt.Errorf("%s is %s, but must be a token id, a list of them, or null", key, raw)
	}
	if len(list) == 0 {
		return -1, nil
	}
	return list[0], nil
}
