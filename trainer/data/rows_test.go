package data_test

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"sweep/trainer/data"
)

func parse(t testing.TB, content string) *data.Rows {
	t.Helper()
	rows, err := data.Parse(strings.NewReader(content), "rows.jsonl", nil)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return rows
}

func TestEveryFormIsRead(t *testing.T) {
	rows := parse(t, `{"text": "a"}
{"prompt": "a", "completion": "b"}

{"labels": [-100, 2], "input_ids": [1, 2]}
{"messages": [{"role": "user", "content": "a"}, {"content": "b", "role": "assistant"}]}`)
	if rows.Len() != 4 {
		t.Errorf("Len is %d, want 4: the blank line is no row", rows.Len())
	}
}

func TestWrongRowsAreRefusedWithTheirLine(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"empty file", "", "rows.jsonl: there are no rows"},
		{"blank lines only", "\n \n", "rows.jsonl: there are no rows"},
		{"not JSON", "{\"text\": \"a\"}\nhello\n", "rows.jsonl:2: the row is not a JSON object"},
		{"an array", `["text"]`, "rows.jsonl: row 1: the row is not a JSON object"},
		{"an object over two lines", "{\"text\":\n\"a\"}", "rows.jsonl:1: the row is not JSON: it ends within the object"},
		{"two objects on a line", `{"text": "a"} {"text": "b"}`, "rows.jsonl:1: something follows the JSON object"},
		{"broken value", `{"text": nope}`, "rows.jsonl:1: the row is not JSON: invalid character"},
		{"invalid UTF-8", "{\"text\": \"\xff\"}", "rows.jsonl:1: the row is not valid UTF-8"},
		{"no keys", `{}`, "rows.jsonl:1: the row has no keys; expected {\"text\"}"},
		{"no answer", `{"messages": [{"role": "user", "content": "a"}]}`, `rows.jsonl:1: no message has role "assistant"`},
		{"no answer of ShareGPT's", `{"conversations": [{"from": "human", "value": "a"}]}`, `rows.jsonl:1: no message has from "gpt"`},
		{"no list of messages", `{"messages": "a"}`, `rows.jsonl:1: "messages" is "a"; expected an array of {"role", "content"}`},
		{"a message of another form", `{"messages": [{"role": "user", "content": "a"}, {"from": "gpt"}]}`, `rows.jsonl:1: message 2: it is {"from": "gpt"}; expected {"role", "content"}`},
		{"content in parts", `{"messages": [{"role": "assistant", "content": [{"type": "text"}]}]}`, `rows.jsonl:1: message 1: "content" has the part {"type": "text"}; only {"type": "text", "text": "..."} is read`},
		{"unknown key", `{"txt": "a"}`, `rows.jsonl:1: the row has the keys {"txt"}; expected {"text"}`},
		{"missing key", `{"prompt": "a"}`, `rows.jsonl:1: the row has the keys {"prompt"}`},
		{"two forms", `{"text": "a", "prompt": "b"}`, `rows.jsonl:1: the row has the keys {"prompt", "text"}`},
		{"key twice", `{"text": "a", "text": "b"}`, `rows.jsonl:1: key "text" occurs twice`},
		{"other case", `{"Text": "a"}`, `rows.jsonl:1: the row has the keys {"Text"}`},
		{"text of the wrong type", `{"text": 3}`, `rows.jsonl:1: "text" is 3; expected a string`},
		{"null completion", `{"prompt": "a", "completion": null}`, `rows.jsonl:1: "completion" is null; expected a string`},
		{"null id", `{"input_ids": [1, null], "labels": [1, 2]}`, `rows.jsonl:1: "input_ids" is null at position 1; expected an array`},
		{"fractional id", `{"input_ids": [1, 2], "labels": [1, 2.5]}`, `rows.jsonl:1: "labels" is 2.5 at position 1; expected an array`},
		{"ids that are no list", `{"input_ids": {"a": 1}, "labels": [1]}`, `rows.jsonl:1: "input_ids" is {"a": 1}; expected an array`},
		{"half of a character", `{"text": "a\ud83db"}`, `rows.jsonl:1: the row holds \ud83d, half of a character`},
		{"the other half first", `{"text": "\udE00\ud83d"}`, `rows.jsonl:1: the row holds \udE00, half of a character`},
		{"half of a character in a message", `{"messages": [{"role": "assistant", "content": "\ud83d\n"}]}`, `rows.jsonl:1: the row holds \ud83d, half of a character`},
		{"half of a character in a key", `{"text\udc00": ""}`, `rows.jsonl:1: the row holds \udc00, half of a character`},
		{"UTF-16 with its mark", "\xff\xfe{\x00}\x00", "reading rows: rows.jsonl: the file is UTF-16, not UTF-8"},
		{"UTF-16 of the other order", "\xfe\xff\x00{\x00}", "reading rows: rows.jsonl: the file is UTF-16, not UTF-8"},
		{"UTF-16 without a mark", "{\x00\"\x00", "reading rows: rows.jsonl: the file is UTF-16, not UTF-8"},
		{"a long value", `{"text": [` + strings.Repeat("1, ", 999) + `"the end"]}`, `1, 1, "the end"] (3008 characters); expected a string`},
		{"a key with a line feed", `{"text\n\u001b[31m": ""}`, `the row has the keys {"text\n\x1b[31m"}; expected`},
		{"ids of ragged length", `{"input_ids": [1, 2], "labels": [1]}`, "rows.jsonl:1: there are 2 input_ids and 1 labels"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := data.Parse(strings.NewReader(c.content), "rows.jsonl", nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v\nwant one with  %s", err, c.want)
			}
		})
	}
}

