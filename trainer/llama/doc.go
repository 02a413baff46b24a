// Package llama reads and writes models of the Llama architecture: Hugging Face
// folders and GGUF files, with the tokenizers that come with them.
//
// It knows file formats only, and nothing of training. [Open] is the way in:
//
//	checkpoint, err := llama.Open("SmolLM2-135M-Instruct.gguf")
//	weights, err := checkpoint.Tensor("model.layers.0.self_attn.q_proj.weight")
//	tokenizer, err := checkpoint.Tokenizer()
//	ids, err := tokenizer.Encode("The capital of France is")
//
// Whatever the container, a tensor goes by its Hugging Face name and comes back
// as float32, row-major, in Hugging Face's layout: [out, in] for a projection.
// A model that is not a Llama, or a Llama with a part this package does not
// know, is refused by name before a weight is read. No number found in a file
// sizes an allocation before it has been held against the file's length.
package llama
