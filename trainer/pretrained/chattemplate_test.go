package pretrained_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sweep/trainer/chattemplate"
	"sweep/trainer/data"
	"sweep/trainer/pretrained"
	"sweep/trainer/tokenizer"
)

func TestAFolderHasTheTemplateThatTransformersTakes(t *testing.T) {
	const config = "tokenizer_config.json"
	for name, c := range map[string]struct {
		files map[string]string
		want  map[string]string
		file  string
		err   string
	}{
		"none":               {map[string]string{}, nil, "", ""},
		"none in the config": {map[string]string{config: `{"chat_template": null}`}, nil, config, ""},
		"in the config":      {map[string]string{config: `{"chat_template": "a"}`}, map[string]string{"default": "a"}, config, ""},
		"several":            {map[string]string{config: `{"chat_template": [{"name": "default", "template": "a"}, {"name": "tool_use", "template": "b"}]}`}, map[string]string{"default": "a", "tool_use": "b"}, config, ""},
		"in a file":          {map[string]string{config: `{"chat_template": "a"}`, "chat_template.jinja": "b"}, map[string]string{"default": "b"}, "chat_template.jinja", ""},
		"in two files":       {map[string]string{"chat_template.jinja": "b", "additional_chat_templates/tool_use.jinja": "c"}, map[string]string{"default": "b", "tool_use": "c"}, "chat_template.jinja", ""},
		"a number":           {map[string]string{config: `{"chat_template": 3}`}, nil, "", "tokenizer_config.json: chat_template is neither a text nor a list"},
		"no JSON":            {map[string]string{config: `{`}, nil, "", "tokenizer_config.json: "},
		"too much":           {map[string]string{"chat_template.jinja": strings.Repeat(" ", 5<<20)}, nil, "", "chat_template.jinja"},
	} {
		files := fstest.MapFS{}
		for base, content := range c.files {
			files[base] = &fstest.MapFile{Data: []byte(content)}
		}
		got, err := pretrained.ReadChatTemplate(files, "folder")
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.err)
		case c.err != "":
		case err != nil || !maps.Equal(got.Sources, c.want) || !strings.HasSuffix(got.Name, c.file):
			t.Errorf("%s: got %+v, %v, want %v of %s", name, got, err, c.want, c.file)
		}
	}
}

// tokenized is a line of what testdata/chat.py writes.
type tokenized struct {
	Folder, Case string
	Given        json.RawMessage
	IDs          []int32
	Mask         []int
	Error        string
}

// TestConversationsHaveTransformersTokens holds the tokens of conversations, and which
// of them the assistant says where a template marks it, to those of transformers:
// SWEEP_CHATS names a file that testdata/chat.py wrote.
func TestConversationsHaveTransformersTokens(t *testing.T) {
	file := os.Getenv("SWEEP_CHATS")
	if file == "" {
		t.Skip("SWEEP_CHATS names no file")
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(written))
	lines.Buffer(nil, 1<<26)
	models := map[string]*chatModel{}
	counts := map[string]int{}
	for lines.Scan() {
		var want tokenized
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if models[want.Folder] == nil {
			models[want.Folder] = openChatModel(t, want.Folder)
		}
		counts[models[want.Folder].compare(t, want)]++
	}
	t.Log(counts)
	if counts["equal"] == 0 {
		t.Error("nothing was compared")
	}
}

// chatModel is what of a checkpoint conversations depend on.
type chatModel struct {
	*tokenizer.Tokenizer
	template *chattemplate.Template
}

func openChatModel(t *testing.T, folder string) *chatModel {
	t.Helper()
	files := os.DirFS(folder)
	var content [2][]byte
	for i, base := range []string{"tokenizer.json", "tokenizer_config.json"} {
		var err error
		if content[i], err = fs.ReadFile(files, base); err != nil {
			t.Fatal(err)
		}
	}
	k, err := tokenizer.Parse(content[0])
	if err != nil {
		t.Fatal(err)
	}
	settings, err := tokenizer.ParseSettings(content[1])
	if err == nil {
		_, err = k.Apply(settings)
	}
	if err != nil {
		t.Fatal(err)
	}
	read, err := pretrained.ReadChatTemplate(files, folder)
	if err != nil {
		t.Fatal(err)
	}
	var special []string
	for id := range int32(k.Size()) {
		if text, ok := k.Token(id); ok && k.IsSpecial(id) {
			special = append(special, text)
		}
	}
	template, err := chattemplate.New(read.Name, read.Sources, chattemplate.TokensOf(k.Role), special)
	if err != nil {
		t.Fatal(err)
	}
	return &chatModel{k, template}
}

// compare returns what came of a conversation.
func (m *chatModel) compare(t *testing.T, want tokenized) string {
	t.Helper()
	name := want.Folder + ", " + want.Case
	rows, err := data.Parse(bytes.NewReader(want.Given), name, nil)
	if err != nil {
		return "no row"
	}
	loss := data.Everything
	if slices.Contains(want.Mask, 1) {
		loss = data.Assistant
	}
	options := data.Options{Seq: 1 << 20, Vocab: m.Size(), Loss: loss, Template: func() (*chattemplate.Template, error) { return m.template, nil }}
	encoded, err := rows.Encode(m.Tokenizer, options)
	switch {
	case err != nil && want.Error != "":
		return "both refuse"
	case err != nil:
		t.Errorf("%s: %v", name, err)
		return "refused here alone"
	case want.Error != "" && joinsParts(want):
		return "parts joined"
	case want.Error != "":
		t.Errorf("%s: rendered, but transformers: %s", name, want.Error)
		return "rendered here alone"
	}
	e := encoded.Examples[0]
	ids := slices.Concat(e.Tokens, e.Targets[len(e.Targets)-1:])
	if joinsParts(want) && !slices.Equal(ids, want.IDs[:min(len(ids), len(want.IDs))]) {
		return "parts joined"
	}
	if len(ids) > len(want.IDs) || !slices.Equal(ids, want.IDs[:len(ids)]) {
		t.Errorf("%s: the tokens are %q, want %q", name, m.Decode(ids), m.Decode(want.IDs))
		return "other tokens"
	}
	for i := 1; i < len(want.IDs) && loss == data.Assistant; i++ {
		counts := i <= len(e.Targets) && e.Targets[i-1] >= 0
		if counts != (want.Mask[i] == 1) {
			t.Errorf("%s: token %d, %q, counts: %v", name, i, m.Decode(want.IDs[i:i+1]), counts)
			return "another mask"
		}
	}
	return "equal"
}

// joinsParts reports whether a conversation has contents in parts, which are joined for
// a template that does not read them, where transformers gives it the list.
func joinsParts(want tokenized) bool { return strings.Contains(want.Case, "parts") }
