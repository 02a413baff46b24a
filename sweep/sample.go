package sweep

import "context"

// A Prompt is what a model completes.
type Prompt struct {
	Tokens   []int32
	Text     string
	Place    string // of the held-out row that it is of, such as "line 7"; "" for any other prompt
	Expected []int32
	Answer   string // the text of Expected: the row's own completion, without the token that ends it
}

// A Completion is what a model says after a prompt.
type Completion struct {
	Tokens []int32 // with the token that ended it, if any
	Text   string  // without that token
	Ended  bool    // by a token that ends a text, not for want of room
}

// Sampling says how to complete prompts.
type Sampling struct {
	Base        bool    // by the model without the adapter
	MaxTokens   int     // at most so many tokens
	Temperature float64 // what logits are divided by before a token is drawn; 0 takes the one of the highest logit
	TopP        float64 // draw among the likeliest tokens that together have this probability, 1 for all
	Seed        int     // decides what is drawn
}

// A Sampler completes prompts by what finished runs learnt. Completions depend on their
// arguments and on the model alone, to the bit.
type Sampler interface {
	// Prompt is a text as the model of a run reads it: as the prompt of a row or, in a
	// chat, as a message of a user, with the beginning of the answer.
	Prompt(p Params, text string, chat bool) (Prompt, error)
	// HeldOut returns the first n of the rows that a run is evaluated on and that have a
	// prompt, in the order of their file.
	HeldOut(p Params, n int) ([]Prompt, error)
	// Complete completes prompts by the adapter of a run, one after the other. It fails if
	// the run left no adapter, and if its model is no longer what it was trained on.
	Complete(ctx context.Context, r Result, prompts []Prompt, s Sampling) ([]Completion, error)
}
