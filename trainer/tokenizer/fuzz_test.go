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
	f.Add("▁▁a  ==b\u0301ǅ")
	var tokenizers []*Tokenizer
	for _, name := range []string{"digits", "llama3", "bytelevel", "deepseek", "llama2", "pieces.model", "ranks.tiktoken", "tekken"} {
		tokenizers = append(tokenizers, ReadTokenizer(f, name))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, tokenizer := range tokenizers {
			ids, err := tokenizer.Encode(text)
			if (err == nil) != utf8.ValidString(text) {
				t.Fatalf("Encode(%q): %v", text, err)
			}
			if got := tokenizer.Decode(ids); err == nil && got != text && i < 4 {
				t.Fatalf("%q came back as %q", text, got)
			}
		}
	})
}

// fuzzed reads a text with what became of a file of a tokenizer.
func fuzzed(t *testing.T, tokenizer *Tokenizer, err error) {
	if err != nil {
		return
	}
	encode := func(text string) ([]int32, error) {
		ids, err := tokenizer.Encode(text)
		if err != nil {
			return nil, nil // a character without a token, or a pattern that does not end
		}
		return ids, nil
	}
	tokenizer.Decode(filetest.EncodeWithin(t, encode, tokenizer.Size()))
	if settings, err := ParseSettings([]byte(`{"add_bos_token": true, "bos_token": "<s>", "added_tokens_decoder": {"3": {"content": "<e>", "lstrip": true}}}`)); err == nil {
		if _, err := tokenizer.Apply(settings); err == nil {
			tokenizer.Decode(filetest.EncodeWithin(t, encode, tokenizer.Size()))
		}
	}
}

func FuzzTokenizerFile(f *testing.F) {
	model := `"model":{"type":"BPE","unk_token":"s","fuse_unk":true,"byte_fallback":true,"vocab":{"s":0,"o":1,"so":2},"merges":["s o"]}`
	likely := `"model":{"type":"Unigram","unk_id":0,"vocab":[["s",0],["o",-1],["▁so",-2.5]]}`
	quoted := func(pattern string) string { return strings.ReplaceAll(pattern, `\`, `\\`) }
	for _, pipeline := range []string{
		`"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel"}]},` + model,
		`"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"use_regex":false},"decoder":{"type":"ByteLevel"},` + model,
		`"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Isolated","pattern":{"Regex":"` + quoted(qwen2Pattern) + `"}},{"type":"ByteLevel","use_regex":false}]},` + model,
		`"pre_tokenizer":{"type":"Split","behavior":"MergedWithNext","invert":true,"pattern":{"Regex":"` + quoted(`(?i:s|\p{L}?+)+(?!\S)|[^a-b\s]{1,3}`) + `"}},` + model,
		`"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"},{"type":"Strip","strip_left":true},{"type":"Lowercase"}]},` +
			`"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1}]},` + model,
		`"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"},"decoder":{"type":"Metaspace","replacement":"▁"},` + likely,
	} {
		f.Add([]byte(`{` + pipeline + `,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{}}]},` +
			`"added_tokens":[{"id":3,"content":"<e>","single_word":true},{"id":2,"content":"so","normalized":true}]}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tokenizer, err := Parse(data)
		fuzzed(t, tokenizer, err)
	})
}

func FuzzSentencePiece(f *testing.F) {
	f.Add(readFile(f, "pieces.model"))
	f.Add(readFile(f, "likely.model"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newSentencePiece()
		if m.parse(data) != nil {
			return
		}
		tokenizer, err := m.tokenizer()
		fuzzed(t, tokenizer, err)
	})
}

func FuzzTiktoken(f *testing.F) {
	settings, err := ParseSettings(readFile(f, "ranks.config.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(readFile(f, "ranks.tiktoken"))
	f.Add([]byte("YQ== 0\nYg== 1\nYWI= 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokenizer, err := parseTiktoken(data, settings)
		fuzzed(t, tokenizer, err)
	})
}

func FuzzTekken(f *testing.F) {
	f.Add([]byte(`{"config":{"pattern":"\\w+","default_vocab_size":6,"default_num_special_tokens":3},` +
		`"vocab":[{"rank":0,"token_bytes":"YQ=="},{"rank":1,"token_bytes":"Yg=="},{"rank":2,"token_bytes":"YWI="}],"special_tokens":[{"rank":0,"token_str":"<s>"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokenizer, err := ParseTekken(data)
		fuzzed(t, tokenizer, err)
	})
}

func FuzzSettings(f *testing.F) {
	f.Add(readFile(f, "ranks.config.json"))
	f.Add([]byte(`{"bos_token":{"content":"<s>"},"extra_special_tokens":{"a":"b"},"additional_special_tokens":["c",null],"add_eos_token":true,"eos_token":"so"}`))
	model := []byte(`{"model":{"type":"BPE","vocab":{"s":0,"o":1,"so":2},"merges":["s o"]},"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"}}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		settings, err := ParseSettings(data)
		if err != nil {
			return
		}
		tokenizer, err := Parse(model)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tokenizer.Apply(settings); err == nil {
			tokenizer.Decode(filetest.EncodeWithin(t, tokenizer.Encode, tokenizer.Size()))
		}
	})
}
