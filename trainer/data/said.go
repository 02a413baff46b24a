package data

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sweep/trainer/chattemplate"
)

// Loss says which tokens of a row bear a loss.
type Loss string

// What may bear a loss. Of rows that are no conversations, Assistant and LastTurn are
// the completion.
const (
	Assistant  Loss = "assistant" // what the assistant says
	LastTurn   Loss = "last_turn" // its last message alone
	Everything Loss = "all"       // the prompt, and what others say, too
)

// A Decoder is an Encoder that also gives the text of tokens.
type Decoder interface {
	Decode(ids []int32) string
}

// tokens renders the conversation with the model's chat template, and tokenises the
// text as a whole, without the tokens that go around others. A token bears a loss if
// a byte of it does, as in transformers' assistant_masks.
func (c *chat) tokens(e Encoder, o Options) (ids, labels []int32, err error) {
	template, err := o.template()
	if err != nil {
		return nil, nil, err
	}
	if template.Apart() {
		if err := checkChatML(c.turns, e); err != nil {
			return nil, nil, err
		}
	}
	loss := chattemplate.Loss{From: c.from, Last: o.Loss == LastTurn, All: o.Loss == Everything}
	text, said, err := template.Render(c.json, loss)
	if err != nil {
		return nil, nil, err
	}
	if len(said) == 0 {
		return nil, nil, fmt.Errorf("%s prints nothing that bears a loss", template.Name())
	}
	if template.Apart() {
		return encodeApart(e, text, said)
	}
	if ids, err = e.Encode(text); err != nil {
		return nil, nil, fmt.Errorf("tokenising a conversation: %w", err)
	}
	bears, err := tokensOf(said, e, ids, text)
	if err != nil {
		return nil, nil, err
	}
	labels = slices.Repeat([]int32{noLoss}, len(ids))
	for _, b := range bears {
		copy(labels[b.Start:b.End], ids[b.Start:b.End])
	}
	return ids, labels, nil
}

// checkChatML refuses a conversation that ChatML cannot render: a tokenizer
// would split the form's tokens into pieces that it never saw in training, or a
// message would end in its midst and give its loss to other turns.
func checkChatML(turns []turn, e Encoder) error {
	for _, token := range []string{"<|im_start|>", "<|im_end|>"} {
		ids, err := e.Encode(token)
		if err != nil {
			return fmt.Errorf("tokenising %s: %w", token, err)
		}
		if len(ids) != 1 {
			return fmt.Errorf(`the model has no chat template, and its tokenizer no token %s, which ChatML needs for "messages"; `+
				`name a .jinja file with chat_template, or write the conversations as {"prompt", "completion"} or {"input_ids", "labels"}`, token)
		}
		for i, t := range turns {
			if strings.Contains(t.role, token) || strings.Contains(t.content, token) {
				return fmt.Errorf("message %d holds %s itself, which would begin or end a message in its midst; take it out, or make each message one of \"messages\"", i+1, token)
			}
		}
	}
	return nil
}

// encodeApart tokenises what bears a loss apart from the rest, so that no merge joins
// them. What follows the last part changes no loss and is left out.
func encodeApart(e Encoder, text string, said []chattemplate.Span) (ids, labels []int32, err error) {
	at := 0
	for _, s := range said {
		silent, err := e.Encode(text[at:s.Start])
		if err != nil {
			return nil, nil, fmt.Errorf("tokenising a message: %w", err)
		}
		spoken, err := e.Encode(text[s.Start:s.End])
		if err != nil {
			return nil, nil, fmt.Errorf("tokenising a message: %w", err)
		}
		ids = slices.Concat(ids, silent, spoken)
		labels = slices.Concat(labels, slices.Repeat([]int32{noLoss}, len(silent)), spoken)
		at = s.End
	}
	return ids, labels, nil
}

// tokensOf returns which tokens of a text have a byte of the parts.
func tokensOf(parts []chattemplate.Span, e Encoder, ids []int32, text string) ([]chattemplate.Span, error) {
	if d, ok := e.(Decoder); ok {
		if ends, ok := endsOf(d, ids, text); ok {
			return byEnds(parts, ends), nil
		}
	}
	tokens := make([]chattemplate.Span, len(parts))
	for i, p := range parts {
		first, clean, err := border(e, ids, text, p.Start)
		if err != nil {
			return nil, err
		}
		if !clean {
			first--
		}
		last, _, err := border(e, ids, text, p.End)
		if err != nil {
			return nil, err
		}
		tokens[i] = chattemplate.Span{Start: first, End: last}
	}
	return tokens, nil
}

// endsOf returns where each token of a text ends, in bytes. Tokens that are parts of
// one character all begin and end with it. It is false where the tokens do not make up
// the text, as one that the tokenizer has changed.
func endsOf(d Decoder, ids []int32, text string) (ends []chattemplate.Span, ok bool) {
	const most = 8 // tokens of a character
	at := 0
	for i := 0; i < len(ids); {
		size, n := 0, 0
		for n = 1; n <= most && i+n <= len(ids); n++ {
			// What stands first may lose a space that it begins with.
			before := ids[max(0, i-1):i]
			said := strings.TrimPrefix(d.Decode(ids[max(0, i-1):i+n]), d.Decode(before))
			if said != "" && strings.HasPrefix(text[at:], said) {
				size = len(said)
				break
			}
		}
		if size == 0 {
			return nil, false
		}
		for range n {
			ends = append(ends, chattemplate.Span{Start: at, End: at + size})
		}
		at += size
		i += n
	}
	return ends, at == len(text)
}

// byEnds finds the tokens that have a byte of the parts.
func byEnds(parts, ends []chattemplate.Span) []chattemplate.Span {
	tokens := make([]chattemplate.Span, len(parts))
	next := 0
	for i, token := range ends {
		for next < len(parts) && token.Start >= parts[next].End {
			next++
		}
		if next == len(parts) {
			break
		}
		if token.End > parts[next].Start {
			if tokens[next].End == 0 {
				tokens[next].Start = i
			}
			tokens[next].End = i + 1
		}
	}
	return tokens
}

// border is how many tokens stand before a place in the text. If the place is within a
// token, that one is among them, and clean is false. It looks for a place, there or
// behind, up to which the text alone has the tokens that it has in the whole.
func border(e Encoder, ids []int32, text string, place int) (count int, clean bool, err error) {
	const ahead = 32 // characters, more than a token has where texts have words
	for at, tries := place, 0; tries < ahead; tries++ {
		before, err := e.Encode(text[:at])
		if err != nil {
			return 0, false, fmt.Errorf("tokenising a conversation: %w", err)
		}
		if startsWith(ids, before) {
			return len(before), at == place, nil
		}
		if at == len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return 0, false, errors.New("the tokenizer changes the text around what bears a loss, so that its tokens cannot be told; normalise the text, or tokenise it to {\"input_ids\", \"labels\"}")
}
