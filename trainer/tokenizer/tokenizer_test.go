package tokenizer

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sweep/trainer/tensorfile/filetest"
)

// pipelines are the tokenizers that testdata/make_tokenizers.py trains with
// Hugging Face's tokenizers.
func pipelines() []string {
	return []string{"digits", "llama3", "qwen2", "bytelevel", "prefix", "digitsprefix", "dropped", "unknown", "fused"}
}

// golden is what Hugging Face's tokenizers made of a text.
type golden struct {
	IDs     []int32 `json:"ids"`
	Decoded *string `json:"decoded"` // nil: the text itself
}

func ReadTokenizer(t testing.TB, name string) *Tokenizer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "tokenizers", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

func TestTokenizersAgreeWithHuggingFace(t *testing.T) {
	var texts []string
	filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", "texts.json"), &texts)
	for _, name := range pipelines() {
		t.Run(name, func(t *testing.T) {
			tokenizer := ReadTokenizer(t, name)
			var want []golden
			filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", name+".golden.json"), &want)
			if len(want) != len(texts) {
				t.Fatalf("%d goldens for %d texts", len(want), len(texts))
			}
			for i, text := range texts {
				compareGolden(t, tokenizer, text, want[i])
			}
		})
	}
}

func compareGolden(t *testing.T, tokenizer *Tokenizer, text string, want golden) {
	t.Helper()
	ids, err := tokenizer.Encode(text)
	if err != nil {
		t.Errorf("Encode(%q): %v", text, err)
		return
	}
	if !slices.Equal(ids, want.IDs) {
		t.Errorf("Encode(%q) = %v, want %v", text, ids, want.IDs)
	}
	decoded := text
	if want.Decoded != nil {
		decoded = *want.Decoded
	}
	if got := tokenizer.Decode(want.IDs); utf8.ValidString(got) && got != decoded {
		t.Errorf("Decode(%v) = %q, want %q", want.IDs, got, decoded)
	}
}

func TestEncodeGivesTheSameIDsTheSecondTime(t *testing.T) {
	tokenizer := ReadTokenizer(t, "digits")
	const text = "The quick brown fox, 12345 times; the quick brown fox."
	first, err := tokenizer.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := tokenizer.Encode(text)
	if err != nil || !slices.Equal(first, again) {
		t.Errorf("second Encode = %v, %v, want %v", again, err, first)
	}
}

func TestEncodeRefusesInvalidUTF8(t *testing.T) {
	_, err := ReadTokenizer(t, "digits").Encode("\ufffdab\xffc")
	if err == nil || !strings.Contains(err.Error(), "byte 5 ") {
		t.Errorf("error %v does not name byte 5", err)
	}
}

func TestDecodeLeavesOutUnknownIDs(t *testing.T) {
	tokenizer := ReadTokenizer(t, "digits")
	if got := tokenizer.Decode([]int32{-1, 1 << 30, int32(tokenizer.Size())}); got != "" {
		t.Errorf("Decode = %q, want nothing", got)
	}
}

func TestTokensAreFoundByTheirTextAndByTheirID(t *testing.T) {
	tokenizer := ReadTokenizer(t, "digits")
	for token, special := range map[string]bool{"<|end|>": true, "[[soft]]": false, "Ġ": false} {
		id, ok := tokenizer.ID(token)
		if !ok || tokenizer.IsSpecial(id) != special {
			t.Errorf("ID(%q) = %d, %v, special %v, want special %v", token, id, ok, tokenizer.IsSpecial(id), special)
		}
		if got, ok := tokenizer.Token(id); !ok || got != token {
			t.Errorf("Token(%d) = %q, %v, want %q", id, got, ok, token)
		}
	}
	for _, id := range []int32{-1, int32(tokenizer.Size())} {
		if token, ok := tokenizer.Token(id); ok {
			t.Errorf("Token(%d) = %q, want none", id, token)
		}
	}
	if id, ok := tokenizer.ID("no such token"); ok {
		t.Errorf("ID = %d, want none", id)
	}
}

// edit returns tokenizer.json "digits" with one passage replaced.
func edit(t *testing.T, old, replacement string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "tokenizers", "digits.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(data), old) != 1 {
		t.Fatalf("%q stands %d times in the tokenizer", old, strings.Count(string(data), old))
	}
	return []byte(strings.Replace(string(data), old, replacement, 1))
}

