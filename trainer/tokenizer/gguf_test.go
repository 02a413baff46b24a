package tokenizer

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/tensorfile"
	"sweep/trainer/tensorfile/filetest"
)

// ggufOf describes a tokenizer of testdata in GGUF's metadata, with more pairs.
func ggufOf(t *testing.T, name, pre string, pairs ...[]byte) *tensorfile.Fields {
	t.Helper()
	var j tokenizerJSON
	filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", name+".json"), &j)
	var tokens []string
	var kinds []int64
	add := func(token string, id int32, kind int64) {
		for int(id) >= len(tokens) {
			tokens, kinds = append(tokens, ""), append(kinds, 1)
		}
		tokens[id], kinds[id] = token, kind
	}
	for token, id := range j.Model.Vocabulary.ids {
		add(token, id, 1)
	}
	for _, a := range j.Added {
		kind := int64(controlPiece)
		if a.Normalized {
			kind = userPiece
		}
		add(a.Content, a.ID, kind)
	}
	var merges []string
	for _, m := range j.Model.Merges {
		merges = append(merges, m.left+" "+m.right)
	}
	pairs = append([][]byte{
		filetest.Pair("tokenizer.ggml.model", "gpt2"), filetest.Pair("tokenizer.ggml.pre", pre), filetest.Pair("tokenizer.ggml.tokens", tokens),
		filetest.Pair("tokenizer.ggml.token_type", kinds), filetest.Pair("tokenizer.ggml.merges", merges), filetest.Pair("tokenizer.ggml.bos_token_id", 1),
	}, pairs...)
	g, err := tensorfile.ReadGGUF(tensorfile.InMemory("x.gguf", filetest.GGUF(nil, pairs...)))
	if err != nil {
		t.Fatal(err)
	}
	return g.Fields()
}

func TestGGUFNamesOfPreTokenizersMeanWhatHuggingFaceDoes(t *testing.T) {
	var texts []string
	filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", "texts.json"), &texts)
	for pre, name := range map[string]string{"llama-bpe": "llama3", "gpt-2": "bytelevel", "smollm": "digits", "qwen2": "qwen2", "gpt-4o": "gpt4o", "deepseek-v3": "deepseek"} {
		tokenizer, err := ParseGGUF(ggufOf(t, name, pre))
		if err != nil {
			t.Fatal(err)
		}
		if puts := len(tokenizer.Template().Before) > 0; puts != (pre == "llama-bpe") {
			t.Errorf("%s: Template() = %v", pre, tokenizer.Template())
		}
		var want []golden
		filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", name+".golden.json"), &want)
		for i, text := range texts {
			compareGolden(t, tokenizer, text, want[i])
		}
	}
}

// ggufOfPieces describes the SentencePiece model of testdata in GGUF's metadata,
// with other pairs.
func ggufOfPieces(t *testing.T, pairs map[string]any) *tensorfile.Fields {
	t.Helper()
	m := newSentencePiece()
	if err := m.parse(readFile(t, "pieces.model")); err != nil {
		t.Fatal(err)
	}
	var tokens []string
	var scores []float32
	for _, p := range m.pieces {
		tokens, scores = append(tokens, p.text), append(scores, float32(p.score))
	}
	all := map[string]any{"model": "llama", "pre": "default", "tokens": tokens, "token_type": m.kinds, "scores": scores, "eos_token_id": 2}
	maps.Copy(all, pairs)
	var encoded [][]byte
	for _, key := range slices.Sorted(maps.Keys(all)) {
		name := "tokenizer.ggml." + key
		if strings.HasPrefix(key, "general.") {
			name = key
		}
		encoded = append(encoded, filetest.Pair(name, all[key]))
	}
	g, err := tensorfile.ReadGGUF(tensorfile.InMemory("x.gguf", filetest.GGUF(nil, encoded...)))
	if err != nil {
		t.Fatal(err)
	}
	return g.Fields()
}

