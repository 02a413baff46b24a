package trainer

import (
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/tokenizer"
)

// Numerics is the newest version of the trainer's arithmetic. The version of a
// run is part of its identity, and rises with a change that moves a bit of its
// curve. All runs but those that version 2 changed are of version 1.
//
// Version 2 reads models and rows as transformers 5 does where version 1 did
// not: a model whose files contradict themselves (pretrained.Model.Contradictions:
// an lm_head of its own under tie_word_embeddings, rope_scaling beside another
// rope_parameters, a GGUF scaling factor without its type); BOS and EOS by the
// tokenizer's template rather than config.json, and once where a row writes them
// out; text in NFC where a GGUF names Qwen 2's pre-tokenizer; tokens of users cut out
// of a text first where a GGUF has SentencePiece's, and white space behind Phi-3's
// dropped there; and under method "full" no gradient for the embedding of the padding token.
const Numerics = 2

// numerics is the version of a run's arithmetic.
func numerics(b *base, rows *examples, p sweep.Params) int {
	if len(notes(b, rows, p)) > 0 {
		return 2
	}
	return 1
}

var _ sweep.Noter = (*Trainer)(nil)

// Notes says how a run of p differs from version 1 of the arithmetic, what of its
// rows is not read or not judged, and what its targets stand for; see sweep.Noter.
func (t *Trainer) Notes(p sweep.Params) ([]string, error) {
	b, rows, err := t.read(p)
	if err != nil {
		return nil, err
	}
	targets, err := t.targetNotes(b, p)
	return slices.Concat(notes(b, rows, p), rows.unread, rows.notJudged(p), targets), err
}

func notes(b *base, rows *examples, p sweep.Params) []string {
	var list []string
	for _, contradiction := range b.Contradictions {
		list = append(list, fmt.Sprintf("model %s: %s", p.Model, contradiction))
	}
	for _, note := range rows.notes {
		list = append(list, fmt.Sprintf("rows of %s: %s", p.Data, note))
	}
	padded := func(e data.Example) bool { return slices.Contains(e.Tokens, int32(b.Config.Pad)) }
	if p.Method == "full" && slices.ContainsFunc(rows.train, padded) {
		list = append(list, fmt.Sprintf("rows of %s hold the padding token %d, whose embedding gets no gradient, as in transformers", p.Data, b.Config.Pad))
	}
	return list
}

// rowNotes says how tokenising the examples differs from version 1.
func (b *base) rowNotes(examples []data.Example, around tokenizer.Template) []string {
	t, err := b.Tokenizer()
	if err != nil {
		return nil // no text was tokenised
	}
	count := map[data.Source]int{}
	for _, e := range examples {
		count[e.Source]++
	}
	texts := count[data.Text] + count[data.FramedText]
	var list []string
	if texts+count[data.Conversation] > 0 {
		list = append(list, t.Contradictions()...)
	}
	bos, eos := only(b.Config.BOS), only(b.Config.EOS)
	if texts > 0 && (len(around.Before) > 0 && !slices.Equal(around.Before, bos) || !slices.Equal(around.After, eos)) {
		list = append(list, fmt.Sprintf("the tokenizer's tokens %v go before a text and %v after it, not BOS %v and EOS %v of the configuration", around.Before, around.After, bos, eos))
	}
	if n := count[data.FramedText]; n > 0 {
		list = append(list, fmt.Sprintf("%d of %d texts write out what goes before or after a text, such as BOS or EOS; it stands there once", n, texts))
	}
	return list
}
