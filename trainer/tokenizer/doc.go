// Package tokenizer turns text into token ids as Hugging Face's tokenizers does:
// byte-level BPE from a tokenizer.json or from the metadata of a GGUF file.
//
// It is handed bytes or metadata and knows nothing of models or folders.
//
//	t, err := tokenizer.Parse(data) // of a tokenizer.json
//	ids, err := t.Encode("The capital of France is")
//
// A part of the pipeline that it does not know is refused by name. A new
// pattern is a scanner in pretokenize.go with its name in json.go and, where
// llama.cpp has one for it, in gguf.go.
package tokenizer
