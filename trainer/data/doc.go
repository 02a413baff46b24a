// Package data turns rows of text into batches of tokens.
//
// A file of JSON lines, or of one JSON array, is read into Rows, Rows are split into
// a training and an evaluation half, encoded to Examples by a tokenizer, and
// concatenated to a Batch in the sequence that an Order gives. A row takes one of
// these forms (see forms):
//
//	{"text": "..."}                                 loss on every token
//	{"prompt": "...", "completion": "..."}          loss on the completion only
//	{"messages": [{"role", "content"}, ...]}        loss on what the assistant says; see Loss
//	{"input_ids": [...], "labels": [...]}           tokenised elsewhere; label -100: no loss
//	{"instruction", "input", "output"}              Alpaca's: its prompt and a completion
//	{"conversations": [{"from", "value"}, ...]}     ShareGPT's: messages
//	{"prompt": [...], "completion": [...]}          messages; loss on those of the completion
//
// Other keys are noted and not read. A file or a row of another form is an error with
// the command that converts it.
//
// A row of more tokens than a run takes is cut, skipped or an error (see Long), and
// whatever is cut or skipped is counted (see Summary).
//
// Prompt and completion are tokenised separately and then joined, so a merge
// never crosses their border and a completion has the same tokens after every
// prompt. What the tokenizer puts before a text, such as BOS, goes before a text
// or prompt and bears no loss. EOS follows a text or completion and does, so
// that the model learns to end. A row that writes them out itself has them once.
// Pre-tokenised rows are taken as they are; their labels align with input_ids as
// in Hugging Face transformers, and the shift by one is done here.
//
// Messages are rendered by the model's chat template, see Options.Template, without
// BOS or EOS: the form has its own. The text is tokenised as a whole, and a token
// bears a loss if a byte of it does. Without a template they are in ChatML, for which
// the tokenizer must have the tokens <|im_start|> and <|im_end|>, and no message may
// hold one; what bears a loss is tokenised apart there. Other special tokens that a
// row writes out become their ids, as in Hugging Face tokenizers.
//
// The loss of a batch is the mean over its counted tokens, whichever row they
// stand in. The package knows nothing of models: a tokenizer is an Encoder, and
// a vocabulary is a size.
package data
