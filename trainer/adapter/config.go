package adapter

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/trainer/tensorfile"
)

// config is the part of PEFT's adapter_config.json that decides what an
// adapter computes.
type config struct {
	Type          string   `json:"peft_type"`
	R             int      `json:"r"`
	Alpha         float64  `json:"lora_alpha"`
	RSLoRA        bool     `json:"use_rslora"`
	Dropout       float64  `json:"lora_dropout"`
	Bias          string   `json:"bias"`
	ModulesToSave []string `json:"modules_to_save"`
	Parameters    []string `json:"target_parameters"`
	Init          any      `json:"init_lora_weights"`

	named selectionConfig
	*selection
	ranks, alphas table
}

// selectionConfig is the part that selects modules.
type selectionConfig struct {
	targets, excluded, layersPattern names
	layers                           layers
}

// names are some in a list, or one text.
type names struct {
	list []string
	text string // "" for a list
}

// UnmarshalJSON reads a text or a list of texts.
func (n *names) UnmarshalJSON(data []byte) error {
	*n = names{}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &n.text)
	}
	return json.Unmarshal(data, &n.list)
}

// layers are the numbers of some layers, nil for all.
type layers []int

// UnmarshalJSON reads a number or a list of numbers; an empty list says nothing.
func (l *layers) UnmarshalJSON(data []byte) error {
	var list []int
	if len(data) > 0 && data[0] != '[' && data[0] != 'n' {
		data = slices.Concat([]byte("["), data, []byte("]"))
	}
	err := json.Unmarshal(data, &list)
	if *l = nil; len(list) > 0 {
		*l = list
	}
	return err
}

// maxRank is far above the rank of any adapter.
const maxRank = 1 << 24

// parseConfig reads an adapter_config.json. It refuses the variants of
// LoRA that compute something else.
func parseConfig(data []byte) (*config, error) {
	j := &config{Init: true}
	var all map[string]json.RawMessage
	if err := tensorfile.DecodeJSON(data, "an adapter's configuration", j, &all); err != nil {
		return nil, err
	}
	err := j.check()
	if err == nil {
		err = j.readModules(all)
	}
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if variesLoRA(key) && !unset(all[key]) {
			return nil, fmt.Errorf("%s is %s, but only plain LoRA is read", key, all[key])
		}
	}
	return j, nil
}

func (j *config) check() error {
	switch {
	case j.Type != "LORA":
		return fmt.Errorf("peft_type is %q, but only \"LORA\" is read", j.Type)
	case j.R <= 0 || j.R > maxRank:
		return fmt.Errorf("r is %d, but must be in 1..%d", j.R, maxRank)
	case !isAlpha(j.Alpha):
		return fmt.Errorf("lora_alpha is %v, but must be positive", j.Alpha)
	case !(j.Dropout >= 0 && j.Dropout < 1):
		return fmt.Errorf("lora_dropout is %v, but must be at least 0 and below 1", j.Dropout)
	case j.Bias != "" && j.Bias != "none":
		return fmt.Errorf("bias is %q, but only \"none\" is read", j.Bias)
	case len(j.ModulesToSave) > 0:
		return fmt.Errorf("modules_to_save is %q, but only low-rank factors are read", j.ModulesToSave)
	case len(j.Parameters) > 0:
		return fmt.Errorf("target_parameters is %q, but only target_modules are read", j.Parameters)
	}
	return j.checkInit()
}

func isAlpha(x float64) bool { return x > 0 && !math.IsInf(x, 0) }

func isRank(x float64) bool { return x >= 1 && x <= maxRank && x == math.Trunc(x) }

