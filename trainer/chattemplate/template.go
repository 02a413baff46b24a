package chattemplate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sweep/trainer/jinja"
)

// Date is today to every template. It is what the templates of Llama 3 say where they
// are not told a date.
var Date = time.Date(2024, time.July, 26, 0, 0, 0, 0, time.UTC)

// Template is a chat template with the tokens of its checkpoint. It is safe for
// concurrent use.
type Template struct {
	name    string
	forms   map[string]*jinja.Template // by their names
	hash    string
	tokens  *jinja.Dict // "bos_token" and the like
	special []string    // the texts of special tokens, the longest first, without bos_token
	eos     string      // of eos_token, "" without one
	apart   bool
}

// Sources are the templates of a checkpoint by their names: "default", and "tool_use"
// where conversations with tools have one of their own.
type Sources map[string]string

// Tokens are the texts of the special tokens that templates may name, such as
// "bos_token".
type Tokens map[string]string

// TokensOf are the tokens of a checkpoint's roles, "" for a role that no token has.
func TokensOf(role func(name string) string) Tokens {
	tokens := Tokens{}
	for _, name := range []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"} {
		if text := role(name); text != "" {
			tokens[name] = text
		}
	}
	return tokens
}

// New reads the templates of a checkpoint. Name stands for them in messages, and
// special are the texts of all special tokens of its tokenizer: what may end a turn.
func New(name string, sources Sources, tokens Tokens, special []string) (*Template, error) {
	t := &Template{name: name, forms: map[string]*jinja.Template{}, tokens: jinja.NewDict()}
	h := sha256.New()
	for _, form := range slices.Sorted(maps.Keys(sources)) {
		if form != defaultForm && form != toolForm {
			continue // transformers takes it only if it is asked for by its name
		}
		source := sources[form]
		parsed, err := jinja.Parse(source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.titled(form), err)
		}
		t.forms[form] = parsed
		fmt.Fprintf(h, "%s %d\n%s", form, len(source), source)
	}
	if len(t.forms) == 0 {
		return nil, fmt.Errorf("%s: there is no template named %q; there are %q", name, defaultForm, slices.Sorted(maps.Keys(sources)))
	}
	for _, token := range slices.Sorted(maps.Keys(tokens)) {
		t.tokens.Put(token, tokens[token])
		fmt.Fprintf(h, "%s %q\n", token, tokens[token])
	}
	t.hash = hex.EncodeToString(h.Sum(nil))
	t.eos = tokens["eos_token"]
	ends := append(slices.Clone(special), t.eos)
	t.special = slices.DeleteFunc(ends, func(s string) bool { return s == "" || s == tokens["bos_token"] })
	slices.SortStableFunc(t.special, func(a, b string) int { return len(b) - len(a) })
	return t, nil
}

// The names of templates that are used.
const (
	defaultForm = "default"
	toolForm    = "tool_use"
)

func (t *Template) titled(form string) string {
	if form == defaultForm {
		return t.name
	}
	return t.name + ", " + form
}

// Name is what messages call the template.
func (t *Template) Name() string { return t.name }

// Hash is a SHA-256, in hex, over all of the template that a text depends on.
func (t *Template) Hash() string { return t.hash }

// Apart reports whether what the assistant says is tokenised apart from the rest, so
// that no token is partly the assistant's.
func (t *Template) Apart() bool { return t.apart }

// Reads reports whether a name stands in the template. A value of another name
// changes no text.
func (t *Template) Reads(name string) bool {
	for _, form := range t.forms {
		if form.Mentions(name) {
			return true
		}
	}
	return false
}

// ReadsDate reports whether the template asks for the date.
func (t *Template) ReadsDate() bool { return t.Reads("strftime_now") }

// ChatML is the form of conversations for a checkpoint that has no template but the
// tokens <|im_start|> and <|im_end|>.
func ChatML() *Template {
	t, err := New("ChatML", Sources{defaultForm: chatML}, nil, nil)
	if err != nil {
		panic(err) // it is no input
	}
	t.apart = true
	return t
}