func TestAByteOrderMarkIsPassedOver(t *testing.T) {
	const row = `{"text": "a"}`
	if marked := parse(t, "\ufeff"+row); marked.Len() != 1 || marked.Hash() != parse(t, row).Hash() {
		t.Errorf("%d rows, hash %s", marked.Len(), marked.Hash())
	}
}

func TestWholeEscapedCharactersAreRead(t *testing.T) {
	escaped, plain := parse(t, `{"text": "\ud83d\uDE00 \\ud83d \u00e9"}`), parse(t, `{"text": "😀 \\ud83d é"}`)
	if escaped.Hash() != plain.Hash() {
		t.Error("escapes are read as another text")
	}
}

func TestRowsThatAreWrongInTheSameWayAreToldOnce(t *testing.T) {
	for n, want := range map[int]string{
		1: "",
		2: "; likewise line 2",
		3: "; likewise lines 2 and 3",
		4: "; likewise lines 2, 3 and 4",
		5: "; likewise lines 2, 3, 4 and 1 other",
		9: "; likewise lines 2, 3, 4 and 5 others",
	} {
		var rows strings.Builder
		for i := range n {
			fmt.Fprintf(&rows, "{\"text\": %d}\n", i)
		}
		_, err := data.Parse(strings.NewReader(rows.String()+`{"text": "fine"}`), "rows.jsonl", nil)
		if want := `rows.jsonl:1: "text" is 0; expected a string` + want; err == nil || err.Error() != want {
			t.Errorf("error is\n%v\nwant\n%s", err, want)
		}
	}
}

func TestTenWaysToBeWrongAreToldAndTheRestCounted(t *testing.T) {
	var rows strings.Builder
	for i := range 25 {
		fmt.Fprintf(&rows, "{\"%c\": 1}\n", 'a'+i)
	}
	_, err := data.Parse(strings.NewReader(rows.String()), "rows.jsonl", nil)
	if err == nil {
		t.Fatal("25 wrong rows were accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 11 || !strings.HasPrefix(lines[9], "rows.jsonl:10: ") || lines[10] != "rows.jsonl: 15 more rows are wrong" {
		t.Errorf("error is\n%v", err)
	}
}

func TestLinesMayBeLong(t *testing.T) {
	if rows := parse(t, `{"text": "`+strings.Repeat("long ", 1<<20)+`"}`); rows.Len() != 1 {
		t.Errorf("Len is %d", rows.Len())
	}
}

func TestALineIsBounded(t *testing.T) {
	endless := endlessLine{}
	_, err := data.Parse(io.MultiReader(strings.NewReader("{\"text\": \"a\"}\n"), &endless), "rows.jsonl", nil)
	if err == nil || !strings.Contains(err.Error(), "rows.jsonl:2: the row has more than the 16777216 bytes") {
		t.Errorf("error is %v", err)
	}
	if endless.read > 1<<25 {
		t.Errorf("%d bytes were read to find that out", endless.read)
	}
}

// endlessLine is a text of one letter that has no end.
type endlessLine struct{ read int }

func (e *endlessLine) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	e.read += len(b)
	return len(b), nil
}

