package tokenizer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sweep/trainer/tensorfile/filetest"
)

func FuzzEncodeKeepsEveryByte(f *testing.F) {
	f.Add("a <|end|>b 12\n\n\tcafé 日本")
	f.Add("'s 'LL \u00a0 x\r\n")
	tokenizers := []*Tokenizer{ReadTokenizer(f, "digits"), ReadTokenizer(f, "llama3"), ReadTokenizer(f, "bytelevel")}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tokenizer := range tokenizers {
			ids, err := tokenizer.Encode(text)
			if (err == nil) != utf8.ValidString(text) {
				t.Fatalf("Encode(%q): %v", text, err)
			}
			if got := tokenizer.Decode(ids); err == nil && got != text {
				t.Fatalf("%q came back as %q", text, got)
			}
		}
	})
}

func FuzzTokenizerFile(f *testing.F) {
	model := `"model":{"type":"BPE","unk_token":"s","fuse_unk":true,"vocab":{"s":0,"o":1,"so":2},"merges":["s o"]}`
	for _, pipeline := range []string{
		`"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel"}]}`,
		`"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"use_regex":false},"decoder":{"type":"ByteLevel"}`,
		`"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Isolated","pattern":{"Regex":"` +
			strings.ReplaceAll(qwen2Pattern, `\`, `\\`) + `"}},{"type":"ByteLevel","use_regex":false}]}`,
	} {
		f.Add([]byte(`{` + pipeline + `,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{}}]},` +
			`"added_tokens":[{"id":3,"content":"<e>"},{"id":2,"content":"so","normalized":true}],` + model + `}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if tokenizer, err := Parse(data); err == nil {
			tokenizer.Decode(filetest.EncodeWithin(t, tokenizer.Encode, tokenizer.Size()))
		}
	})
}
