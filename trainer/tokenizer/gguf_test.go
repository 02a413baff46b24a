package tokenizer

import (
	"path/filepath"
	"slices"
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
	for pre, name := range map[string]string{"llama-bpe": "llama3", "gpt-2": "bytelevel", "smollm": "digits", "qwen2": "qwen2"} {
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
