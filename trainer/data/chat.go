package data

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// turn is one message of a conversation.
type turn struct{ role, content string }

// assistant is the role whose turns bear a loss.
const assistant = "assistant"

// chatForm is one way to write a conversation.
type chatForm struct {
	key, speaker, said string            // of the list of messages, and of what each message has
	roles              map[string]string // the role of a speaker, where it has another name
	answers            string            // the speaker whose turns bear a loss
}

// messages reads a conversation as chat models have them.
func (p *parser) messages(fields map[string]json.RawMessage) (row, error) {
	return p.conversation(fields, chatForm{key: "messages", speaker: "role", said: "content", answers: assistant})
}

// conversations reads one in ShareGPT's form.
func (p *parser) conversations(fields map[string]json.RawMessage) (row, error) {
	roles := map[string]string{"human": "user", "gpt": assistant}
	return p.conversation(fields, chatForm{key: "conversations", speaker: "from", said: "value", roles: roles, answers: "gpt"})
}

func (p *parser) conversation(fields map[string]json.RawMessage, f chatForm) (row, error) {
	var messages []json.RawMessage
	raw := fields[f.key]
	if raw[0] != '[' || json.Unmarshal(raw, &messages) != nil {
		return row{}, fmt.Errorf("%q is %s; expected an array of {%q, %q}", f.key, abbreviate(raw), f.speaker, f.said)
	}
	var turns []turn
	answered := false
	for i, message := range messages {
		t, err := p.turn(message, f)
		if err != nil {
			return row{}, reworded(err, func(err error) error { return fmt.Errorf("message %d: %w", i+1, err) })
		}
		answered = answered || t.role == assistant
		turns = append(turns, t)
	}
	if !answered {
		return row{}, fmt.Errorf("no message has %s %q, so nothing bears a loss", f.speaker, f.answers)
	}
	return row{turns: turns}, nil
}

func (p *parser) turn(message json.RawMessage, f chatForm) (t turn, err error) {
	fields, err := p.object(bytes.TrimSpace(message))
	if err != nil || !present(fields, f.speaker) || !present(fields, f.said) {
		return t, fmt.Errorf("it is %s; expected {%q, %q}", abbreviate(message), f.speaker, f.said)
	}
	p.ignore(f.key+"[].", fields, []string{f.speaker, f.said})
	if said := fields[f.said]; said[0] == '[' {
		err := fmt.Errorf("%q is %s; expected a string", f.said, abbreviate(said))
		return t, p.byFilter(err, fmt.Sprintf(`(.%s[].%s | arrays) |= (map(.text) | join(""))`, f.key, f.said))
	}
	if err := cmp.Or(parseString(fields, f.speaker, &t.role), parseString(fields, f.said, &t.content)); err != nil {
		return t, err
	}
	if role, ok := f.roles[t.role]; ok {
		t.role = role
	}
	return t, nil
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
			return fmt.Errorf(`the model's tokenizer has no token %s, which ChatML needs for "messages"; `+
				`render the conversations with the model's own chat template, to {"prompt", "completion"} or {"input_ids", "labels"}`, token)
		}
		for i, t := range turns {
			if strings.Contains(t.role, token) || strings.Contains(t.content, token) {
				return fmt.Errorf("message %d holds %s itself, which would begin or end a message in its midst; take it out, or make each message one of \"messages\"", i+1, token)
			}
		}
	}
	return nil
}

// encodeTurns renders a conversation in ChatML,
//
//	<|im_start|>ROLE\nCONTENT<|im_end|>\n
//
// for each message. What the assistant says bears a loss, up to and with the
// <|im_end|>. Tokens with and without a loss are encoded apart: no merge joins them.
func encodeTurns(turns []turn, e Encoder) (ids, labels []int32, err error) {
	if err := checkChatML(turns, e); err != nil {
		return nil, nil, err
	}
	var silent strings.Builder // text without a loss that is not encoded yet
	say := func(text string, counts bool) error {
		encoded, err := e.Encode(text)
		if err != nil {
			return fmt.Errorf("tokenising a message: %w", err)
		}
		ids = append(ids, encoded...)
		for _, id := range encoded {
			if !counts {
				id = noLoss
			}
			labels = append(labels, id)
		}
		return nil
	}
	for _, t := range turns {
		silent.WriteString("<|im_start|>" + t.role + "\n")
		if t.role != assistant {
			silent.WriteString(t.content + "<|im_end|>\n")
			continue
		}
		if err := errors.Join(say(silent.String(), false), say(t.content+"<|im_end|>", true)); err != nil {
			return nil, nil, err
		}
		silent.Reset()
		silent.WriteString("\n")
	}
	return ids, labels, nil // what follows the last answer changes no loss
}
