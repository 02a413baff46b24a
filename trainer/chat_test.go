package trainer_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
)

// plainTemplate prints a conversation in lines that need no special token.
const plainTemplate = `{{ strftime_now("%Y") }}
{% for message in messages %}
{{ message.role }}: {{ message.content }}
{% endfor %}
{% if add_generation_prompt %}assistant:{% endif %}`

// chatting is a run on two conversations, with a template in a file.
func chatting(t *testing.T) sweep.Params {
	t.Helper()
	dir := t.TempDir()
	p := sweep.Defaults()
	p.Data, p.ChatTemplate = filepath.Join(dir, "rows.jsonl"), filepath.Join(dir, "plain.jinja")
	p.Holdout, p.Seq = 0, 200
	for name, content := range map[string]string{
		p.ChatTemplate: plainTemplate,
		p.Data: `{"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c?"}, {"role": "assistant", "content": "d"}]}
{"prompt": "ae", "completion": "f"}`,
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// counted is the text of each row that bears a loss.
func counted(t *testing.T, p sweep.Params) (texts []string) {
	t.Helper()
	rows, err := trainer.New(trainer.Options{}).FirstRows(p, 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		var b strings.Builder
		for _, token := range row.Tokens {
			if token.Counts {
				b.WriteString(token.Text)
			}
		}
		texts = append(texts, strings.TrimSuffix(b.String(), "<|end|>"))
	}
	return texts
}

func TestLossOnChoosesWhatBearsALoss(t *testing.T) {
	p := chatting(t)
	for lossOn, want := range map[string][]string{
		"assistant": {" b d", "f"},
		"last_turn": {" d", "f"},
		"all":       {"024\nuser: a?\nassistant: b\nuser: c?\nassistant: d\n", "ef"},
	} {
		p.LossOn = lossOn
		got := counted(t, p)
		for i, text := range got {
			if !strings.HasPrefix(text, want[i]) || len(text) > len(want[i])+16 {
				t.Errorf("loss_on = %s: of row %d counts %q, want %q", lossOn, i+1, text, want[i])
			}
		}
	}
}

func TestATemplateIsPartOfARunsIdentity(t *testing.T) {
	p := chatting(t)
	inspect := func() sweep.Inputs {
		in, err := trainer.New(trainer.Options{}).Inspect(p)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	before := inspect()
	if err := os.WriteFile(p.ChatTemplate, []byte(plainTemplate+" "), 0o600); err != nil {
		t.Fatal(err)
	}
	if after := inspect(); after.ChatTemplate == before.ChatTemplate || after.Data == before.Data || p.Key(after) == p.Key(before) {
		t.Errorf("another template has the hashes %+v, as %+v", after, before)
	}
}

func TestWhatATemplateIsGivenAndDoesNotReadIsSaid(t *testing.T) {
	p := chatting(t)
	row := `{"messages": [{"role": "user", "content": "a", "name": "Ann"}, {"role": "assistant", "content": "b"}], "tools": [{"name": "f"}]}`
	if err := os.WriteFile(p.Data, []byte(row), 0o600); err != nil {
		t.Fatal(err)
	}
	notes, err := trainer.New(trainer.Options{}).Notes(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		p.Data + ": keys that the chat template does not read: messages[].name (once), tools (once)",
		p.ChatTemplate + " asks for today's date; it is given 26 July 2024, whatever the day",
	} {
		if !slices.Contains(notes, want) {
			t.Errorf("the notes %q lack %q", notes, want)
		}
	}
}

func TestATemplateThatCannotBeReadIsRefusedBeforeTraining(t *testing.T) {
	for template, want := range map[string]string{
		"{% include 'x' %}":                       "line 1: {% include %} is unknown here",
		"\n{{ raise_exception('no ' + 'more') }}": "the template refuses it: no more",
		"{{ messages[0].content.nosuch.x }}":      `"nosuch" of a str is undefined`,
	} {
		p := chatting(t)
		if err := os.WriteFile(p.ChatTemplate, []byte(template), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := trainer.New(trainer.Options{}).Inspect(p)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), p.ChatTemplate) {
			t.Errorf("%q: got %v, want an error with %q", template, err, want)
		}
	}
}
