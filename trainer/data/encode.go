package data

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"sweep/trainer/chattemplate"
)

// An Encoder tokenises text, without adding tokens of its own.
type Encoder interface {
	Encode(text string) ([]int32, error)
}

// Options say how a model and a run want examples.
type Options struct {
	Seq    int     // the tokens that a row may have
	Long   Long    // what becomes of a row that has more
	First  int     // encode so many rows, the first ones that can be trained on; 0 is all
	Before []int32 // tokens before every text or prompt, such as BOS
	After  []int32 // tokens after every text or completion, such as EOS
	Vocab  int     // token ids are below this
	Loss   Loss    // "" is Assistant

	// Template returns the chat template for conversations; without it they are in ChatML.
	Template func() (*chattemplate.Template, error)
}

func (o Options) template() (*chattemplate.Template, error) {
	if o.Template == nil {
		return chattemplate.ChatML(), nil
	}
	return o.Template()
}

// Long is what becomes of a row of more than Options.Seq tokens. In any case a row of
// which no token counts for the loss, or none of those that are left, is skipped, but
// for Refuse, to which it is an error.
type Long string

// The ways to treat a long row.
const (
	Cut    Long = "cut"    // it is cut to Seq
	Skip   Long = "skip"   // it is skipped
	Refuse Long = "refuse" // it is an error
)

// Example is one row, ready to train on. Targets[t] is the token to predict
// after Tokens[0..t], or -1 where no loss counts. The last target always
// counts: tokens behind it cannot change a loss, since attention is causal,
// and are dropped.
type Example struct {
	Tokens  []int32
	Targets []int32 // len(Tokens)
	Size    int     // tokens of the row, cut to Seq, before the shift dropped any
	Prompt  int     // tokens before the last stretch of tokens that count; 0 where the row has no prompt to complete
	Place   Place   // of the row
	Source  Source
}

// Source is what an example was made from.
type Source int

// What examples are made from.
const (
	Tokens       Source = iota // a row that was tokenised elsewhere
	Conversation               // by a chat template
	Text                       // a text, or prompt and completion; Before and After went around it
	FramedText                 // one that began with Before or ended with After already
)

// Encoded is what became of rows.
type Encoded struct {
	Examples []Example
	Summary  Summary
	Notes    []string // which rows were skipped, and why: each way once

	passed  []ignoredKey        // that the chat template does not read
	digests [][sha256.Size]byte // of the rows that are examples
	sizes   []int               // tokens of each row that was looked at, whole
}

// Encode tokenises rows until there are o.First examples, or all of them: each row is
// cut to o.Seq tokens and shifted by one, and what follows the last counted target is
// dropped. The error describes up to ten ways in which rows cannot be trained on, each
// with their line numbers; it is an error, too, if there are fewer than o.First
// examples, or none at all of one row or more.
func (r *Rows) Encode(e Encoder, o Options) (*Encoded, error) {
	to := &Encoded{}
	wrong, skipped := rowErrors{name: r.name}, rowErrors{name: r.name}
	for _, row := range r.rows {
		if o.First > 0 && len(to.Examples) == o.First {
			break
		}
		ids, labels, source, err := row.checkedTokens(e, o)
		if err != nil {
			wrong.add(row.at, err)
			continue
		}
		if row.chat != nil {
			to.passKeys(row.chat, o)
		}
		example, err := to.fit(ids, labels, o)
		switch {
		case err != nil && o.Long == Refuse:
			wrong.add(row.at, err)
		case err != nil:
			skipped.add(row.at, fmt.Errorf("skipped, as %w", err))
		default:
			example.Source, example.Place = source, row.at
			to.add(row, example)
		}
	}
	if err := wrong.join(); err != nil {
		return nil, err
	}
	if err := skipped.join(); err != nil {
		to.Notes = strings.Split(err.Error(), "\n")
	}
	if len(to.passed) > 0 {
		to.Notes = append(to.Notes, fmt.Sprintf("%s: keys that the chat template does not read: %s", r.name, listed(to.passed)))
	}
	return to, r.enough(to, o)
}

