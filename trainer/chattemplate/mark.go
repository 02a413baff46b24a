package chattemplate

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"sweep/trainer/jinja"
)

// Span is a part of a text, in bytes from its start.
type Span = jinja.Span

// Loss says which messages of the assistant are looked for.
type Loss struct {
	From int  // those from this message on
	Last bool // the last one only
	All  bool // not only they, but the whole text
}

// assistant is the role whose messages are looked for.
const assistant = "assistant"

// Render returns the text of a conversation, and where in it the assistant says what
// is asked for: each message up to and with the token that ends it, such as
// <|im_end|>, without the white space behind that.
//
// Where the template has {% generation %}, that is what the assistant says. Otherwise
// a message begins behind the text of the messages before it with add_generation_prompt,
// if the whole text begins with that; or where its content does, if not, as where a
// template writes the tools before the last question, or has no add_generation_prompt.
// It ends with its content and the special token that follows, and eos_token if that
// follows at once. Where the content stands is seen by rendering another one in its
// place. The error says which message cannot be found.
func (t *Template) Render(data []byte, loss Loss) (text string, said []Span, err error) {
	c, err := t.read(data)
	if err != nil {
		return "", nil, err
	}
	whole, err := c.render(c.messages, false)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", t.name, err)
	}
	if loss.All {
		return whole.Text, []Span{{Start: 0, End: len(whole.Text)}}, nil
	}
	m := &marker{Template: t, conversation: c, text: whole.Text}
	turns := c.turns(loss)
	if c.form.Generates() {
		said, err = m.generated(whole.Generated, turns, loss)
	} else {
		said, err = m.found(turns)
	}
	return whole.Text, said, err
}

// turns are the messages of the assistant that are asked for.
func (c *conversation) turns(loss Loss) (turns []int) {
	for i, message := range c.messages {
		if role, _ := message.Get("role"); role == assistant && i >= loss.From {
			turns = append(turns, i)
		}
	}
	if loss.Last && len(turns) > 0 {
		turns = turns[len(turns)-1:]
	}
	return turns
}

// marker finds messages in the text of a conversation.
type marker struct {
	*Template
	*conversation
	text string
}

// generated are the parts in {% generation %} that belong to the messages asked for.
func (m *marker) generated(parts []Span, turns []int, loss Loss) ([]Span, error) {
	if loss == (Loss{}) || len(turns) == 0 {
		return parts, nil
	}
	p, err := m.probe(turns[0])
	first := 0
	if err == nil {
		first, err = m.start(turns[0], p)
	}
	if err != nil {
		return nil, m.lost(turns[0], err)
	}
	var said []Span
	for _, s := range parts {
		if s.End > first {
			said = append(said, s)
		}
	}
	return said, nil
}

func (m *marker) found(turns []int) (said []Span, err error) {
	for _, i := range turns {
		s, err := m.turn(i)
		if err == nil && len(said) > 0 && s.Start < said[len(said)-1].End {
			err = errors.New("it begins within the one before")
		}
		if err != nil {
			return nil, m.lost(i, err)
		}
		said = append(said, s)
	}
	return said, nil
}

func (m *marker) lost(i int, err error) error {
	return fmt.Errorf("message %d is not found in what %s makes of the conversation: %w; "+
		"mark what the assistant says in a copy of the template with {%% generation %%}, and name that with chat_template", i+1, m.name, err)
}

// probe is the text with another content of one message, before and behind it.
type probe struct {
	before, behind string
	ok             bool
}

