// Package data turns rows of text into batches of tokens.
//
// A file of JSON lines is read into Rows, Rows are split into a training and
// an evaluation half, encoded to Examples by a tokenizer, and concatenated to
// a Batch in the sequence that an Order gives. A line takes one of four forms:
//
//	{"text": "..."}                            loss on every token
//	{"prompt": "...", "completion": "..."}     loss on the completion only
//	{"messages": [{"role", "content"}, ...]}   loss on what the assistant says
//	{"input_ids": [...], "labels": [...]}      tokenised elsewhere; label -100: no loss
//
// Prompt and completion are tokenised separately and then joined, so a merge
// never crosses their border and a completion has the same tokens after every
// prompt. Where the model has them, BOS goes before a text or prompt and bears
// no loss, and EOS follows a text or completion and does. Pre-tokenised rows
// are taken as they are; their labels align with input_ids as in Hugging Face
// transformers, and the shift by one is done here.
//
// Messages are rendered in ChatML (see encodeTurns), without BOS or EOS: the
// form has its own.
//
// The loss of a batch is the mean over its counted tokens, whichever row they
// stand in. The package knows nothing of models: a tokenizer is an Encoder, and
// a vocabulary is a size.
package data
