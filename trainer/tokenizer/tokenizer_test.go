package tokenizer

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

// pipelines are the tokenizers that testdata/make_tokenizers.py trains.
func pipelines() []string {
	return []string{
		"digits", "llama3", "qwen2", "bytelevel", "prefix", "digitsprefix", "dropped", "unknown", "fused", "gpt4o", "deepseek", "general", "behaviours",
		"llama2", "gemma", "metaspace", "unigram", "unigrambytes", "pieces.model", "likely.model", "ranks.tiktoken", "tekken",
	}
}

// golden is what a tokenizer's own library made of a text.
type golden struct {
	IDs     []int32 `json:"ids"`
	Decoded *string `json:"decoded"` // nil: the text itself
}

// readFile reads a file of testdata/tokenizers, whose name ends in .json unless
// it has another ending.
func readFile(t testing.TB, name string) []byte {
	t.Helper()
	if filepath.Ext(name) == "" {
		name += ".json"
	}
	data, err := os.ReadFile(filepath.Join("testdata", "tokenizers", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ReadTokenizer(t testing.TB, name string) *Tokenizer {
	t.Helper()
	data := readFile(t, name)
	var settings Settings
	var tokenizer *Tokenizer
	var err error
	switch {
	case name == "tekken":
		tokenizer, err = ParseTekken(data)
	case name == "ranks.tiktoken":
		if settings, err = ParseSettings(readFile(t, "ranks.config.json")); err == nil {
			tokenizer, err = ParseModel(data, settings)
		}
		if err == nil {
			_, err = tokenizer.Apply(settings)
		}
	case filepath.Ext(name) == ".model":
		tokenizer, err = ParseModel(data, settings)
	default:
		tokenizer, err = Parse(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

// goldenFile is the file of what the libraries made of the texts.
func goldenFile(name string) string {
	return filepath.Join("testdata", "tokenizers", strings.TrimSuffix(name, filepath.Ext(name))+".golden.json")
}

func TestTokenizersAgreeWithTheLibraries(t *testing.T) {
	var texts []string
	filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", "texts.json"), &texts)
	for _, name := range pipelines() {
		t.Run(name, func(t *testing.T) {
			tokenizer := ReadTokenizer(t, name)
			var want []golden
			filetest.ReadJSON(t, goldenFile(name), &want)
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
	if got := tokenizer.Decode(want.IDs); got != decoded {
		t.Errorf("Decode(%v) = %q, want %q", want.IDs, got, decoded)
	}
}

func TestDecodePutsAReplacementCharacterForWhatIsNoText(t *testing.T) {
	// As Rust's String::from_utf8_lossy, by which Hugging Face's tokenizers decodes.
	for bytes, want := range map[string]string{
		"a\xe2\x82":         "a\ufffd",
		"\xe2\x82b":         "\ufffdb",
		"\xf0\x9f\x98":      "\ufffd",
		"\xf0\x9f\x98\xf0":  "\ufffd\ufffd",
		"\xff\xfe":          "\ufffd\ufffd",
		"\x80\x80":          "\ufffd\ufffd",
		"\xc0\x80":          "\ufffd\ufffd",
		"\xed\xa0\x80":      "\ufffd\ufffd\ufffd",
		"\xe0\x80\x80":      "\ufffd\ufffd\ufffd",
		"\xf4\x90\x80\x80":  "\ufffd\ufffd\ufffd\ufffd",
		"\xf4\x8f\xbf\xbfé": "\U0010ffffé",
		"\xef\xbf\xbd\xef":  "\ufffd\ufffd",
	} {
		if got := readable(bytes); got != want {
			t.Errorf("readable(%q) = %q, want %q", bytes, got, want)
		}
	}
}

func TestTheBytesOfTokensAreThoseOfTheText(t *testing.T) {
	const text = "a größe  日本 \U00010fff x"
	for _, name := range []string{"digits", "llama2", "unigrambytes", "pieces.model", "ranks.tiktoken", "tekken"} {
		tokenizer := ReadTokenizer(t, name)
		ids, err := tokenizer.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, id := range ids {
			all.WriteString(tokenizer.Bytes(id))
		}
		if got := strings.TrimPrefix(all.String(), " "); got != text {
			t.Errorf("%s: %q, want %q", name, got, text)
		}
	}
	if got := ReadTokenizer(t, "digits").Bytes(-1); got != "" {
		t.Errorf("no token has the bytes %q", got)
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
	const digits = `{"type":"Digits","individual_digits":true}`
	for name, c := range map[string]struct{ old, replacement, want string }{
		"normalizer":            {`"normalizer":null`, `"normalizer":{"type":"BertNormalizer"}`, `"BertNormalizer"`},
		"normalizer within":     {`"normalizer":null`, `"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Nmt"}]}`, `"Nmt"`},
		"normalizer of nothing": {`"normalizer":null`, `"normalizer":{"type":"Replace","content":"x"}`, "neither a String nor a Regex"},
		"setting of a part":     {digits, `{"type":"Digits","individual_digits":true,"grouping":3}`, `"grouping"`},
		"pre-tokenizer":         {digits, `{"type":"BertPreTokenizer"}`, `"BertPreTokenizer"`},
		"pattern":               {digits, `{"type":"Split","pattern":{"Regex":"\\p{Alphabetic}"},"behavior":"Isolated","invert":false}`, `\p{Alphabetic}`},
		"pattern of no match":   {digits, `{"type":"Split","pattern":{"Regex":"(x"},"behavior":"Isolated","invert":false}`, "does not close a group"},
		"no pattern":            {digits, `{"type":"Split","behavior":"Isolated","invert":false}`, "neither a String nor a Regex"},
		"null part":             {digits, `null`, "pre_tokenizer"},
		"behaviour":             {digits, `{"type":"Split","pattern":{"Regex":"x"},"behavior":"Dropped","invert":false}`, `"Dropped"`},
		"sign of two":           {digits, `{"type":"Metaspace","replacement":"__"}`, `"__"`},
		"scheme":                {digits, `{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}`, `"last"`},
		"schemes":               {digits, `{"type":"Metaspace","replacement":"_","prepend_scheme":"first","add_prefix_space":false}`, "add_prefix_space false"},
		"early byte level":      {`{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},`, `{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},`, "ByteLevel"},
		"post-processor":        {`"post_processor":{"type":"ByteLevel"`, `"post_processor":{"type":"RobertaProcessing"`, `"RobertaProcessing"`},
		"decoder":               {`"decoder":{"type":"ByteLevel"`, `"decoder":{"type":"WordPiece"`, `"WordPiece"`},
		"decoder of a pattern":  {`"decoder":{"type":"ByteLevel"`, `"decoder":{"type":"Replace","pattern":{"Regex":"x"},"content":"y"`, "no String"},
		"decoder of two signs":  {`"decoder":{"type":"ByteLevel"`, `"decoder":{"type":"Strip","content":"ab","start":1,"stop":0`, `"ab"`},
		"model":                 {`"model":{"type":"BPE"`, `"model":{"type":"WordPiece"`, `"WordPiece"`},
		"model of bytes":        {`"model":{"type":"BPE"`, `"model":{"type":"Unigram"`, `Unigram`},
		"no vocabulary":         {`"vocab":{`, `"vocab":null,"ignored":{`, "no vocabulary"},
		"dropout":               {`"dropout":null`, `"dropout":0.1`, "dropout 0.1"},
		"unknown token":         {`"unk_token":null`, `"unk_token":"<unk>"`, `"<unk>"`},
		"word suffix":           {`"end_of_word_suffix":null`, `"end_of_word_suffix":"</w>"`, "</w>"},
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
		added.cut(text, func(id int32) { got = append(got, fmt.Sprint(id)) }, func(p piece) { got = append(got, p.text) })
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
	}, func(p piece) { t.Fatalf("%q is no token", p.text) })
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
