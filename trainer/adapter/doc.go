// Package adapter reads and writes LoRA adapters in the folders of Hugging
// Face's PEFT: adapter_config.json and adapter_model.safetensors.
//
//	a, err := adapter.Read("runs/best", config) // that of the model it belongs to
//	a.Factors["model.layers.0.self_attn.q_proj"].A // [r, in]
//	err = adapter.Write("copy", a, "models/SmolLM2-135M")
//
// Which modules of a model LoRA adapts, and with which rank and alpha, is said as in
// PEFT's LoraConfig: target_modules as names, as a regular expression or "all-linear",
// exclude_modules, layers_to_transform, rank_pattern and alpha_pattern.
//
//	targets, err := adapter.Settings{Targets: []string{"all-linear"}, R: 8, Alpha: 16}.On(config)
//
// A variant of LoRA that computes something else than plain LoRA does is
// refused by the name of the setting that asks for it.
package adapter