func TestUnknownPartsOfATokenizerAreRefusedByName(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, want string }{
		"normalizer":            {`"normalizer":null`, `"normalizer":{"type":"Lowercase"}`, `"Lowercase"`},
		"normalizer sequence":   {`"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"NFC"}]}`, "sequence of 2"},
		"pre-tokenizer":         {`{"type":"Digits","individual_digits":true}`, `{"type":"Metaspace"}`, `"Metaspace"`},
		"grouped digits":        {`"individual_digits":true`, `"individual_digits":false`, "individual_digits"},
		"pattern":               {`{"type":"Digits","individual_digits":true}`, `{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated","invert":false}`, `\\w+`},
		"string pattern":        {`{"type":"Digits","individual_digits":true}`, `{"type":"Split","pattern":{"String":" "},"behavior":"Isolated","invert":false}`, "Split"},
		"null part":             {`{"type":"Digits","individual_digits":true}`, `null`, "pre_tokenizer"},
		"behaviour":             {`{"type":"Digits","individual_digits":true}`, `{"type":"Split","pattern":{"Regex":"x"},"behavior":"Removed","invert":false}`, `"Removed"`},
		"no byte level":         {`{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},`, `{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},`, "ByteLevel"},
		"post-processor":        {`"post_processor":{"type":"ByteLevel"`, `"post_processor":{"type":"RobertaProcessing"`, `"RobertaProcessing"`},
		"decoder":               {`"decoder":{"type":"ByteLevel"`, `"decoder":{"type":"WordPiece"`, `"WordPiece"`},
		"model":                 {`"model":{"type":"BPE"`, `"model":{"type":"Unigram"`, `"Unigram"`},
		"byte fallback":         {`"byte_fallback":false`, `"byte_fallback":true`, "byte_fallback"},
		"dropout":               {`"dropout":null`, `"dropout":0.1`, "dropout 0.1"},
		"unknown token":         {`"unk_token":null`, `"unk_token":"<unk>"`, `"<unk>"`},
		"word suffix":           {`"end_of_word_suffix":null`, `"end_of_word_suffix":"</w>"`, "</w>"},
		"stripping added token": {`{"id":0,"content":"<|end|>","single_word":false,"lstrip":false`, `{"id":0,"content":"<|end|>","single_word":false,"lstrip":true`, `"<|end|>"`},
		"added token's id":      {`{"id":0,"content":"<|end|>"`, `{"id":7,"content":"<|end|>"`, `"<|end|>"`},
		"negative id":           {`"vocab":{"<|end|>":0`, `"vocab":{"<|end|>":-1`, "-1"},
		"enormous id":           {`"vocab":{"<|end|>":0`, `"vocab":{"<|end|>":2000000000`, "2000000000"},
		"sparse ids":            {`"vocab":{`, `"vocab":{"qqqq":9000000,`, "9000000"},
		"merge of no tokens":    {`"merges":[`, `"merges":[["qq","zz"],`, `"qq"`},
		"merge of one":          {`"merges":[`, `"merges":["qq",`, `"qq"`},
		"merge of a number":     {`"merges":[`, `"merges":[3,`, "a merge is 3"},
		"merge of null":         {`"merges":[`, `"merges":[null,`, "a merge is null"},
		"merge of three":        {`"merges":[`, `"merges":[["a","b","c"],`, "must be two tokens"},
		"id beyond 32 bits":     {`"vocab":{"<|end|>":0`, `"vocab":{"<|end|>":2147483648`, "2147483648"},
		"long added token":      {`"content":"<|end|>"`, `"content":"` + strings.Repeat("e", 1025) + `"`, "1025 bytes, but at most 1024"},
		"many parts":            {`{"type":"Digits","individual_digits":true}`, strings.Repeat(`{},`, 300) + `{}`, "303 objects"},
		"long part":             {`{"type":"Digits","individual_digits":true}`, `{"type":"` + strings.Repeat("e", maxPart) + `"}`, "at most 1048576"},
		"not JSON":              {`"normalizer":null`, `"normalizer":`, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(edit(t, c.old, c.replacement))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one naming %s", err, c.want)
			}
		})
	}
}

func TestMergesAreReadAsStringsToo(t *testing.T) {
	var both [2]mergeRule
	if err := json.Unmarshal([]byte(`["Ġ t", ["Ġ", "t"]]`), &both); err != nil || both[0] != both[1] {
		t.Errorf("read %q, %v", both, err)
	}
}

func TestLetterByteInvertsByteLetters(t *testing.T) {
	for c, letter := range byteLetters() {
		if got, ok := letterByte(letter); !ok || int(got) != c {
			t.Errorf("letterByte(%q) = %d, %v, want %d", letter, got, ok, c)
		}
	}
}

func TestTheLeftmostLongestAddedTokenIsFound(t *testing.T) {
	added := newAddedTokens([]addedToken{
		{content: "ab", id: 1},
		{content: "a", id: 2},
		{content: "abcd", id: 3},
		{content: "bc", id: 4},
		{content: "", id: 5},
		{content: "ab", id: 6},
		{content: "é", id: 7},
		{content: "\xff", id: 8},
	})
	for text, want := range map[string]string{
		"abc":      "1 c",
		"abcd":     "3",
		"aabcdbc":  "2 3 4",
		"xabxbcxa": "x 1 x 4 x 2",
		"è é":      "è  7",
		"":         "",
		"ba":       "b 2",
	} {
		var got []string
		added.cut(text, func(id int32) { got = append(got, fmt.Sprint(id)) }, func(s string) { got = append(got, s) })
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%q is cut into %q, want %q", text, joined, want)
		}
	}
}

func TestManyAddedTokensAreReadAndFoundInTimeThatGrowsWithThem(t *testing.T) {
	const n = 100_000
	tokens := make([]addedToken, n)
	var text strings.Builder
	for i := range tokens {
		tokens[i] = addedToken{content: fmt.Sprintf("<extra_%d>", i), id: int32(i)}
		text.WriteString(tokens[i].content)
	}
	added := newAddedTokens(tokens)
	next := int32(0)
	added.cut(text.String(), func(id int32) {
		if id != next {
			t.Fatalf("token %d was found, want %d", id, next)
		}
		next++
	}, func(s string) { t.Fatalf("%q is no token", s) })
	if next != n {
		t.Errorf("%d tokens were found, want %d", next, n)
	}
}

func BenchmarkEncode(b *testing.B) {
	var texts []string
	filetest.ReadJSON(b, filepath.Join("testdata", "tokenizers", "texts.json"), &texts)
	text := strings.Join(texts, " ")
	tokenizer := ReadTokenizer(b, "digits")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := tokenizer.Encode(text); err != nil {
			b.Fatal(err)
		}
	}
}