// readModules reads what selects modules, and what is said of single ones.
func (j *config) readModules(all map[string]json.RawMessage) error {
	for _, field := range []struct {
		key  string
		to   any
		want string
	}{
		{"target_modules", &j.named.targets, "a text or a list of names"},
		{"exclude_modules", &j.named.excluded, "a text or a list of names"},
		{"layers_pattern", &j.named.layersPattern, "a text or a list of texts"},
		{"layers_to_transform", &j.named.layers, "a number or a list of numbers"},
		{"rank_pattern", &j.ranks, "an object of numbers"},
		{"alpha_pattern", &j.alphas, "an object of numbers"},
	} {
		if raw := all[field.key]; raw != nil && json.Unmarshal(raw, field.to) != nil {
			return fmt.Errorf("%s is %.100s, but must be %s", field.key, raw, field.want)
		}
	}
	if err := j.ranks.read("rank_pattern", isRank, fmt.Sprintf("a whole number in 1..%d", maxRank)); err != nil {
		return err
	}
	if err := j.alphas.read("alpha_pattern", isAlpha, "positive"); err != nil {
		return err
	}
	var err error
	j.selection, err = j.named.selection()
	return err
}

// read checks the numbers of a table, and readies it.
func (t table) read(name string, ok func(float64) bool, want string) error {
	for _, e := range t {
		if !ok(e.value) {
			return fmt.Errorf("%s has %q: %v, but must be %s", name, e.key, e.value, want)
		}
	}
	return t.compile(name)
}

// selection returns what the configuration selects. One without target_modules, of
// which PEFT has defaults, selects all that the weights hold.
func (j selectionConfig) selection() (s *selection, err error) {
	s = &selection{names: j.targets.list, layers: j.layers}
	switch {
	case j.targets.text == "" && j.targets.list == nil:
		s.all, s.open = true, true
	case strings.EqualFold(j.targets.text, allLinear):
		s.all = true
	case j.targets.text != "":
		if s.pattern, err = expression(j.targets.text, wholeName); err != nil {
			return nil, fmt.Errorf("target_modules: %w", err)
		}
	}
	s.excluded.names = j.excluded.list
	if j.excluded.text != "" {
		if s.excluded.pattern, err = expression(j.excluded.text, wholeName); err != nil {
			return nil, fmt.Errorf("exclude_modules: %w", err)
		}
	}
	for _, pattern := range slices.Concat(j.layersPattern.list, only(j.layersPattern.text)) {
		re, err := expression(pattern, layerName)
		if err != nil {
			return nil, fmt.Errorf("layers_pattern: %w", err)
		}
		s.layersPattern = append(s.layersPattern, re)
	}
	return s, nil
}

// only returns a text as a list, an empty one for "".
func only(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// checkInit refuses initialisations that change the base model's weights.
func (j *config) checkInit() error {
	switch init := j.Init.(type) {
	case bool:
		return nil
	case string:
		if slices.Contains([]string{"gaussian", "orthogonal"}, init) {
			return nil
		}
	}
	return fmt.Errorf("init_lora_weights is %v, which may have changed the base model; only true, false, \"gaussian\" and \"orthogonal\" are read", j.Init)
}

// variesLoRA reports whether a setting turns on a variant of LoRA.
func variesLoRA(key string) bool {
	switch key {
	case "use_rslora":
		return false
	case "lora_bias", "fan_in_fan_out", "layer_replication",
		"trainable_token_indices", "alora_invocation_tokens":
		return true
	}
	return strings.HasPrefix(key, "use_") || strings.HasSuffix(key, "_config")
}

// unset reports whether a value is one that PEFT writes for a setting that is off.
func unset(raw json.RawMessage) bool {
	return slices.Contains([]string{"null", "false", "{}", "[]"}, string(raw))
}

// encodeConfig writes the settings that PEFT needs to load a.
func encodeConfig(a *Adapter, baseModel string) ([]byte, error) {
	filled := func(values map[string]float64) map[string]float64 {
		if values == nil {
			return map[string]float64{}
		}
		return values
	}
	return json.MarshalIndent(map[string]any{
		"peft_type":               "LORA",
		"task_type":               "CAUSAL_LM",
		"base_model_name_or_path": baseModel,
		"r":                       a.R,
		"lora_alpha":              a.Alpha,
		"lora_dropout":            a.Dropout,
		"use_rslora":              a.RSLoRA,
		"rank_pattern":            filled(a.RankPattern),
		"alpha_pattern":           filled(a.AlphaPattern),
		"target_modules":          a.Targets,
		"bias":                    "none",
		"fan_in_fan_out":          false,
		"init_lora_weights":       true,
		"inference_mode":          true,
		"modules_to_save":         nil,
	}, "", "  ")
}