func TestPiecesInAGGUFMeanWhatSentencePieceDoes(t *testing.T) {
	tokenizer, err := ParseGGUF(ggufOfPieces(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := tokenizer.Template(); !got.equal(Template{Before: []int32{1}}) || tokenizer.Role("eos_token") != "</s>" {
		t.Errorf("%v goes around a text, and the end is %q", got, tokenizer.Role("eos_token"))
	}
	var texts []string
	filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", "texts.json"), &texts)
	var want []golden
	filetest.ReadJSON(t, goldenFile("pieces"), &want)
	users := usersTokens(t)
	for i, text := range texts {
		if !slices.ContainsFunc(users, func(token string) bool { return strings.Contains(text, token) }) {
			compareGolden(t, tokenizer, text, want[i])
		}
	}
}

// usersTokens are the tokens of users in the SentencePiece model of testdata.
func usersTokens(t *testing.T) (tokens []string) {
	t.Helper()
	m := newSentencePiece()
	if err := m.parse(readFile(t, "pieces.model")); err != nil {
		t.Fatal(err)
	}
	for i, p := range m.pieces {
		if m.kinds[i] == userPiece {
			tokens = append(tokens, p.text)
		}
	}
	return tokens
}

// TestTokensOfUsersInAGGUFAreCutOutOfATextFirst holds a text with such tokens to its
// stretches between, each by itself, as llama.cpp cuts it.
func TestTokensOfUsersInAGGUFAreCutOutOfATextFirst(t *testing.T) {
	encode := func(g *tensorfile.Fields, text string) []int32 {
		t.Helper()
		tokenizer, err := ParseGGUF(g)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := tokenizer.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	plain := ggufOfPieces(t, nil)
	for _, token := range usersTokens(t) {
		if strings.ContainsRune(token, spaceSign) {
			continue // it is found once spaces are pieces
		}
		want := slices.Concat(encode(plain, "tan kar"), encode(plain, token), encode(plain, " \nin"))
		if got := encode(plain, "tan kar"+token+" \nin"); len(encode(plain, token)) != 1 || !slices.Equal(got, want) {
			t.Errorf("around %q there are %v, want %v", token, got, want)
		}
		phi3 := ggufOfPieces(t, map[string]any{"general.architecture": "phi3"})
		want = slices.Concat(encode(plain, token), encode(plain, "in"))
		if got := encode(phi3, token+" \nin"); !slices.Equal(got, want) {
			t.Errorf("Phi-3 has %v behind %q, want %v", got, token, want)
		}
	}
}

func TestPiecesInAGGUFMayHaveNoDummyPrefix(t *testing.T) {
	tokenizer, err := ParseGGUF(ggufOfPieces(t, map[string]any{"add_space_prefix": false, "add_bos_token": false}))
	if err != nil {
		t.Fatal(err)
	}
	ids, err := tokenizer.Encode("tan")
	first, _ := tokenizer.Token(ids[0])
	if err != nil || first[0] != 't' || tokenizer.Decode(ids) != "tan" || !tokenizer.Template().equal(Template{}) {
		t.Errorf("%v, %v begins with %q, %v", ids, err, first, tokenizer.Template())
	}
}

func TestPiecesInAGGUFThatCannotBeReadAreRefused(t *testing.T) {
	for key, c := range map[string]struct {
		value any
		want  string
	}{
		"scores":           {[]float32{1}, "1 scores"},
		"tokens":           {slices.Repeat([]string{"a"}, 700), `"a" stands for both`},
		"model":            {"t5", `"t5"`},
		"add_space_prefix": {"yes", "add_space_prefix"},
		"unknown_token_id": {1 << 30, "unknown"},
	} {
		t.Run(key, func(t *testing.T) {
			_, err := ParseGGUF(ggufOfPieces(t, map[string]any{key: c.value}))
			filetest.Refused(t, err, c.want)
		})
	}
}

func TestEveryNameOfAPreTokenizerIsRead(t *testing.T) {
	for pre := range ggufPreTokenizers() {
		tokenizer, err := ParseGGUF(ggufOf(t, "bytelevel", pre))
		if err != nil {
			t.Fatal(err)
		}
		const text = "It's 12345 größe, мир 日本語!\n\n  x"
		ids, err := tokenizer.Encode(text)
		if got := tokenizer.Decode(ids); err != nil || got != text {
			t.Errorf("%s: %q comes back as %q, %v", pre, text, got, err)
		}
	}
	_, err := ParseGGUF(ggufOf(t, "bytelevel", "no-such-name"))
	filetest.Refused(t, err, `"no-such-name"`, "deepseek-coder")
}

func TestAGGUFNamesTheTokensAroundAText(t *testing.T) {
	for name, c := range map[string]struct {
		pairs   [][]byte
		want    Template
		refused string
	}{
		"not asked for": {nil, Template{}, ""},
		"both":          {[][]byte{filetest.Pair("tokenizer.ggml.add_bos_token", true), filetest.Pair("tokenizer.ggml.add_eos_token", true), filetest.Pair("tokenizer.ggml.eos_token_id", 2)}, Template{[]int32{1}, []int32{2}}, ""},
		"no such token": {[][]byte{filetest.Pair("tokenizer.ggml.add_eos_token", true)}, Template{}, "tokenizer.ggml.eos_token_id"},
		"a separator":   {[][]byte{filetest.Pair("tokenizer.ggml.add_sep_token", true)}, Template{}, "add_sep_token"},
	} {
		t.Run(name, func(t *testing.T) {
			tokenizer, err := ParseGGUF(ggufOf(t, "digits", "smollm", c.pairs...))
			if c.refused != "" {
				filetest.Refused(t, err, c.refused)
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
