// Package adapter reads and writes LoRA adapters in the folders of Hugging
// Face's PEFT: adapter_config.json and adapter_model.safetensors.
//
//	a, err := adapter.Read("runs/best", config) // that of the model it belongs to
//	a.Factors["model.layers.0.self_attn.q_proj"].A // [r, in]
//	err = adapter.Write("copy", a, "models/SmolLM2-135M")
//
// A variant of LoRA that computes something else than plain LoRA does is
// refused by the name of the setting that asks for it.
package adapter