// enough reports whether there are as many examples as were asked for.
func (r *Rows) enough(to *Encoded, o Options) error {
	have, skipped := len(to.Examples), ""
	if n := to.Summary.Long + to.Summary.Silent; n > 0 {
		skipped = fmt.Sprintf(", besides %d that are skipped", n)
	}
	switch {
	case have < o.First:
		return fmt.Errorf("rows = %d: %s has %d rows to train on%s; choose rows <= %d, or 0 for all of them", o.First, r.name, have, skipped, have)
	case have == 0 && r.Len() > 0:
		return fmt.Errorf("none of the %d rows can be used:\n%s", r.Len(), strings.Join(to.Notes, "\n"))
	}
	return nil
}

// add adds the example that was made of a row.
func (to *Encoded) add(r row, example Example) {
	to.Examples = append(to.Examples, example)
	to.digests = append(to.digests, r.digest())
	if r.isEmpty() {
		to.Summary.Empty++
	}
}

// fit makes an example of a row's tokens, if they can be one, and counts what becomes
// of them. The error is a clause about the row.
func (to *Encoded) fit(ids, labels []int32, o Options) (Example, error) {
	size := len(ids)
	to.sizes = append(to.sizes, size)
	to.Summary.Tokens += size
	skip := func(count *int, err error) (Example, error) {
		*count++
		to.Summary.Lost += size
		return Example{}, err
	}
	if size > o.Seq && (o.Long == Skip || o.Long == Refuse) {
		return skip(&to.Summary.Long, fmt.Errorf("the row has %d tokens, and seq is %d; raise seq, or set long = \"cut\"", size, o.Seq))
	}
	example, err := shift(ids, labels, o.Seq)
	if err != nil {
		return skip(&to.Summary.Silent, err)
	}
	if size > o.Seq {
		to.Summary.Cut++
		to.Summary.Lost += size - o.Seq
	}
	example.Prompt = promptLength(ids, labels, len(example.Tokens), o.Before)
	return example, nil
}

// promptLength returns how many tokens of a row stand before its completion: before the
// last stretch of tokens that count, which ends with the token at last. It is 0 where
// nothing stands there but what goes before every text, and where a label of the
// completion is not the token itself, so that nothing could be completed to both.
func promptLength(ids, labels []int32, last int, before []int32) int {
	begin := last
	for begin > 0 && labels[begin-1] != noLoss {
		begin--
	}
	if begin <= len(before) && startsWith(ids, before[:begin]) || !slices.Equal(ids[begin:last+1], labels[begin:last+1]) {
		return 0
	}
	return begin
}

// checkedTokens is tokens, with ids that the model has.
func (r row) checkedTokens(e Encoder, o Options) (ids, labels []int32, source Source, err error) {
	ids, labels, source, err = r.tokens(e, o)
	if err != nil {
		return nil, nil, source, err
	}
	return ids, labels, source, cmp.Or(checkIDs("token", ids, o.Vocab), checkIDs("label", labels, o.Vocab))
}

// tokens returns the whole row and its labels, noLoss where a token counts for
// nothing.
func (r row) tokens(e Encoder, o Options) (ids, labels []int32, source Source, err error) {
	if r.tokenised {
		return r.ids, r.labels, Tokens, nil
	}
	if r.chat != nil {
		ids, labels, err = r.chat.tokens(e, o)
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

// EncodePrompt returns a prompt as it begins a row: behind o.Before, unless it begins with
// that itself.
func EncodePrompt(e Encoder, prompt string, before []int32) ([]int32, error) {
	ids, err := e.Encode(prompt)
	if err != nil {
		return nil, fmt.Errorf("tokenising the prompt: %w", err)
	}
	if len(before) > 0 && startsWith(ids, before) {
		return ids, nil
	}
	return slices.Concat(before, ids), nil
}

// frame puts o.Before and o.After around prompt and text, each unless it stands
// there already. O.Before bears no loss, nor the prompt but for Everything.
func frame(prompt, text []int32, o Options) (ids, labels []int32, source Source) {
	body := slices.Concat(prompt, text)
	silent, source := len(prompt), Text
	if o.Loss == Everything {
		silent = 0
	}
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