func TestOnlyRegularFilesAreRead(t *testing.T) {
	for path, want := range map[string]string{t.TempDir(): "there is no file of rows in it", os.DevNull: "it is a device"} {
		if _, err := data.Read(path, nil); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error is %v, want one that says that %s", err, want)
		}
	}
}

func TestOfManyKeysTenAreNamed(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `,"key%03d":0`, i)
	}
	_, err := data.Parse(strings.NewReader("{"+b.String()[1:]+"}"), "rows.jsonl", nil)
	if err == nil || !strings.Contains(err.Error(), `"key009"} and 990 more; expected`) {
		t.Errorf("error is %v", err)
	}
}

func TestAFailingReaderIsAnError(t *testing.T) {
	_, err := data.Parse(io.MultiReader(strings.NewReader("{\"text\": \"a\"}\n"), iotest.ErrReader(io.ErrNoProgress)), "rows.jsonl", nil)
	if err == nil || !strings.Contains(err.Error(), "rows.jsonl:2: multiple Read calls") {
		t.Errorf("error is %v", err)
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "menus.jsonl")
	if _, err := data.Read(path, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error for a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, []byte("{\"text\": \"a\"}\r\n{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := data.Read(path, nil); err == nil || !strings.HasPrefix(err.Error(), path+":2: ") {
		t.Errorf("error for a wrong second row: %v", err)
	}
}

func TestHashIsOfWhatRowsSay(t *testing.T) {
	base := parse(t, `{"text": "a"}`+"\n"+`{"prompt": "b", "completion": "c"}`).Hash()
	same := parse(t, "\n"+`{ "text":"\u0061" }`+"\n"+`{"completion":"c","prompt":"b"}`+"\n").Hash()
	if base != same {
		t.Error("another spelling of the same rows has another hash")
	}
	for name, content := range map[string]string{
		"other text":     `{"text": "A"}` + "\n" + `{"prompt": "b", "completion": "c"}`,
		"other order":    `{"prompt": "b", "completion": "c"}` + "\n" + `{"text": "a"}`,
		"a row less":     `{"text": "a"}`,
		"border moved":   `{"text": "a"}` + "\n" + `{"prompt": "bc", "completion": ""}`,
		"form forgotten": `{"text": "a"}` + "\n" + `{"text": "bc"}`,
	} {
		if parse(t, content).Hash() == base {
			t.Errorf("%s: the hash did not change", name)
		}
	}
	tokens := parse(t, `{"input_ids": [1, 2], "labels": [1, 2]}`).Hash()
	if tokens == parse(t, `{"input_ids": [1, 2], "labels": [-100, 2]}`).Hash() {
		t.Error("other labels have the same hash")
	}
}

func TestSplitPartitionsRowsAndKeepsTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 20, 200).Draw(t, "words")
		holdout := rapid.Float64Range(0.2, 0.8).Draw(t, "holdout")
		var content strings.Builder
		for _, word := range words {
			fmt.Fprintf(&content, "{\"text\": %q}\n", word)
		}
		rows, err := data.Parse(strings.NewReader(content.String()), "rows.jsonl", nil)
		if err != nil {
			t.Fatal(err)
		}
		train, eval, err := rows.Split(holdout)
		if err != nil {
			return // one side empty, as among equal words
		}
		trained, held := texts(t, train), texts(t, eval)
		side := map[string]bool{}
		for _, word := range held {
			side[word] = true
		}
		for _, word := range words {
			if side[word] {
				held = takeFirst(t, held, word)
			} else {
				trained = takeFirst(t, trained, word)
			}
		}
		if len(held)+len(trained) > 0 {
			t.Fatalf("left over: %q and %q", trained, held)
		}
	})
}

func takeFirst(t *rapid.T, words []string, word string) []string {
	if len(words) == 0 || words[0] != word {
		t.Fatalf("%q is not next in %q", word, words)
	}
	return words[1:]
}

