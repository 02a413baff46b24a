package tokenizer

import (
	"slices"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

func applied(t *testing.T, name, config string) (*Tokenizer, bool, error) {
	t.Helper()
	settings, err := ParseSettings([]byte(config))
	if err != nil {
		return nil, false, err
	}
	tokenizer := ReadTokenizer(t, name)
	changed, err := tokenizer.Apply(settings)
	return tokenizer, changed, err
}

func TestTheSettingsDecideWhatGoesAroundAText(t *testing.T) {
	bos := []int32{1}
	for name, c := range map[string]struct {
		tokenizer, config string
		want              Template
		contradicts       bool
	}{
		"they say nothing":       {"llama3", `{"bos_token": "<|end|>"}`, Template{Before: bos}, false},
		"BOS, as the tokenizer":  {"llama3", `{"add_bos_token": true, "bos_token": "<|start|>"}`, Template{Before: bos}, false},
		"no BOS":                 {"llama3", `{"add_bos_token": false, "bos_token": "<|start|>"}`, Template{Before: bos}, true},
		"EOS alone":              {"llama3", `{"add_eos_token": true, "eos_token": {"content": "<|end|>"}}`, Template{Before: bos}, true},
		"both, where none stood": {"digits", `{"add_bos_token": true, "add_eos_token": true, "bos_token": "<|start|>", "eos_token": "<|end|>"}`, Template{}, true},
		"of Llama 2's class":     {"llama2", `{"add_bos_token": true, "bos_token": "<s>", "tokenizer_class": "LlamaTokenizerFast"}`, Template{Before: bos}, true},
		"of another class":       {"llama3", `{"tokenizer_class": "LlamaTokenizerFast"}`, Template{Before: bos}, false},
		"of pieces":              {"pieces.model", `{"add_bos_token": true, "bos_token": "<s>", "eos_token": "</s>"}`, Template{Before: bos}, false},
		"of pieces, both":        {"pieces.model", `{"add_bos_token": true, "add_eos_token": true, "bos_token": "<s>", "eos_token": "</s>"}`, Template{bos, []int32{2}}, false},
		"of tekken, none":        {"tekken", `{"add_bos_token": false, "bos_token": "<s>"}`, Template{}, false},
		"BOS that has no token":  {"tekken", `{"add_bos_token": true, "bos_token": null}`, Template{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tokenizer, _, err := applied(t, c.tokenizer, c.config)
			if err != nil {
				t.Fatal(err)
			}
			if got := tokenizer.Template(); !got.equal(c.want) {
				t.Errorf("%v goes around a text, want %v", got, c.want)
			}
			if got := len(tokenizer.Contradictions()) > 0; got != c.contradicts {
				t.Errorf("contradictions %q", tokenizer.Contradictions())
			}
		})
	}
}

func TestTheSettingsNameTokensAndTheirFlags(t *testing.T) {
	const text = "a [[soft]] ba"
	plain := ReadTokenizer(t, "digits")
	for name, c := range map[string]struct {
		config  string
		changed bool
		ids     []int32
	}{
		"the same":        {`{"bos_token": "<|start|>", "added_tokens_decoder": {"560": {"content": "[[soft]]", "normalized": false}}}`, false, []int32{67, 223, 560, 273, 67}},
		"white space":     {`{"added_tokens_decoder": {"560": {"content": "[[soft]]", "lstrip": true, "rstrip": true}}}`, true, []int32{67, 560, 68, 67}},
		"a further token": {`{"added_tokens_decoder": {"562": {"content": " ba"}}}`, true, []int32{67, 223, 560, 562}},
		"an old token":    {`{"additional_special_tokens": [{"content": "b"}]}`, true, []int32{67, 223, 560, 223, 68, 67}},
		"no token":        {`{"pad_token": "<|none|>", "extra_special_tokens": {"image": "<|image|>"}}`, false, []int32{67, 223, 560, 273, 67}},
	} {
		t.Run(name, func(t *testing.T) {
			tokenizer, changed, err := applied(t, "digits", c.config)
			if err != nil {
				t.Fatal(err)
			}
			ids, err := tokenizer.Encode(text)
			if err != nil || !slices.Equal(ids, c.ids) || changed != c.changed {
				t.Errorf("%v, %v, changed %v, want %v, %v", ids, err, changed, c.ids, c.changed)
			}
			again, err := plain.Encode(tokenizer.Decode(plainIDs(t, plain, text)))
			if err != nil || !slices.Equal(again, plainIDs(t, plain, text)) {
				t.Errorf("decodes to %v, %v", again, err)
			}
		})
	}
}

func plainIDs(t *testing.T, tokenizer *Tokenizer, text string) []int32 {
	t.Helper()
	ids, err := tokenizer.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestARoleIsFilledByTheSettings(t *testing.T) {
	tokenizer, _, err := applied(t, "digits", `{"bos_token": "<|start|>", "eos_token": {"content": "<|end|>"}, "pad_token": null}`)
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[string]string{"bos_token": "<|start|>", "eos_token": "<|end|>", "pad_token": "", "no_token": ""} {
		if got := tokenizer.Role(role); got != want {
			t.Errorf("%s is %q, want %q", role, got, want)
		}
	}
}

func TestSettingsThatCannotHoldAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ config, want string }{
		"a role of a number":     {`{"bos_token": 3}`, "bos_token is 3"},
		"a role of two":          {`{"bos_token": ["a", "b"]}`, "bos_token"},
		"a list of numbers":      {`{"additional_special_tokens": [3]}`, "additional_special_tokens"},
		"BOS that is no token":   {`{"add_bos_token": true, "bos_token": "<s>"}`, `"<s>"`},
		"another id":             {`{"added_tokens_decoder": {"5": {"content": "[[soft]]"}}}`, `"[[soft]]" id 5`},
		"an id of another token": {`{"added_tokens_decoder": {"5": {"content": "[[hard]]"}}}`, `"[[hard]]" id 5`},
		"an id far away":         {`{"added_tokens_decoder": {"9000000": {"content": "[[far]]"}}}`, "9000000"},
		"an id that is none":     {`{"added_tokens_decoder": {"-1": {"content": "[[far]]"}}}`, "-1"},
		"no JSON":                {`{`, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := applied(t, "digits", c.config)
			filetest.Refused(t, err, c.want)
		})
	}
}
