// Package tokenizer turns text into token ids and back as the libraries that made
// the tokenizers do: Hugging Face's tokenizers from a tokenizer.json, SentencePiece
// and tiktoken from a tokenizer.model, mistral-common from a tekken.json, and those
// described in the metadata of a GGUF file, by llama.cpp's names.
//
// It is handed bytes or metadata and knows nothing of models or folders.
//
//	t, err := tokenizer.Parse(data) // of a tokenizer.json
//	ids, err := t.Encode("The capital of France is")
//	text := t.Decode(ids)
//
// A tokenizer is a pipeline: added tokens are found in the text (added.go), what is
// between them is normalised (normalize.go), cut into words (pretokenize.go,
// split.go), and each word is cut into tokens by a model (bpe.go, unigram.go); a
// decoder joins tokens to text (decode.go). Each stage has a table of the kinds that
// are read, by the names that a tokenizer.json gives them. A part that stands in none
// is refused by name. What goes around a text, such as BOS, is its Template, which
// Encode leaves to the caller.
//
// Patterns are expressions of Oniguruma (onig.go), run by package regexp2 within a
// bounded time; those of known models have scanners (scan.go), which are faster.
//
// The ids of real tokenizers are held to those of their libraries where a folder of
// them is at hand: see testdata/make_ids.py.
package tokenizer
