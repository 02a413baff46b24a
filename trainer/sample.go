package trainer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/data"
	"sweep/trainer/random"
)

var _ sweep.Sampler = (*Trainer)(nil)

// Prompt is a text as the model of a run reads the prompt of a row; see sweep.Sampler.
func (t *Trainer) Prompt(p sweep.Params, text string, chat bool) (sweep.Prompt, error) {
	b, err := t.base(p.Model)
	if err != nil {
		return sweep.Prompt{}, err
	}
	if chat {
		ids, _, err := t.message(b, p, text)
		return sweep.Prompt{Tokens: ids, Text: text}, err
	}
	encoder, around := b.encoder()
	ids, err := data.EncodePrompt(encoder, text, around.Before)
	if err == nil && len(ids) == 0 {
		err = errors.New("it has no tokens to go on from; write some text")
	}
	if err != nil {
		return sweep.Prompt{}, fmt.Errorf("the prompt: %w", err)
	}
	return sweep.Prompt{Tokens: ids, Text: text}, nil
}

// HeldOut returns the first prompts that a run is evaluated on; see sweep.Sampler.
func (t *Trainer) HeldOut(p sweep.Params, n int) ([]sweep.Prompt, error) {
	b, rows, err := t.read(p)
	if err != nil {
		return nil, err
	}
	stops := t.stops(b, p)
	var prompts []sweep.Prompt
	for _, e := range rows.eval {
		if len(prompts) == n {
			break
		}
		if e.Prompt == 0 {
			continue
		}
		row := sweep.Prompt{Tokens: e.Tokens[:e.Prompt], Expected: e.Targets[e.Prompt-1:], Place: e.Place.String()}
		row.Text, row.Answer = b.text(row.Tokens), said(b, stops, row.Tokens, row.Expected)
		prompts = append(prompts, row)
	}
	return prompts, nil
}

// Complete completes prompts by the adapter of a run; see sweep.Sampler.
func (t *Trainer) Complete(ctx context.Context, r sweep.Result, prompts []sweep.Prompt, s sweep.Sampling) ([]sweep.Completion, error) {
	if r.Inputs.Imported != "" {
		return nil, fmt.Errorf("run %s was trained elsewhere and imported: neither its model nor its adapter is here", r.Name)
	}
	b, err := t.base(r.Params.Model)
	if err != nil {
		return nil, err
	}
	if r.Inputs.Model != b.hash {
		return nil, fmt.Errorf("model %s is not what run %s was trained on: its files have changed since", r.Params.Model, r.Name)
	}
	g, err := t.generator(b, r, prompts, s)
	if err != nil {
		return nil, err
	}
	leave, err := t.crew.Join(g.pass.k)
	if err != nil {
		return nil, err
	}
	defer leave()
	completions := make([]sweep.Completion, len(prompts))
	for i, prompt := range prompts {
		tokens, ended, err := g.complete(ctx, prompt.Tokens, s, random.New(s.Seed, "sample", i))
		if err != nil {
			return nil, err
		}
		completions[i] = sweep.Completion{Tokens: tokens, Text: said(b, g.stops, prompt.Tokens, tokens), Ended: ended}
	}
	return completions, nil
}

// generator lays out the model of a run, with its adapter unless s asks for the base
// alone, for the longest of the prompts.
func (t *Trainer) generator(b *base, r sweep.Result, prompts []sweep.Prompt, s sweep.Sampling) (*generator, error) {
	positions := 0
	for _, prompt := range prompts {
		positions = max(positions, len(prompt.Tokens)+s.MaxTokens)
		if limit := b.Config.MaxPositions; limit > 0 && positions > limit {
			return nil, fmt.Errorf("the prompt has %d tokens, at most %d follow, but model %s has %d positions; shorten the prompt, or ask for fewer tokens", len(prompt.Tokens), s.MaxTokens, r.Params.Model, limit)
		}
	}
	w, err := b.frozen(r.Params.DType)
	if err != nil {
		return nil, err
	}
	p := r.Params
	if s.Base {
		p.Method = "" // nothing beside the frozen weights
	} else if err := checkAdapter(r); err != nil {
		return nil, err
	}
	g, err := newGenerator(t.kernels, b.Config, w, p, positions)
	if err != nil {
		return nil, err
	}
	g.stops = t.stops(b, r.Params)
	if s.Base {
		return g, nil
	}
	factors, err := adapter.Decode(r.Adapter)
	if err != nil {
		return nil, fmt.Errorf("the adapter of run %s: %w", r.Name, err)
	}
	return g, g.model.load(&adapter.Adapter{Factors: factors})
}

// stops are what ends a text of the model: EOS, what the tokenizer puts after every text,
// and the special token that ends an answer in a conversation.
func (t *Trainer) stops(b *base, p sweep.Params) [][]int32 {
	_, around := b.encoder()
	stops := [][]int32{only(b.Config.EOS), around.After}
	if _, end, err := t.message(b, p, "a"); err == nil {
		stops = append(stops, end)
	}
	return slices.DeleteFunc(stops, func(s []int32) bool { return len(s) == 0 })
}

// message returns what a model reads before its answer to a message of a user: what it
// would read in a row of that conversation. End is the special token behind the answer,
// if there is one.
func (t *Trainer) message(b *base, p sweep.Params, text string) (prompt, end []int32, err error) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	row, err := json.Marshal(map[string][]message{"messages": {{"user", text}, {"assistant", "a"}}})
	if err != nil {
		return nil, nil, err
	}
	rows, err := data.Parse(bytes.NewReader(row), "the message", nil)
	if err != nil {
		return nil, nil, err
	}
	encoder, _ := b.encoder()
	o := t.rowOptions(b, p)
	o.Seq, o.Long, o.First, o.Loss = math.MaxInt32, data.Cut, 0, data.Assistant
	encoded, err := rows.Encode(encoder, o)
	if err != nil {
		return nil, nil, err
	}
	e := encoded.Examples[0]
	last := e.Targets[len(e.Targets)-1]
	if k, err := b.Tokenizer(); err == nil && k.IsSpecial(last) {
		end = []int32{last}
	}
	return e.Tokens[:e.Prompt], end, nil
}

// said is the text of what follows a prompt, up to the first stop.
func said(b *base, stops [][]int32, prompt, tokens []int32) string {
	g := generator{stops: stops}
	for n := range tokens {
		if stop := g.stop(tokens[:n+1]); stop > 0 {
			tokens = tokens[:n+1-stop]
			break
		}
	}
	if text, follows := strings.CutPrefix(b.text(slices.Concat(prompt, tokens)), b.text(prompt)); follows {
		return text
	}
	return b.text(tokens)
}

// text is what tokens say or, of a model without a tokenizer, their ids.
func (b *base) text(tokens []int32) string {
	if k, err := b.Tokenizer(); err == nil {
		return k.Decode(tokens)
	}
	var text strings.Builder
	for _, id := range tokens {
		fmt.Fprintf(&text, "#%d ", id)
	}
	return text.String()
}
