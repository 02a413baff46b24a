package llama

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withProcessor is the tokenizer "digits" with another post-processor.
func withProcessor(t *testing.T, processor string) ([]byte, error) {
	t.Helper()
	var whole map[string]json.RawMessage
	readJSON(t, filepath.Join("testdata", "tokenizers", "digits.json"), &whole)
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
	readJSON(t, filepath.Join("testdata", "templates.json"), &cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			data, err := withProcessor(t, string(c.Processor))
			if err != nil {
				t.Fatal(err)
			}
			tokenizer, err := parseTokenizer(data)
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
		"two of them": {`{"type": "Sequence", "processors": [
			{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "s"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"s": {"ids": [1]}}},
			{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "s"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"s": {"ids": [1]}}}]}`, "2 put tokens"},
		"no text":       {`{"type": "TemplateProcessing", "single": []}`, "text 0 times"},
		"twice":         {`{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}]}`, "text 2 times"},
		"a pair's text": {`{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B"}}]}`, "piece 0"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := withProcessor(t, c.processor)
			if err != nil {
				t.Fatal(err)
			}
			_, err = parseTokenizer(data)
			refused(t, err, c.want)
		})
	}
}

func TestATemplateThatTheModelDoesNotEmbedIsRefused(t *testing.T) {
	tokenizer := &Tokenizer{template: Template{After: []int32{7}}}
	if err := tokenizer.checkSize(7); err == nil || !strings.Contains(err.Error(), "token 7") {
		t.Errorf("error is %v", err)
	}
}

func TestAGGUFNamesTheTokensAroundAText(t *testing.T) {
	for name, c := range map[string]struct {
		metadata map[string]any
		want     Template
		refused  string
	}{
		"not asked for": {map[string]any{}, Template{}, ""},
		"both":          {map[string]any{"tokenizer.ggml.add_bos_token": true, "tokenizer.ggml.add_eos_token": true, "tokenizer.ggml.eos_token_id": int64(2)}, Template{[]int32{1}, []int32{2}}, ""},
		"no such token": {map[string]any{"tokenizer.ggml.add_eos_token": true}, Template{}, "tokenizer.ggml.eos_token_id"},
		"a separator":   {map[string]any{"tokenizer.ggml.add_sep_token": true}, Template{}, "add_sep_token"},
	} {
		t.Run(name, func(t *testing.T) {
			g := ggufOf(t, "digits", "smollm")
			maps.Copy(g.metadata, c.metadata)
			tokenizer, err := g.tokenizer()
			if c.refused != "" {
				refused(t, err, c.refused)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := tokenizer.Template()
			if !slices.Equal(got.Before, c.want.Before) || !slices.Equal(got.After, c.want.After) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