// texts decodes rows of text through an encoder of bytes.
func texts(t *rapid.T, rows *data.Rows) []string {
	examples, err := rows.Encode(byteEncoder{}, data.Options{Seq: 10, Before: []int32{0}, Vocab: 256})
	if err != nil {
		t.Fatal(err)
	}
	words := make([]string, len(examples.Examples))
	for i, e := range examples.Examples {
		for _, id := range e.Targets {
			words[i] += string(rune(id))
		}
	}
	return words
}

func numbered(n int) string {
	var content strings.Builder
	for i := range n {
		fmt.Fprintf(&content, "{\"text\": \"row %d\"}\n", i)
	}
	return content.String()
}

func TestSplitHoldsOutAboutItsFraction(t *testing.T) {
	rows := parse(t, numbered(10_000))
	for _, holdout := range []float64{0.01, 0.1, 0.5} {
		_, eval, err := rows.Split(holdout)
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(eval.Len()) / 1e4; got < holdout*0.8 || got > holdout*1.2 {
			t.Errorf("holdout %v held out %v", holdout, got)
		}
	}
}

func TestAddingRowsMovesNoOther(t *testing.T) {
	_, before, err := parse(t, numbered(500)).Split(0.2)
	if err != nil {
		t.Fatal(err)
	}
	_, after, err := parse(t, numbered(500)+`{"text": "zzz"}`).Split(0.2)
	if err != nil {
		t.Fatal(err)
	}
	if more := after.Len() - before.Len(); more != 0 && more != 1 {
		t.Errorf("one row more moved %d rows", more)
	}
}

func TestSplitWithoutHoldoutTrainsOnAll(t *testing.T) {
	train, eval, err := parse(t, numbered(3)).Split(0)
	if err != nil || train.Len() != 3 || eval.Len() != 0 {
		t.Errorf("Split(0) gave %d and %d rows, error %v", train.Len(), eval.Len(), err)
	}
}

func TestSplitRefusesAnEmptySide(t *testing.T) {
	for _, holdout := range []float64{1e-9, 0.999999999, -0.1, 1, math.NaN()} {
		if _, _, err := parse(t, numbered(3)).Split(holdout); err == nil || !strings.Contains(err.Error(), "rows.jsonl: holdout") {
			t.Errorf("holdout %v: error is %v", holdout, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"text": "a"}`, `{"input_ids": [1, 2], "labels": [-100, 2]}`, `{"prompt": "a", "completion": "b"}`, `{"a":`, "\xff", "{}\n\n[]",
		`{"messages": [{"role": "user", "content": "a"}, {"content": "b", "role": "assistant"}]}`, `{"text": {"text": null}}`,
		`[{"instruction": "a", "input": null, "output": "b"}, {"text": "c", "id": 1}]`, `{"conversations": [{"from": "gpt", "value": "a"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		rows, err := data.Parse(strings.NewReader(content), "rows.jsonl", nil)
		if (err == nil) != (rows != nil && rows.Len() > 0) {
			t.Errorf("Parse gave %v and error %v", rows, err)
		}
		if err != nil {
			if !strings.Contains(err.Error(), "rows.jsonl") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		if strings.HasPrefix(content, "\x1f\x8b") || strings.HasPrefix(content, "PAR1") {
			return // where what stands around is no blank line
		}
		again, err := data.Parse(strings.NewReader("\n"+strings.TrimPrefix(content, "\ufeff")+"\n"), "again.jsonl", nil)
		if err != nil || again.Hash() != rows.Hash() {
			t.Errorf("with blank lines about them the rows are others: %v", err)
		}
		const seq, vocab = 8, 300
		examples, err := rows.Encode(byteEncoder{}, data.Options{Seq: seq, Vocab: vocab})
		if err != nil {
			return
		}
		for _, e := range examples.Examples {
			last := len(e.Targets) - 1
			if len(e.Tokens) != len(e.Targets) || e.Size > seq || last < 0 || last >= seq || e.Targets[last] < 0 {
				t.Errorf("example %+v", e)
			}
			for i, id := range e.Tokens {
				if id < 0 || id >= vocab || e.Targets[i] < -1 || e.Targets[i] >= vocab {
					t.Errorf("token %d of %+v is out of bounds", i, e)
				}
			}
		}
	})
}
