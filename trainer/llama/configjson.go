package llama

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// configJSON is the part of a Hugging Face config.json that decides what a
// model computes. A nil field was absent or null.
type configJSON struct {
	Architectures    []string        `json:"architectures"`
	ModelType        string          `json:"model_type"`
	Vocab            int             `json:"vocab_size"`
	Width            int             `json:"hidden_size"`
	Hidden           int             `json:"intermediate_size"`
	Layers           int             `json:"num_hidden_layers"`
	Heads            int             `json:"num_attention_heads"`
	KVHeads          *int            `json:"num_key_value_heads"`
	HeadDim          *int            `json:"head_dim"`
	MaxPositions     *int            `json:"max_position_embeddings"`
	NormEps          *float64        `json:"rms_norm_eps"`
	Tied             *bool           `json:"tie_word_embeddings"`
	BOS              json.RawMessage `json:"bos_token_id"`
	EOS              json.RawMessage `json:"eos_token_id"`
	Activation       *string         `json:"hidden_act"`
	AttentionBias    bool            `json:"attention_bias"`
	AttentionDropout float64         `json:"attention_dropout"`
	MLPBias          bool            `json:"mlp_bias"`
	PretrainingTP    *int            `json:"pretraining_tp"`
	Quantization     json.RawMessage `json:"quantization_config"`

	RopeParameters *ropeJSON `json:"rope_parameters"` // transformers 5
	RopeTheta      *float64  `json:"rope_theta"`      // transformers 4
	RopeScaling    *ropeJSON `json:"rope_scaling"`    // transformers 4
	Partial        *float64  `json:"partial_rotary_factor"`
}

type ropeJSON struct {
	Theta             *float64 `json:"rope_theta"`
	Type              string   `json:"rope_type"`
	OldType           string   `json:"type"`
	Factor            float64  `json:"factor"`
	LowFreq           float64  `json:"low_freq_factor"`
	HighFreq          float64  `json:"high_freq_factor"`
	OriginalPositions int      `json:"original_max_position_embeddings"`
	Partial           *float64 `json:"partial_rotary_factor"`
}

// parseConfig reads a config.json as transformers 4 and 5 write it. Absent
// settings have the defaults of transformers' LlamaConfig, except that absent
// token ids are none.
func parseConfig(data []byte) (Config, error) {
	var j configJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return Config{}, fmt.Errorf("it is not the JSON of a model's configuration: %w", err)
	}
	if err := j.checkArchitecture(); err != nil {
		return Config{}, err
	}
	c := Config{
		Vocab: j.Vocab, Width: j.Width, Hidden: j.Hidden, Layers: j.Layers, Heads: j.Heads,
		KVHeads:      or(j.KVHeads, j.Heads),
		MaxPositions: or(j.MaxPositions, 2048),
		NormEps:      or(j.NormEps, 1e-6),
		Tied:         or(j.Tied, false),
		Rope:         j.rope(),
	}
	var err error
	if c.HeadDim, err = j.headDim(); err != nil {
		return Config{}, err
	}
	if c.BOS, err = tokenID("bos_token_id", j.BOS); err != nil {
		return Config{}, err
	}
	if c.EOS, err = tokenID("eos_token_id", j.EOS); err != nil {
		return Config{}, err
	}
	return c, c.check()
}

// or returns what a pointer points at, or the fallback where it is nil.
func or[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// checkArchitecture refuses what is no Llama, or a Llama with other arithmetic.
func (j *configJSON) checkArchitecture() error {
	const causal = "LlamaForCausalLM"
	partial := j.Partial
	if j.RopeParameters != nil && j.RopeParameters.Partial != nil {
		partial = j.RopeParameters.Partial
	}
	switch {
	case j.ModelType != "llama":
		return fmt.Errorf("model_type is %q (architectures %q), but only \"llama\" is read", j.ModelType, j.Architectures)
	case len(j.Architectures) > 0 && !slices.Contains(j.Architectures, causal):
		return fmt.Errorf("architectures are %q, but only %q is read", j.Architectures, causal)
	case present(j.Quantization):
		return errors.New("it has a quantization_config, but quantised Hugging Face weights are not read; use the unquantised model or a GGUF file")
	case or(j.Activation, "silu") != "silu":
		return fmt.Errorf("hidden_act is %q, but only \"silu\" is read", *j.Activation)
	case j.AttentionBias:
		return errors.New("attention_bias is true, but biases are not read")
	case j.MLPBias:
		return errors.New("mlp_bias is true, but biases are not read")
	case j.AttentionDropout != 0:
		return fmt.Errorf("attention_dropout is %v, but only 0 is read", j.AttentionDropout)
	case or(j.PretrainingTP, 1) != 1:
		return fmt.Errorf("pretraining_tp is %d, but only 1 is read", *j.PretrainingTP)
	case or(partial, 1) != 1:
		return fmt.Errorf("partial_rotary_factor is %v, but only 1 is read", *partial)
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

// rope reads rope_parameters, or the older rope_theta and rope_scaling.
func (j *configJSON) rope() Rope {
	p := j.RopeParameters
	if p == nil {
		p = j.RopeScaling
	}
	if p == nil {
		p = &ropeJSON{}
	}
	r := Rope{Theta: or(p.Theta, or(j.RopeTheta, 10000)), Type: p.Type}
	if r.Type == "" {
		r.Type = p.OldType
	}
	if r.Type == "" {
		r.Type = "default"
	}
	if r.Type == "llama3" {
		r.Factor, r.LowFreq, r.HighFreq, r.OriginalPositions = p.Factor, p.LowFreq, p.HighFreq, p.OriginalPositions
	}
	return r
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

// encodeConfig writes c as transformers 5 does, with the keys that
// transformers 4 reads beside them.
func encodeConfig(c Config, dtype string) ([]byte, error) {
	type object map[string]any
	parameters := object{"rope_theta": decimal(c.Rope.Theta), "rope_type": c.Rope.Type}
	var scaling any // transformers 4: null for the default rope
	if c.Rope.Type == "llama3" {
		parameters["factor"] = decimal(c.Rope.Factor)
		parameters["low_freq_factor"] = decimal(c.Rope.LowFreq)
		parameters["high_freq_factor"] = decimal(c.Rope.HighFreq)
		parameters["original_max_position_embeddings"] = c.Rope.OriginalPositions
		scaling = parameters
	}
	return json.MarshalIndent(object{
		"architectures":           []string{"LlamaForCausalLM"},
		"model_type":              "llama",
		"vocab_size":              c.Vocab,
		"hidden_size":             c.Width,
		"intermediate_size":       c.Hidden,
		"num_hidden_layers":       c.Layers,
		"num_attention_heads":     c.Heads,
		"num_key_value_heads":     c.KVHeads,
		"head_dim":                c.HeadDim,
		"max_position_embeddings": c.MaxPositions,
		"rms_norm_eps":            c.NormEps,
		"rope_parameters":         parameters,
		"rope_theta":              decimal(c.Rope.Theta),
		"rope_scaling":            scaling,
		"tie_word_embeddings":     c.Tied,
		"bos_token_id":            noneAsNull(c.BOS),
		"eos_token_id":            noneAsNull(c.EOS),
		"hidden_act":              "silu",
		"attention_bias":          false,
		"attention_dropout":       0.0,
		"mlp_bias":                false,
		"dtype":                   dtype,
		"torch_dtype":             dtype,
	}, "", "  ")
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
