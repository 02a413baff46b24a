package data

import (
	"cmp"
	"fmt"
	"slices"
)

// An Encoder tokenises text, without adding tokens of its own.
type Encoder interface {
	Encode(text string) ([]int32, error)
}

// Options say how a model and a run want examples.
type Options struct {
	Seq    int     // rows are cut to this many tokens
	Before []int32 // tokens before every text or prompt, such as BOS
	After  []int32 // tokens after every text or completion, such as EOS
	Vocab  int     // token ids are below this
}

// Example is one row, ready to train on. Targets[t] is the token to predict
// after Tokens[0..t], or -1 where no loss counts. The last target always
// counts: tokens behind it cannot change a loss, since attention is causal,
// and are dropped.
type Example struct {
	Tokens  []int32
	Targets []int32 // len(Tokens)
	Size    int     // tokens of the row, cut to Seq, before the shift dropped any
	Source  Source
}

// Source is what an example was made from.
type Source int

// What examples are made from.
const (
	Tokens       Source = iota // a row that was tokenised elsewhere
	Conversation               // in ChatML
	Text                       // a text, or prompt and completion; Before and After went around it
	FramedText                 // one that began with Before or ended with After already
)

// Encode tokenises every row: it is cut to o.Seq tokens and shifted by one, and
// what follows the last counted target is dropped. The error describes up to
// ten ways in which rows cannot be trained on, each with their line numbers.
func (r *Rows) Encode(e Encoder, o Options) ([]Example, error) {
	examples := make([]Example, 0, r.Len())
	wrong := rowErrors{name: r.name}
	for _, row := range r.rows {
		example, err := row.encode(e, o)
		if err != nil {
			wrong.add(row.at, err)
		}
		examples = append(examples, example)
	}
	if err := wrong.join(); err != nil {
		return nil, err
	}
	return examples, nil
}

func (r row) encode(e Encoder, o Options) (Example, error) {
	ids, labels, source, err := r.tokens(e, o)
	if err != nil {
		return Example{}, err
	}
	if err := cmp.Or(checkIDs("token", ids, o.Vocab), checkIDs("label", labels, o.Vocab)); err != nil {
		return Example{}, err
	}
	example, err := shift(ids, labels, o.Seq)
	example.Source = source
	return example, err
}

// tokens returns the whole row and its labels, noLoss where a token counts for
// nothing.
func (r row) tokens(e Encoder, o Options) (ids, labels []int32, source Source, err error) {
	if r.tokenised {
		return r.ids, r.labels, Tokens, nil
	}
	if r.turns != nil {
		ids, labels, err = encodeTurns(r.turns, e)
		return ids, labels, Conversation, err
	}
	prompt, err := e.Encode(r.prompt)
	if err != nil {
		return nil, nil, Text, fmt.Errorf("tokenising the prompt: %w", err)
	}
	text, err := e.Encode(r.text)
	if err != nil {
		return nil, nil, Text, fmt.Errorf("tokenising the text: %w", err)
	}
	ids, labels, source = frame(prompt, text, o)
	return ids, labels, source, nil
}

// frame puts o.Before and o.After around prompt and text, each unless it stands
// there already. The prompt and o.Before bear no loss.
func frame(prompt, text []int32, o Options) (ids, labels []int32, source Source) {
	body := slices.Concat(prompt, text)
	silent, source := len(prompt), Text
	if len(o.Before) > 0 && startsWith(body, o.Before) {
		silent, source = max(silent, len(o.Before)), FramedText
	} else {
		body, silent = slices.Concat(o.Before, body), len(o.Before)+silent
	}
	if n := len(o.After); n > 0 && len(body)-silent >= n && slices.Equal(body[len(body)-n:], o.After) {
		source = FramedText
	} else {
		body = append(body, o.After...)
	}
	labels = slices.Clone(body)
	for i := range silent {
		labels[i] = noLoss
	}
	return body, labels, source
}

func startsWith(ids, beginning []int32) bool {
	return len(ids) >= len(beginning) && slices.Equal(ids[:len(beginning)], beginning)
}

// checkIDs accepts ids in [0, vocab), and noLoss among labels.
func checkIDs(kind string, ids []int32, vocab int) error {
	for i, id := range ids {
		if id == noLoss && kind == "label" {
			continue
		}
		if id < 0 || int(id) >= vocab {
			return fmt.Errorf("%s %d of the row is %d, outside the model's vocabulary of %d; was it made for another model?", kind, i, id, vocab)
		}
	}
	return nil
}

// shift aligns each token with the one to predict after it.
func shift(ids, labels []int32, seq int) (Example, error) {
	whole := len(ids)
	size := min(whole, seq)
	last := size - 1
	for last > 0 && labels[last] == noLoss {
		last--
	}
	if last < 1 {
		return Example{}, fmt.Errorf("no token counts among the first %d of the row's %d (seq is %d); raise seq, shorten the prompt or lengthen the completion", size, whole, seq)
	}
	targets := make([]int32, last)
	for t := range targets {
		targets[t] = labels[t+1]
		if targets[t] == noLoss {
			targets[t] = -1
		}
	}
	return Example{Tokens: ids[:last:last], Targets: targets, Size: size}, nil
}
