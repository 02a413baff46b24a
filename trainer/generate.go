package trainer

import (
	"context"
	"slices"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

// prefill is how many tokens of a prompt are read at a time.
const prefill = 64

// generator completes rows, a token at a time. A token is read by the forward pass of
// training and evaluation; attention keeps the keys and values of those before it, so
// that each is read once. Logits have the bits of a pass over the whole row.
type generator struct {
	pass  *pass
	model *model
	stops [][]int32 // each ends a completion
}

// newGenerator lays out a model for rows of at most so many tokens.
func newGenerator(k *kernel.Set, c architecture.Config, w weights, params sweep.Params, positions int) (*generator, error) {
	p, m, err := layOutModel(&memory{}, k.Queue(), c, w, params, min(prefill, positions), positions)
	if err == nil {
		m.keepRows(p)
	}
	return &generator{pass: p, model: m}, err
}

// read goes on with the row and returns the logits (vocab) of the token after it, which
// the next call changes.
func (g *generator) read(ctx context.Context, tokens []int32) ([]float32, error) {
	var x []float32
	size := g.pass.past + len(tokens)
	for part := range slices.Chunk(tokens, g.pass.capacity) {
		g.pass.load(data.Batch{Tokens: part, Lengths: []int{len(part)}, Sizes: []int{size}}, false)
		var err error
		if x, err = g.model.hidden(ctx, g.pass); err != nil {
			return nil, err
		}
		g.pass.past += len(part)
	}
	return g.model.head.next(g.pass, x), nil
}

// complete begins a row with a prompt and goes on until one of the stops ends it, or it
// has s.MaxTokens more.
func (g *generator) complete(ctx context.Context, prompt []int32, s sweep.Sampling, chance *random.Stream) (tokens []int32, ended bool, err error) {
	g.pass.past = 0
	logits, err := g.read(ctx, prompt)
	for err == nil && len(tokens) < s.MaxTokens {
		tokens = append(tokens, choose(logits, s, chance))
		if g.stop(tokens) > 0 {
			return tokens, true, nil
		}
		if len(tokens) < s.MaxTokens {
			logits, err = g.read(ctx, tokens[len(tokens)-1:])
		}
	}
	return tokens, false, err
}

// stop is the length of what ends tokens, 0 where nothing does.
func (g *generator) stop(tokens []int32) int {
	for _, s := range g.stops {
		if n := len(tokens) - len(s); n >= 0 && slices.Equal(tokens[n:], s) {
			return len(s)
		}
	}
	return 0
}
