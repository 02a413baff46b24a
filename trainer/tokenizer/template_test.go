package tokenizer

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

// withProcessor is the tokenizer "digits" with another post-processor.
func withProcessor(t *testing.T, processor string) ([]byte, error) {
	t.Helper()
	var whole map[string]json.RawMessage
	filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", "digits.json"), &whole)
	whole["post_processor"] = json.RawMessage(processor)
	return json.Marshal(whole)
}

// TestTheTemplateIsThePostProcessors holds what goes around a text to what
// Hugging Face's tokenizers puts there (testdata/make_templates.py).
func TestTheTemplateIsThePostProcessors(t *testing.T) {
	var cases []struct {
		Name      string
		Text      string
		IDs       []int32         `json:"ids"`
		Processor json.RawMessage `json:"post_processor"`
	}
	filetest.ReadJSON(t, filepath.Join("testdata", "templates.json"), &cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			data, err := withProcessor(t, string(c.Processor))
			if err != nil {
				t.Fatal(err)
			}
			tokenizer, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			ids, err := tokenizer.Encode(c.Text)
			if err != nil {
				t.Fatal(err)
			}
			around := tokenizer.Template()
			if got := slices.Concat(around.Before, ids, around.After); !slices.Equal(got, c.IDs) {
				t.Errorf("%v, want %v", got, c.IDs)
			}
		})
	}
}

func TestTemplatesThatCannotBeReadAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ processor, want string }{
		"unknown kind":  {`{"type": "BertProcessing"}`, `"BertProcessing"`},
		"unknown token": {`{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}], "special_tokens": {}}`, `"<s>"`},
		"no text":       {`{"type": "TemplateProcessing", "single": []}`, "text 0 times"},
		"twice":         {`{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}]}`, "text 2 times"},
		"a pair's text": {`{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B"}}]}`, "piece 0"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := withProcessor(t, c.processor)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(data)
			filetest.Refused(t, err, c.want)
		})
	}
}

func TestATemplateThatTheModelDoesNotEmbedIsRefused(t *testing.T) {
	tokenizer := &Tokenizer{template: Template{After: []int32{7}}}
	if err := tokenizer.CheckSize(7); err == nil || !strings.Contains(err.Error(), "token 7") {
		t.Errorf("error is %v", err)
	}
}
