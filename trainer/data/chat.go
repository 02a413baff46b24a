package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// turn is one message of a conversation.
type turn struct{ role, content string }

// assistant is the role whose turns bear a loss.
const assistant = "assistant"

// parseTurns reads the messages of a conversation.
func parseTurns(raw json.RawMessage) ([]turn, error) {
	var messages []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &messages) != nil {
		return nil, fmt.Errorf(`"messages" is %s; expected an array of {"role", "content"}`, abbreviate(raw))
	}
	var turns []turn
	answered := false
	for i, message := range messages {
		t, err := parseTurn(message)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
		answered = answered || t.role == assistant
		turns = append(turns, t)
	}
	if !answered {
		return nil, errors.New(`no message has the role "assistant", so nothing bears a loss`)
	}
	return turns, nil
}

func parseTurn(message json.RawMessage) (t turn, err error) {
	fields, err := parseObject(bytes.TrimSpace(message))
	if err != nil || len(fields) != 2 || fields["role"] == nil || fields["content"] == nil {
		return t, fmt.Errorf(`it is %s; expected {"role", "content"}`, abbreviate(message))
	}
	if err := parseString(fields, "role", &t.role); err != nil {
		return t, err
	}
	return t, parseString(fields, "content", &t.content)
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
