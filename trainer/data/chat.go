package data

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// turn is what one message of a conversation says: its content, and its calls of
// tools, as JSON, where it has no content.
type turn struct{ role, content, calls string }

// assistant is the role whose turns bear a loss.
const assistant = "assistant"

// chat is a conversation.
type chat struct {
	turns []turn
	json  json.RawMessage // as chattemplate has it
	from  int             // the first message that may bear a loss
	keys  []string        // that a template may not read, such as "messages[].name"
}

// chatForm is one way to write a conversation.
type chatForm struct {
	key, speaker, said string            // of the list of messages, and of what each message has
	roles              map[string]string // the role of a speaker, where it has another name
	answers            string            // the speaker whose turns bear a loss
}

var (
	messagesForm = chatForm{key: "messages", speaker: "role", said: "content", answers: assistant}
	shareGPTForm = chatForm{
		key: "conversations", speaker: "from", said: "value", answers: "gpt",
		roles: map[string]string{"human": "user", "gpt": assistant},
	}
)

// besideMessages are the keys of a row that its conversation has beside the messages.
var besideMessages = []string{"system", "tools", "documents", "chat_template_kwargs"}

// messages reads a conversation as chat models have them.
func (p *parser) messages(fields map[string]json.RawMessage) (row, error) {
	c, err := p.conversation(fields, messagesForm)
	return row{chat: c}, err
}

// conversations reads one in ShareGPT's form.
func (p *parser) conversations(fields map[string]json.RawMessage) (row, error) {
	c, err := p.conversation(fields, shareGPTForm)
	return row{chat: c}, err
}

// promptMessages reads a prompt and a completion that are lists of messages, of which
// those of the completion alone bear a loss.
func (p *parser) promptMessages(fields map[string]json.RawMessage) (row, error) {
	prompt, errPrompt := arrayOf(fields["prompt"])
	completion, errCompletion := arrayOf(fields["completion"])
	if errPrompt != nil || errCompletion != nil {
		return row{}, errors.New(`"prompt" and "completion" are to be lists of messages, or strings; one of them is neither`)
	}
	joined, err := json.Marshal(slices.Concat(prompt, completion))
	if err != nil {
		return row{}, err
	}
	both := maps.Clone(fields)
	both[messagesForm.key] = joined
	c, err := p.conversation(both, messagesForm)
	if err != nil {
		return row{}, err
	}
	c.from += len(prompt)
	if !slices.ContainsFunc(c.turns[c.from:], func(t turn) bool { return t.role == assistant }) {
		return row{}, errors.New(`no message of the completion has role "assistant", so nothing bears a loss`)
	}
	return row{chat: c}, nil
}

func arrayOf(raw json.RawMessage) (elements []json.RawMessage, err error) {
	if len(raw) == 0 || raw[0] != '[' {
		return nil, errors.New("no array")
	}
	return elements, json.Unmarshal(raw, &elements)
}

func (p *parser) conversation(fields map[string]json.RawMessage, f chatForm) (*chat, error) {
	raw := fields[f.key]
	messages, err := arrayOf(raw)
	if err != nil {
		return nil, fmt.Errorf("%q is %s; expected an array of {%q, %q}", f.key, abbreviate(raw), f.speaker, f.said)
	}
	c := &chat{}
	var written []json.RawMessage
	for i, message := range messages {
		t, text, err := p.turn(c, message, f)
		if err != nil {
			return nil, reworded(err, func(err error) error { return fmt.Errorf("message %d: %w", i+1, err) })
		}
		c.turns, written = append(c.turns, t), append(written, text)
	}
	if !slices.ContainsFunc(c.turns, func(t turn) bool { return t.role == assistant }) {
		return nil, fmt.Errorf("no message has %s %q, so nothing bears a loss", f.speaker, f.answers)
	}
	return c, c.complete(fields, written)
}