// probe renders another content in the place of message i, without its calls of tools.
// It is an error if the template prints neither.
func (m *marker) probe(i int) (probe, error) {
	content := "\ue0a1probe\ue0a2" // of no white space, and of no words
	for strings.Contains(m.text, content) {
		content += "\ue0a2"
	}
	was, _ := m.messages[i].Get("content")
	other := m.messages[i].Without("content", "tool_calls", "reasoning_content", "reasoning", "thinking").Put("content", content)
	if _, isParts := was.(*jinja.List); isParts {
		part := jinja.NewDict().Put("type", "text").Put("text", content)
		other.Put("content", &jinja.List{Items: []jinja.Value{part}})
	}
	messages := append([]*jinja.Dict{}, m.messages...)
	messages[i] = other
	out, err := m.render(messages, false)
	if err != nil {
		return probe{}, nil // the template takes no other message there
	}
	said, isText := was.(string)
	times := strings.Count(out.Text, content)
	if times == 0 && isText && !strings.Contains(m.text, strings.TrimSpace(said)) {
		return probe{}, errors.New(`its content is left out; give it as a list of {"type": "text", "text"}`)
	}
	before, behind, _ := strings.Cut(out.Text, content)
	return probe{before, behind, times == 1}, nil
}

// turn finds message i. Where a template prints the result of a tool within the
// message that called it, that cannot be told apart.
func (m *marker) turn(i int) (Span, error) {
	s, err := m.span(i)
	calls, _ := m.messages[i].Get("tool_calls")
	if err != nil || calls == nil || i+1 == len(m.messages) {
		return s, err
	}
	next, err := m.probe(i + 1)
	if err == nil && next.ok && len(next.before) < s.End && strings.HasPrefix(m.text, next.before) {
		return Span{}, errors.New("what follows it stands within it")
	}
	return s, nil
}

// span is where message i begins and ends.
func (m *marker) span(i int) (Span, error) {
	p, err := m.probe(i)
	if err != nil {
		return Span{}, err
	}
	start, err := m.start(i, p)
	if err != nil {
		return Span{}, err
	}
	own, alone := 0, "" // the text up to own is that of the messages up to i alone
	if out, err := m.render(m.messages[:i+1], false); err == nil {
		own, alone = common(m.text, out.Text), out.Text
	}
	end := len(m.text) - len(p.behind)
	last := strings.LastIndex(m.text[:own], m.eos)
	switch {
	case p.ok && strings.HasSuffix(m.text, p.behind) && end >= start:
		return Span{Start: start, End: m.endOfTurn(end, own)}, nil
	case own == len(alone) && own > start:
		return Span{Start: start, End: len(strings.TrimRightFunc(alone, unicode.IsSpace))}, nil
	case m.eos != "" && last >= start:
		return Span{Start: start, End: last + len(m.eos)}, nil
	default:
		return Span{}, errors.New("what follows it depends on what it says")
	}
}

// start finds where message i begins.
func (m *marker) start(i int, p probe) (int, error) {
	prompt, err := m.render(m.messages[:i], true)
	fits := err == nil && i > 0 && strings.HasPrefix(m.text, prompt.Text)
	if fits && m.form.Mentions("add_generation_prompt") {
		return len(prompt.Text), nil
	}
	if p.ok {
		if n := common(m.text, p.before); strings.TrimSpace(p.before[n:]) == "" {
			return n, nil
		}
	}
	if fits {
		return len(prompt.Text), nil
	}
	return 0, errors.New("the text of the messages before it depends on it")
}

// common is how many bytes two texts begin with alike.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// endOfTurn is where the tokens end that end a message whose content ends at a place,
// and whose own text ends at another, if it is behind that.
func (m *marker) endOfTurn(end, own int) int {
	at := len(m.text) - len(strings.TrimLeftFunc(m.text[end:], unicode.IsSpace))
	token := m.specialAt(at)
	if token == "" || token != m.eos && own >= end && at+len(token) > own {
		return end
	}
	at += len(token)
	if token != m.eos && strings.HasPrefix(m.text[at:], m.eos) {
		at += len(m.eos)
	}
	return at
}

// specialAt is the special token that stands at a place, "" if there is none.
func (m *marker) specialAt(at int) string {
	for _, token := range m.special {
		if strings.HasPrefix(m.text[at:], token) {
			return token
		}
	}
	return ""
}
