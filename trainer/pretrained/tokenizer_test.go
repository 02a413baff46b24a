package pretrained

import (
	"slices"
	"testing"
	"testing/fstest"

	"sweep/trainer/tensorfile/filetest"
)

// Tokenizers of a, b and ab, in each kind of file.
const (
	jsonTokenizer = `{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}, ` +
		`"added_tokens": [{"id": 3, "content": "<s>", "special": true}], "pre_tokenizer": {"type": "ByteLevel"}, "decoder": {"type": "ByteLevel"}}`
	tekkenTokenizer = `{"config": {"pattern": "[ab]+"}, "special_tokens": [{"rank": 0, "token_str": "<s>"}],` +
		`"vocab": [{"rank": 0, "token_bytes": "YQ=="}, {"rank": 1, "token_bytes": "Yg=="}, {"rank": 2, "token_bytes": "YWI="}]}`
	rankedTokenizer = "YQ== 0\nYg== 1\nYWI= 2\n"
	settings        = `{"added_tokens_decoder": {"3": {"content": "<s>", "special": true}}, "bos_token": "<s>"`
)

// pieceTokenizer is a model of SentencePiece: BPE without a dummy prefix.
func pieceTokenizer() string {
	message := func(tag, inside string) string { return tag + string(rune(len(inside))) + inside }
	piece := func(text string, kind rune) string { return message("\n", message("\n", text)+"\x18"+string(kind)) }
	return piece("<unk>", 2) + piece("a", 1) + piece("b", 1) + piece("ab", 1) + piece("<s>", 3) + message("\x12", "\x18\x02") + message("\x1a", "\x18\x00\x20\x00")
}

func TestAFolderHasATokenizerOfAnyKind(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		ids    []int32 // of <s>abb
		before []int32
	}{
		"tokenizer.json":              {map[string]string{tokenizerFile: jsonTokenizer}, []int32{3, 2, 1}, nil},
		"with settings":               {map[string]string{tokenizerFile: jsonTokenizer, tokenizerConfigFile: settings + `, "add_bos_token": true}`}, []int32{3, 2, 1}, nil},
		"tekken":                      {map[string]string{"tekken.json": tekkenTokenizer}, []int32{0, 3, 2}, []int32{0}},
		"tekken without BOS":          {map[string]string{"tekken.json": tekkenTokenizer, tokenizerConfigFile: `{"add_bos_token": false}`}, []int32{0, 3, 2}, nil},
		"tiktoken with BOS":           {map[string]string{"tokenizer.model": rankedTokenizer, tokenizerConfigFile: settings + `, "add_bos_token": true}`}, []int32{3, 2, 1}, []int32{3}},
		"tiktoken":                    {map[string]string{"tokenizer.model": rankedTokenizer, tokenizerConfigFile: settings + `}`}, []int32{3, 2, 1}, nil},
		"SentencePiece":               {map[string]string{"tokenizer.model": pieceTokenizer()}, []int32{4, 3, 2}, nil},
		"SentencePiece with BOS":      {map[string]string{"tokenizer.model": pieceTokenizer(), tokenizerConfigFile: `{"bos_token": "<s>", "add_bos_token": true}`}, []int32{4, 3, 2}, []int32{4}},
		"tokenizer.json before those": {map[string]string{tokenizerFile: jsonTokenizer, "tekken.json": "{", "tokenizer.model": "{"}, []int32{3, 2, 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, "tied")
			for file, content := range c.files {
				files[file] = &fstest.MapFile{Data: []byte(content)}
			}
			m, err := OpenFS(files, "tiny")
			if err != nil {
				t.Fatal(err)
			}
			tokenizer, err := m.Tokenizer()
			if err != nil {
				t.Fatal(err)
			}
			ids, err := tokenizer.Encode("<s>abb")
			if err != nil || !slices.Equal(ids, c.ids) || tokenizer.Decode(ids) != "<s>abb" {
				t.Errorf("%v, %v, %q, want %v", ids, err, tokenizer.Decode(ids), c.ids)
			}
			if got := tokenizer.Template().Before; !slices.Equal(got, c.before) {
				t.Errorf("%v goes before a text, want %v", got, c.before)
			}
		})
	}
}

func TestTokenizersThatCannotBeReadAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"no tokenizer":         {nil, []string{"tokenizer.json", "tekken.json", "tokenizer.model", "pre-tokenised"}},
		"broken settings":      {map[string]string{tokenizerFile: jsonTokenizer, tokenizerConfigFile: `{`}, []string{tokenizerConfigFile, "JSON"}},
		"other settings":       {map[string]string{tokenizerFile: jsonTokenizer, tokenizerConfigFile: `{"add_bos_token": true, "bos_token": "<z>"}`}, []string{tokenizerConfigFile, `"<z>"`}},
		"no special tokens":    {map[string]string{"tokenizer.model": rankedTokenizer}, []string{"tokenizer.model", "added_tokens_decoder"}},
		"broken tekken":        {map[string]string{"tekken.json": `{}`, tokenizerConfigFile: `{"added_tokens_decoder": {"900": {"content": "<z>"}}}`}, []string{"tekken.json", "embeds 48"}},
		"broken SentencePiece": {map[string]string{"tokenizer.model": "\n\x05"}, []string{"tokenizer.model", "SentencePiece"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, "tied")
			for file, content := range c.files {
				files[file] = &fstest.MapFile{Data: []byte(content)}
			}
			m, err := OpenFS(files, "tiny")
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.Tokenizer()
			filetest.Refused(t, err, append(c.want, "tiny")...)
		})
	}
}

func TestAddedTokensThatOnlyTransformers4ReadsAreRefused(t *testing.T) {
	files := folder(t, "tied")
	files["tokenizer.model"] = &fstest.MapFile{Data: []byte(pieceTokenizer())}
	files[addedTokensFile] = &fstest.MapFile{Data: []byte(`{"<z>": 5}`)}
	_, err := OpenFS(files, "tiny")
	filetest.Refused(t, err, addedTokensFile, "tokenizer.model", tokenizerConfigFile)
}

func TestTheHashSeesTheTokenizersSettingsWhereTheyChangeIt(t *testing.T) {
	hash := func(config string) string {
		files := folder(t, "tied")
		files[tokenizerFile] = &fstest.MapFile{Data: []byte(jsonTokenizer)}
		if config != "" {
			files[tokenizerConfigFile] = &fstest.MapFile{Data: []byte(config)}
		}
		m, err := OpenFS(files, "tiny")
		if err != nil {
			t.Fatal(err)
		}
		h, err := m.Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	without := hash("")
	for config, changes := range map[string]bool{
		settings + `}`:                                false,
		`{"model_max_length": 7}`:                     false,
		settings + `, "add_bos_token": false}`:        false,
		settings + `, "add_bos_token": true}`:         false, // tokenizer.json decides
		`{"eos_token": "ab"}`:                         true,
		`{"add_bos_token": true, "bos_token": "<z>"}`: false, // which cannot be read
	} {
		if got := hash(config) != without; got != changes {
			t.Errorf("%s: the hash changes: %v, want %v", config, got, changes)
		}
	}
}
