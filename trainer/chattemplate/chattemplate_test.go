package chattemplate_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/chattemplate"
)

// Templates of the kinds that checkpoints have.
const (
	chatML = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}` +
		`{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`
	// The prompt is no part of the template, and the content has a space before it.
	instructions = `{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% else %} {{ m.content }} {{ eos_token }}{% endif %}{% endfor %}`
	// Tools stand before the last question, so that the text before them depends on what follows.
	lateTools = `{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{% if tools and loop.index0 == messages | length - 2 %}[TOOLS]{% endif %}[INST] {{ m.content }} [/INST]` +
		`{% else %}{{ m.content }}{{ eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}{% endif %}`
	// What the assistant thought is left out of all but its last message.
	thinking = `{% for m in messages %}<|im_start|>{{ m.role }}{{ '\n' }}{% if m.role == 'assistant' and loop.last %}<think>{{ m.reasoning_content }}</think>{% endif %}` +
		`{{ m.content }}<|im_end|>{{ '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`
	// The text ends with a token that a text of fewer messages ends with, too.
	closed = `{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{{ '\n' }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% else %}{{ eos_token }}{% endif %}`
	// The next answer is begun, whether it is asked for or not.
	begun     = `{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>{% endfor %}<|assistant|>`
	response  = `{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|response|>{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`
	unmarked  = `{% for m in messages %}{{ m.role }}: {{ m.content }}{{ '\n' }}{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}`
	generated = `{% for m in messages %}{% if m.role == 'assistant' %}A:{% generation %}{{ m.content }}.{% endgeneration %}{% else %}U:{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}A:{% endif %}`
	calls     = `{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% for c in m.tool_calls %}<call>{{ c.function | tojson }}{% endfor %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`
)

const twoTurns = `{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}`

func template(t *testing.T, source string) *chattemplate.Template {
	t.Helper()
	tokens := chattemplate.Tokens{"bos_token": "<s>", "eos_token": "</s>"}
	special := []string{"<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|end|>", "<|user|>", "<|assistant|>", "<|response|>"}
	read, err := chattemplate.New("x.jinja", chattemplate.Sources{"default": source}, tokens, special)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestWhatTheAssistantSaysIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		template, conversation string
		loss                   chattemplate.Loss
		want                   []string
	}{
		"an end of its own":               {chatML, twoTurns, chattemplate.Loss{}, []string{"b<|im_end|>", "d<|im_end|>"}},
		"the last message":                {chatML, twoTurns, chattemplate.Loss{Last: true}, []string{"d<|im_end|>"}},
		"from a message on":               {chatML, twoTurns, chattemplate.Loss{From: 2}, []string{"d<|im_end|>"}},
		"a template without a prompt":     {instructions, twoTurns, chattemplate.Loss{}, []string{"b </s>", "d </s>"}},
		"tools before the last question":  {lateTools, strings.Replace(twoTurns, "{", `{"tools": [{}], `, 1), chattemplate.Loss{}, []string{"b</s>", "d</s>"}},
		"thoughts that are left out":      {thinking, strings.ReplaceAll(twoTurns, `"assistant",`, `"assistant", "reasoning": "hm",`), chattemplate.Loss{}, []string{"b<|im_end|>", "<think>hm</think>d<|im_end|>"}},
		"a token behind every text":       {closed, twoTurns, chattemplate.Loss{}, []string{"b<|end|>", "d<|end|>"}},
		"a next answer that is begun":     {begun, twoTurns, chattemplate.Loss{}, []string{"b<|end|>", "d<|end|>"}},
		"an end of two tokens":            {response, twoTurns, chattemplate.Loss{}, []string{"b<|response|></s>", "d<|response|></s>"}},
		"no end":                          {unmarked, twoTurns, chattemplate.Loss{}, []string{" b", " d"}},
		"a template that marks it":        {generated, twoTurns, chattemplate.Loss{}, []string{"b.", "d."}},
		"one that does, the last message": {generated, twoTurns, chattemplate.Loss{Last: true}, []string{"d."}},
		"everything":                      {unmarked, `{"messages": [{"role": "assistant", "content": "b"}]}`, chattemplate.Loss{All: true}, []string{"assistant: b\n"}},
		"an empty message":                {chatML, `{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]}`, chattemplate.Loss{}, []string{"<|im_end|>"}},
		"white space that is trimmed":     {begun, `{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " \nb "}]}`, chattemplate.Loss{}, []string{"b<|end|>"}},
		"calls of tools": {
			calls, `{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}]}, {"role": "tool", "content": "r"}, {"role": "assistant", "content": "b"}]}`,
			chattemplate.Loss{},
			[]string{`<call>{"name": "f"}<|end|>`, "b<|end|>"},
		},
	} {
		text, said, err := template(t, c.template).Render([]byte(c.conversation), c.loss)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, s := range said {
			got = append(got, text[s.Start:s.End])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the assistant says %q, want %q, of %q", name, got, c.want, text)
		}
	}
}

func TestWhatCannotBeFoundIsRefused(t *testing.T) {
	for source, want := range map[string]string{
		`{% for m in messages %}{{ m.role }}{% endfor %}`:                                                         "message 2 is not found in what x.jinja makes of the conversation: its content is left out",
		`{{ messages | length }}{% for m in messages %}{{ m.content * 2 }}{% endfor %}`:                           "message 2 is not found",
		`{% for m in messages | reverse %}{{ m.content }};{% endfor %}{% if add_generation_prompt %}{% endif %}`:  "begins within the one before",
		`{{ messages[-1].content | length }}{% for m in messages %}{{ m.content | upper | length }};{% endfor %}`: "is not found",
	} {
		_, said, err := template(t, source).Render([]byte(twoTurns), chattemplate.Loss{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "chat_template") {
			t.Errorf("%s: got %v, %v; want an error with %q", source, said, err, want)
		}
	}
}

func TestAMessageIsSeenAsTransformersGivesIt(t *testing.T) {
	const source = `{% for m in messages %}{{ m.items() | list }}{% endfor %}`
	text, _, err := template(t, source).Render([]byte(`{"messages": [{"role": "user", "content": null, "thinking": "x", "reasoning_content": "y"}, {"role": "assistant", "reasoning": "z"}]}`), chattemplate.Loss{All: true})
	const want = `[('thinking', 'x'), ('role', 'user'), ('reasoning_content', 'y')][('thinking', 'z'), ('role', 'assistant'), ('reasoning', 'z'), ('reasoning_content', 'z')]`
	if err != nil || text != want {
		t.Errorf("got %q, %v\nwant %q", text, err, want)
	}
}

func TestPartsAreJoinedForATemplateThatDoesNotReadThem(t *testing.T) {
	const conversation = `{"messages": [{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}`
	for source, want := range map[string]string{
		`{{ messages[0].content }}`: "ab",
		`{% for part in messages[0].content %}{{ part["text"] }};{% endfor %}`: "a;b;",
	} {
		if text, _, err := template(t, source).Render([]byte(conversation), chattemplate.Loss{All: true}); err != nil || text != want {
			t.Errorf("%s: got %q, %v, want %q", source, text, err, want)
		}
	}
}

func TestConversationsWithToolsHaveATemplateOfTheirOwn(t *testing.T) {
	read, err := chattemplate.New("x", chattemplate.Sources{"default": "plain", "tool_use": "tools", "rag": "{% nonsense"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for conversation, want := range map[string]string{`{"messages": [{}]}`: "plain", `{"messages": [{}], "tools": [{}]}`: "tools"} {
		if text, _, err := read.Render([]byte(conversation), chattemplate.Loss{All: true}); err != nil || text != want {
			t.Errorf("%s: got %q, %v, want %q", conversation, text, err, want)
		}
	}
	if _, err := chattemplate.New("x", chattemplate.Sources{"rag": "a"}, nil, nil); err == nil || !strings.Contains(err.Error(), `there is no template named "default"`) {
		t.Errorf("without a default: %v", err)
	}
}

// FuzzConversation looks for conversations that panic, and for parts that lie outside
// of the text.
func FuzzConversation(f *testing.F) {
	f.Add([]byte(twoTurns), 0)
	f.Add([]byte(`{"messages": [{"role": "assistant", "content": [{"type": "text", "text": "b"}], "tool_calls": [{"function": {"name": "f"}}]}], "tools": [1]}`), 3)
	sources := []string{chatML, instructions, lateTools, thinking, closed, begun, generated, calls}
	f.Fuzz(func(t *testing.T, conversation []byte, which int) {
		read := template(t, sources[(which%len(sources)+len(sources))%len(sources)])
		text, said, err := read.Render(conversation, chattemplate.Loss{Last: which%2 == 0})
		if err == nil && !json.Valid(conversation) {
			t.Error("what is not JSON was rendered")
		}
		last := 0
		for _, s := range said {
			if s.Start < last || s.End < s.Start || s.End > len(text) {
				t.Errorf("part %v of a text of %d bytes, after %d", s, len(text), last)
			}
			last = s.End
		}
	})
}