const chatML = `{% if tools or documents %}{{ raise_exception("ChatML has no place for tools or documents; name the model's chat template with chat_template") }}{% endif %}
{% for message in messages %}
{% if message.tool_calls or message.role == "tool" %}{{ raise_exception("ChatML has no place for calls of tools; name the model's chat template with chat_template") }}{% endif %}
{{ "<|im_start|>" + message.role + "\n" }}
{%- if message.role == "assistant" %}{% generation %}{{ message.content + "<|im_end|>" }}{% endgeneration %}{{ "\n" }}{% else %}{{ message.content + "<|im_end|>\n" }}{% endif %}
{% endfor %}`

// conversation is what a template renders.
type conversation struct {
	form      *jinja.Template
	messages  []*jinja.Dict
	variables *jinja.Dict
}

// read reads a conversation, and picks the template for it.
func (t *Template) read(data []byte) (*conversation, error) {
	v, err := jinja.ParseJSON(data)
	if err != nil {
		return nil, err
	}
	given, ok := v.(*jinja.Dict)
	if !ok {
		return nil, errors.New("a conversation is no JSON object")
	}
	c := &conversation{variables: jinja.NewDict().Put("tools", nil).Put("documents", nil)}
	for _, from := range []*jinja.Dict{t.tokens, given} {
		for _, key := range from.Keys() {
			value, _ := from.Get(key)
			c.variables.Put(key.(string), value)
		}
	}
	if err := t.pick(c); err != nil {
		return nil, err
	}
	list, _ := given.Get("messages")
	messages, ok := list.(*jinja.List)
	if !ok || len(messages.Items) == 0 {
		return nil, errors.New(`a conversation has no "messages"`)
	}
	for _, m := range messages.Items {
		message, ok := m.(*jinja.Dict)
		if !ok {
			return nil, errors.New("a message is no JSON object")
		}
		c.messages = append(c.messages, c.normal(message))
	}
	return c, nil
}

// pick picks the template: that for tools where there are some.
func (t *Template) pick(c *conversation) error {
	tools, _ := c.variables.Get("tools")
	c.form = t.forms[defaultForm]
	if form, ok := t.forms[toolForm]; ok && (tools != nil || c.form == nil) {
		c.form = form
	}
	if tools == nil && t.forms[defaultForm] == nil {
		return fmt.Errorf("%s has a template for conversations with tools alone", t.name)
	}
	return nil
}

// normal is a message as templates see it: without what is null, and with its
// reasoning under the names that templates read it by. A template that does not know
// the "text" of a part gets the texts of a content joined.
func (c *conversation) normal(message *jinja.Dict) *jinja.Dict {
	m := jinja.NewDict()
	var reasoning jinja.Value
	for _, name := range []string{"reasoning", "thinking", "reasoning_content"} {
		if v, _ := message.Get(name); v != nil {
			reasoning = v
		}
	}
	if reasoning != nil {
		m.Put("thinking", reasoning)
	}
	for _, key := range message.Keys() {
		v, _ := message.Get(key)
		if parts, ok := v.(*jinja.List); ok && key == "content" && !c.form.Mentions("text") {
			v = joined(parts)
		}
		if v != nil {
			m.Put(key.(string), v)
		}
	}
	if reasoning != nil {
		m.Put("reasoning_content", reasoning)
	}
	return m
}

// joined is the text of all parts of a content.
func joined(parts *jinja.List) string {
	text := ""
	for _, item := range parts.Items {
		if part, ok := item.(*jinja.Dict); ok {
			said, _ := part.Get("text")
			s, _ := said.(string)
			text += s
		}
	}
	return text
}

// render renders messages, with what begins an answer behind them or without.
func (c *conversation) render(messages []*jinja.Dict, prompt bool) (jinja.Output, error) {
	list := &jinja.List{}
	for _, m := range messages {
		list.Items = append(list.Items, m)
	}
	c.variables.Put("messages", list).Put("add_generation_prompt", prompt)
	return c.form.Render(c.variables, Date)
}