// complete makes the JSON of a conversation of its messages and of what stands beside
// them in the row.
func (c *chat) complete(fields map[string]json.RawMessage, messages []json.RawMessage) error {
	whole := map[string]json.RawMessage{}
	for _, key := range besideMessages {
		if !given(fields, key) {
			continue
		}
		raw := fields[key]
		switch key {
		case "system":
			text := ""
			if err := parseString(fields, key, &text); err != nil {
				return err
			}
			if text == "" {
				continue
			}
			if len(c.turns) > 0 && c.turns[0].role == "system" {
				return errors.New(`the row has "system" and a first message of that role; keep one`)
			}
			c.turns = slices.Insert(c.turns, 0, turn{role: "system", content: text})
			messages = slices.Insert(messages, 0, json.RawMessage(`{"role":"system","content":`+string(raw)+"}"))
			c.from++
		case "chat_template_kwargs":
			if err := mergeKeywords(whole, raw); err != nil {
				return err
			}
		default:
			list, err := listOf(key, raw)
			if err != nil {
				return err
			}
			whole[key] = list
			c.keys = append(c.keys, key)
		}
	}
	joined, err := json.Marshal(messages)
	if err != nil {
		return err
	}
	whole["messages"] = joined
	c.json, err = json.Marshal(whole)
	return err
}

// listOf returns a list, which may be written as JSON in a string, as tables have it.
func listOf(key string, raw json.RawMessage) (json.RawMessage, error) {
	text := ""
	list := raw
	if json.Unmarshal(raw, &text) == nil {
		list = json.RawMessage(strings.TrimSpace(text))
	}
	elements, err := arrayOf(list)
	if err != nil {
		return nil, fmt.Errorf("%q is %s; expected an array of objects", key, abbreviate(raw))
	}
	for _, e := range elements {
		if e[0] != '{' {
			return nil, fmt.Errorf("%q has the element %s; expected an object", key, abbreviate(e))
		}
	}
	if len(elements) == 0 {
		return json.RawMessage("null"), nil
	}
	return list, nil
}

// mergeKeywords takes over the variables that a row sets for its template.
func mergeKeywords(whole map[string]json.RawMessage, raw json.RawMessage) error {
	var keywords map[string]json.RawMessage
	if raw[0] != '{' || json.Unmarshal(raw, &keywords) != nil {
		return fmt.Errorf(`"chat_template_kwargs" is %s; expected an object`, abbreviate(raw))
	}
	for key, value := range keywords {
		if slices.Contains([]string{"messages", "tools", "documents", "add_generation_prompt"}, key) {
			return fmt.Errorf(`"chat_template_kwargs" sets %q, which is no variable to set; leave it out`, key)
		}
		whole[key] = value
	}
	return nil
}

// turn reads a message, and writes it as chat models have it.
func (p *parser) turn(c *chat, message json.RawMessage, f chatForm) (t turn, written json.RawMessage, err error) {
	fields, err := p.object(bytes.TrimSpace(message))
	if err != nil || !present(fields, f.speaker) || !present(fields, f.said) && !given(fields, "tool_calls") {
		return t, nil, fmt.Errorf("it is %s; expected {%q, %q}", abbreviate(message), f.speaker, f.said)
	}
	if err := parseString(fields, f.speaker, &t.role); err != nil {
		return t, nil, err
	}
	t.role = cmp.Or(f.roles[t.role], t.role)
	if t.content, err = content(fields, f.said); err != nil {
		return t, nil, err
	}
	if !given(fields, f.said) {
		t.calls = string(fields["tool_calls"])
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if key != f.speaker && key != f.said && given(fields, key) {
			c.keys = append(c.keys, f.key+"[]."+key)
		}
	}
	if f.speaker == messagesForm.speaker {
		return t, message, nil
	}
	role, err := json.Marshal(t.role)
	if err != nil {
		return t, nil, err
	}
	fields["role"], fields["content"] = role, fields[f.said]
	delete(fields, f.speaker)
	delete(fields, f.said)
	written, err = json.Marshal(fields)
	return t, written, err
}

// content is the text of a message: a string, a list of parts that are texts, or
// nothing beside calls of tools.
func content(fields map[string]json.RawMessage, key string) (text string, err error) {
	raw := fields[key]
	switch {
	case !given(fields, key) && given(fields, "tool_calls"):
		return "", nil
	case raw[0] != '[':
		return text, parseString(fields, key, &text)
	}
	parts, err := arrayOf(raw)
	if err != nil {
		return "", fmt.Errorf("%q is %s; expected a string", key, abbreviate(raw))
	}
	for _, part := range parts {
		var p struct{ Type, Text *string }
		if json.Unmarshal(part, &p) != nil || p.Type == nil || *p.Type != "text" || p.Text == nil {
			return "", fmt.Errorf(`%q has the part %s; only {"type": "text", "text": "..."} is read`, key, abbreviate(part))
		}
		text += *p.Text
	}
	return text, nil
}
