package jinja_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"sweep/trainer/jinja"
)

// rendering is a line of what oracle.py writes: a template, or what it makes of a
// conversation.
type rendering struct {
	Template, Source, Case string
	Prompt                 bool `json:"add_generation_prompt"`
	Given                  json.RawMessage
	Text                   string
	Spans                  [][2]int // in characters
	Error                  string
}

// date is that of oracle.py.
var date = time.Date(2024, 7, 26, 0, 0, 0, 0, time.UTC)

// TestTemplatesRenderAsInTransformers holds real templates to what transformers makes
// of them: SWEEP_RENDERED names a file that testdata/oracle.py wrote.
func TestTemplatesRenderAsInTransformers(t *testing.T) {
	file := os.Getenv("SWEEP_RENDERED")
	if file == "" {
		t.Skip("SWEEP_RENDERED names no file")
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(written))
	lines.Buffer(nil, 1<<26)
	var template *jinja.Template
	counts := map[string]int{}
	refused := map[string]int{}
	for lines.Scan() {
		var r rendering
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Source != "" {
			if template, err = jinja.Parse(r.Source); err != nil {
				counts["templates refused"]++
				t.Logf("%s: %v", r.Template, err)
			} else {
				counts["templates"]++
			}
			continue
		}
		if template == nil {
			continue
		}
		got, err := template.Render(variables(t, r), date)
		switch {
		case err != nil && r.Error != "":
			counts["both refuse"]++
		case err != nil:
			counts["refused here alone"]++
			if refused[r.Template]++; refused[r.Template] < 3 {
				t.Logf("%s, %s: %v", r.Template, r.Case, err)
			}
		case r.Error != "":
			counts["rendered here alone"]++
			t.Errorf("%s, %s (prompt %v): got %q, but transformers: %s", r.Template, r.Case, r.Prompt, got.Text, r.Error)
		case got.Text != r.Text:
			counts["wrong"]++
			t.Errorf("%s, %s (prompt %v):\ngot  %q\nwant %q", r.Template, r.Case, r.Prompt, got.Text, r.Text)
		default:
			counts["equal"]++
			checkSpans(t, r, got)
		}
	}
	t.Log(counts)
	if err := lines.Err(); err != nil || counts["equal"] == 0 {
		t.Fatalf("nothing was compared: %v", err)
	}
}

// variables are what transformers gives a template.
func variables(t *testing.T, r rendering) *jinja.Dict {
	t.Helper()
	v, err := jinja.ParseJSON(r.Given)
	if err != nil {
		t.Fatal(err)
	}
	given := v.(*jinja.Dict)
	given.Put("add_generation_prompt", r.Prompt).Put("bos_token", "<s>").Put("eos_token", "</s>").Put("pad_token", "<pad>")
	for _, name := range []string{"tools", "documents"} {
		if _, ok := given.Get(name); !ok {
			given.Put(name, nil)
		}
	}
	return given
}

func checkSpans(t *testing.T, r rendering, got jinja.Output) {
	t.Helper()
	text := []rune(r.Text)
	if len(got.Generated) != len(r.Spans) {
		t.Errorf("%s, %s: %d parts are generated, want %d", r.Template, r.Case, len(got.Generated), len(r.Spans))
		return
	}
	for i, s := range r.Spans {
		want := string(text[s[0]:s[1]])
		if g := got.Generated[i]; got.Text[g.Start:g.End] != want {
			t.Errorf("%s, %s: part %d is %q, want %q", r.Template, r.Case, i, got.Text[g.Start:g.End], want)
		}
	}
}
