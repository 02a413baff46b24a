// Package pretrained reads and writes models with their tokenizers: Hugging Face
// folders and GGUF files of the architectures in package architecture.
//
// It knows what the files mean, and nothing of training. [Open] is the way in:
//
//	model, err := pretrained.Open("SmolLM2-135M-Instruct.gguf")
//	weights, err := model.Tensor("model.layers.0.self_attn.q_proj.weight")
//	tokenizer, err := model.Tokenizer()
//	ids, err := tokenizer.Encode("The capital of France is")
//
// Whatever the container, a tensor goes by its Hugging Face name and comes back
// as float32, row-major, in Hugging Face's layout: [out, in] for a projection.
// A model of another architecture, or with a part that its architecture does not
// have, is refused by name before a weight is read.
package pretrained
