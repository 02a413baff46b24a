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
	Type          string          `json:"peft_type"`
	R             int             `json:"r"`
	Alpha         float64         `json:"lora_alpha"`
	RSLoRA        bool            `json:"use_rslora"`
	Dropout       float64         `json:"lora_dropout"`
	Bias          string          `json:"bias"`
	ModulesToSave []string        `json:"modules_to_save"`
	Parameters    []string        `json:"target_parameters"`
	Init          any             `json:"init_lora_weights"`
	Targets       json.RawMessage `json:"target_modules"`
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
	if err := j.check(); err != nil {
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
	case !(j.Alpha > 0) || math.IsInf(j.Alpha, 0):
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
	case "lora_bias", "fan_in_fan_out", "rank_pattern", "alpha_pattern", "layers_to_transform", "layer_replication",
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
	return json.MarshalIndent(map[string]any{
		"peft_type":               "LORA",
		"task_type":               "CAUSAL_LM",
		"base_model_name_or_path": baseModel,
		"r":                       a.R,
		"lora_alpha":              a.Alpha,
		"lora_dropout":            a.Dropout,
		"use_rslora":              a.RSLoRA,
		"target_modules":          a.Targets,
		"bias":                    "none",
		"fan_in_fan_out":          false,
		"init_lora_weights":       true,
		"inference_mode":          true,
		"modules_to_save":         nil,
	}, "", "  ")
}
