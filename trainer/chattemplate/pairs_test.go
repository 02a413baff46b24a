package chattemplate_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"sweep/trainer/chattemplate"
)

// rendering is a line of what trainer/jinja/testdata/oracle.py writes.
type rendering struct {
	Template, Source, Case string
	Prompt                 bool `json:"add_generation_prompt"`
	Given                  json.RawMessage
	Text                   string
	Spans                  [][2]int // in characters
	Error                  string
}

// specials are what special tokens look like in the templates of checkpoints.
var specials = regexp.MustCompile(`<[|｜][^|｜<>\n]+[|｜]>|</?s>|<(?:end|start)_of_turn>|\[/?INST\]|<turn\|>|<\|turn>`)

// TestWhatIsFoundIsWhatTemplatesForTrainingMark holds what is found in real templates,
// files NAME.jinja, to what NAME_training.jinja beside them marks by {% generation %},
// where both make the same text of a conversation. Nothing may be found that is not
// marked; white space, and the header of an answer, may be marked and not found. The
// text is transformers', but where a template that does not read parts has them joined.
// SWEEP_RENDERED names a file that trainer/jinja/testdata/oracle.py wrote.
func TestWhatIsFoundIsWhatTemplatesForTrainingMark(t *testing.T) {
	file := os.Getenv("SWEEP_RENDERED")
	if file == "" {
		t.Skip("SWEEP_RENDERED names no file")
	}
	sources, all := readRenderings(t, file)
	counts := map[string]int{}
	for key, r := range all {
		if r.Error != "" || strings.HasSuffix(r.Template, "_training.jinja") {
			continue
		}
		template := read(r.Template, sources[r.Template])
		if template == nil {
			continue // it is not supported, which trainer/jinja reports
		}
		text, said, err := template.Render(r.Given, chattemplate.Loss{})
		if err != nil {
			counts["refused"]++
			t.Logf("%s, %s: %v", r.Template, r.Case, err)
			continue
		}
		if text != r.Text && !strings.Contains(r.Case, "parts") {
			t.Errorf("%s, %s: got %q, want %q", r.Template, r.Case, text, r.Text)
		}
		key[0] = strings.TrimSuffix(r.Template, ".jinja") + "_training.jinja"
		marked, ok := all[key]
		if !ok || marked.Text != text || marked.Error != "" {
			counts["without a pair"]++
			continue
		}
		counts["pairs"]++
		if parts := textsOf(marked); !within(text, said, parts) {
			t.Errorf("%s, %s: found %v, marked %q, in %q", r.Template, r.Case, said, parts, text)
		}
	}
	t.Log(counts)
	if counts["pairs"] == 0 {
		t.Error("there are no pairs")
	}
}

// readRenderings returns the templates, and what became of each conversation without a
// prompt, by template and conversation.
func readRenderings(t *testing.T, file string) (map[string]string, map[[2]string]rendering) {
	t.Helper()
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(written))
	lines.Buffer(nil, 1<<26)
	sources, all := map[string]string{}, map[[2]string]rendering{}
	for lines.Scan() {
		var r rendering
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Source != "" {
			sources[r.Template] = r.Source
		} else if !r.Prompt {
			all[[2]string{r.Template, r.Case}] = r
		}
	}
	return sources, all
}

// read reads a template, nil if it is not supported.
func read(name, source string) *chattemplate.Template {
	tokens := chattemplate.Tokens{"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
	if strings.Contains(source, "<|END_OF_TURN_TOKEN|>") && !strings.Contains(source, "eos_token") {
		tokens["eos_token"] = "<|END_OF_TURN_TOKEN|>" // of Cohere's checkpoints
	}
	read, err := chattemplate.New(name, chattemplate.Sources{"default": source}, tokens, specials.FindAllString(source, -1))
	if err != nil {
		return nil
	}
	return read
}

func textsOf(r rendering) (parts []string) {
	text := []rune(r.Text)
	for _, s := range r.Spans {
		parts = append(parts, string(text[s[0]:s[1]]))
	}
	return parts
}

// within reports whether all that was found lies, in its order, in what is marked.
func within(text string, said []chattemplate.Span, marked []string) bool {
	left := strings.Join(marked, "")
	for _, s := range said {
		_, after, found := strings.Cut(left, strings.TrimSpace(text[s.Start:s.End]))
		if !found {
			return false
		}
		left = after
	}
	return len(said) > 0 || len(marked) == 0
}
