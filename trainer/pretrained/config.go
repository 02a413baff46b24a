package pretrained

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
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
	Pad              *int            `json:"pad_token_id"`
	Activation       *string         `json:"hidden_act"`
	AttentionBias    bool            `json:"attention_bias"`
	AttentionDropout float64         `json:"attention_dropout"`
	MLPBias          bool            `json:"mlp_bias"`
	PretrainingTP    *int            `json:"pretraining_tp"`
	Quantization     json.RawMessage `json:"quantization_config"`

	RopeParameters    *ropeJSON `json:"rope_parameters"` // transformers 5
	RopeTheta         *float64  `json:"rope_theta"`      // transformers 4
	RopeScaling       *ropeJSON `json:"rope_scaling"`    // transformers 4
	Partial           *float64  `json:"partial_rotary_factor"`
	OriginalPositions *int      `json:"original_max_position_embeddings"`
}

// parseConfig reads a config.json as transformers 4 and 5 write it, and lists
// what the file says twice, with which of the two holds. Absent settings have the defaults of
// transformers' LlamaConfig, except that absent token ids are none.
func parseConfig(data []byte) (c architecture.Config, contradictions []string, err error) {
	var j configJSON
	var all map[string]json.RawMessage
	if err := tensorfile.DecodeJSON(data, "a model's configuration", &j, &all); err != nil {
		return architecture.Config{}, nil, err
	}
	a := architecture.Find(j.ModelType)
	if a == nil {
		known := architecture.Listed(func(a *architecture.Architecture) string { return a.Name })
		return architecture.Config{}, nil, fmt.Errorf("model_type is %q (architectures %q), but only %s is read", j.ModelType, j.Architectures, known)
	}
	if err := cmp.Or(j.checkFamily(a.HuggingFace), checkNeutral(all, a, or(j.MaxPositions, 2048))); err != nil {
		return architecture.Config{}, nil, err
	}
	if c, err = j.config(); err == nil {
		err = c.Check()
	}
	return c, j.contradictions(), err
}

func (j *configJSON) config() (architecture.Config, error) {
	c := architecture.Config{
		Architecture: j.ModelType,
		Vocab:        j.Vocab, Width: j.Width, Hidden: j.Hidden, Layers: j.Layers, Heads: j.Heads,
		KVHeads:      or(j.KVHeads, j.Heads),
		MaxPositions: or(j.MaxPositions, 2048),
		NormEps:      or(j.NormEps, 1e-6),
		Tied:         or(j.Tied, false),
		Rope:         j.rope(),
		Pad:          or(j.Pad, -1),
	}
	if c.Pad < 0 && c.Pad >= -c.Vocab && j.Pad != nil {
		c.Pad += c.Vocab // torch.nn.Embedding counts from the end
	}
	var err error
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

// or returns what a pointer points at, or the fallback where it is nil.
func or[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// checkFamily refuses a model of another kind, or of the family with other
// arithmetic.
func (j *configJSON) checkFamily(a architecture.HuggingFace) error {
	switch {
	case len(j.Architectures) > 0 && !slices.Contains(j.Architectures, a.Class):
		return fmt.Errorf("architectures are %q, but only %q is read", j.Architectures, a.Class)
	case present(j.Quantization):
		return errors.New("it has a quantization_config, but quantised Hugging Face weights are not read; use the unquantised model or a GGUF file")
	case j.Activation != nil && !slices.Contains(a.Activations, *j.Activation):
		return fmt.Errorf("hidden_act is %q, but only %s is read", *j.Activation, oneFunction(a.Activations))
	case j.AttentionBias:
		return errors.New("attention_bias is true, but biases are not read")
	case j.MLPBias:
		return errors.New("mlp_bias is true, but biases are not read")
	case j.AttentionDropout != 0:
		return fmt.Errorf("attention_dropout is %v, but only 0 is read", j.AttentionDropout)
	case or(j.PretrainingTP, 1) != 1:
		return fmt.Errorf("pretraining_tp is %d, but only 1 is read", *j.PretrainingTP)
	}
	return j.checkRope()
}

// oneFunction lists the names of a function for messages.
func oneFunction(names []string) string {
	text := fmt.Sprintf("%q", names[0])
	for _, name := range names[1:] {
		text += fmt.Sprintf(" (or %q, the same)", name)
	}
	return text
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

// encodeConfig writes c as transformers 5 does, with the keys that
// transformers 4 reads beside them.
func encodeConfig(c architecture.Config, dtype string) ([]byte, error) {
	type object map[string]any
	parameters := object{"rope_theta": decimal(c.Rope.Theta), "rope_type": c.Rope.Type}
	var scaling any // transformers 4: null for the default rope
	if c.Rope.Type != "default" {
		parameters["factor"] = decimal(c.Rope.Factor)
		scaling = parameters
	}
	if c.Rope.Type == "llama3" {
		parameters["low_freq_factor"] = decimal(c.Rope.LowFreq)
		parameters["high_freq_factor"] = decimal(c.Rope.HighFreq)
		parameters["original_max_position_embeddings"] = c.Rope.OriginalPositions
	}
	family := c.Of().HuggingFace
	written := object{
		"architectures":           []string{family.Class},
		"model_type":              c.Architecture,
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
		"hidden_act":              family.Activations[0],
		"attention_bias":          false,
		"attention_dropout":       0.0,
		"mlp_bias":                false,
		"dtype":                   dtype,
		"torch_dtype":             dtype,
	}
	if c.Pad >= 0 {
		written["pad_token_id"] = c.Pad
	}
	return json.MarshalIndent(written, "", "  ")
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
