package data_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"sweep/trainer/data"
)

func golden(name string) string { return filepath.Join("testdata", name) }

func read(t testing.TB, path string, columns data.Columns) *data.Rows {
	t.Helper()
	rows, err := data.Read(path, columns)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return rows
}

// TestFilesThatPythonWroteSayWhatItsJSONSays compares files by pandas and pyarrow with
// JSON lines of the same rows.
func TestFilesThatPythonWroteSayWhatItsJSONSays(t *testing.T) {
	for of, names := range map[string][]string{
		"rows.jsonl":   {"rows.csv", "rows-index.csv", "rows.tsv", "rows.csv.gz", "rows.json", "rows.jsonl.gz", "rows.parquet"},
		"chat.jsonl":   {"chat.parquet", "chat-json.parquet", "chat.csv"},
		"tokens.jsonl": {"tokens.parquet", "tokens-old.parquet"},
		"extra.jsonl":  {"extra.parquet"},
	} {
		want := read(t, golden(of), nil)
		for _, name := range names {
			if got := read(t, golden(name), nil); got.Len() != want.Len() || got.Hash() != want.Hash() {
				t.Errorf("%s: the %d rows are others than the %d of %s", name, got.Len(), want.Len(), of)
			}
		}
	}
}

func TestColumnsNameTheKeysOfRows(t *testing.T) {
	const plain = `{"prompt": "a", "completion": "b"}`
	for name, c := range map[string]struct {
		content, file string
		columns       data.Columns
		same          string
	}{
		"other names":                  {`{"q": "a", "r": "b"}`, "rows.jsonl", data.Columns{"prompt": "q", "completion": "r"}, plain},
		"one of two":                   {`{"q": "a", "completion": "b"}`, "rows.jsonl", data.Columns{"prompt": "q"}, plain},
		"in CSV":                       {"r,q\nb,a\n", "rows.csv", data.Columns{"prompt": "q", "completion": "r"}, plain},
		"names that others have":       {`{"completion": "a", "prompt": "b"}`, "rows.jsonl", data.Columns{"prompt": "completion", "completion": "prompt"}, plain},
		"in place of one that is read": {`{"prompt": "z", "q": "a", "completion": "b"}`, "rows.jsonl", data.Columns{"prompt": "q"}, plain},
		"beside a form of more keys":   {`{"messages": [], "q": "a", "r": "b"}`, "rows.jsonl", data.Columns{"prompt": "q", "completion": "r"}, plain},
		"a text beside a prompt":       {`{"prompt": "z", "body": "a"}`, "rows.jsonl", data.Columns{"text": "body"}, `{"text": "a"}`},
		"a question with its context":  {`{"question": "a", "answer": "b", "context": "z"}`, "rows.jsonl", data.Columns{"prompt": "question", "completion": "answer"}, plain},
		"rows that need none":          {`{"q": "a", "r": "b"}` + "\n" + plain, "rows.jsonl", data.Columns{"prompt": "q", "completion": "r"}, plain + "\n" + plain},
		"a list":                       {`{"dialog": [{"role": "assistant", "content": "a"}]}`, "rows.jsonl", data.Columns{"messages": "dialog"}, `{"messages": [{"role": "assistant", "content": "a"}]}`},
		"a list in CSV":                {"ids,labels\n\"[1, 2]\",\"[1, 2]\"\n", "rows.csv", data.Columns{"input_ids": "ids"}, `{"input_ids": [1, 2], "labels": [1, 2]}`},
	} {
		got, err := data.Parse(strings.NewReader(c.content), c.file, c.columns)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Hash() != parse(t, c.same).Hash() {
			t.Errorf("%s: the rows are others than %s", name, c.same)
		}
		if err := c.columns.Check(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatAColumnTakesThePlaceOfIsSaid(t *testing.T) {
	rows, err := data.Parse(strings.NewReader(`{"prompt": "z", "q": "a", "completion": "b"}`), "rows.jsonl", data.Columns{"prompt": "q"})
	if err != nil {
		t.Fatal(err)
	}
	if got := rows.Notes(); !slices.Equal(got, []string{"rows.jsonl: keys of rows that are not read: prompt (once)"}) {
		t.Errorf("notes are %q", got)
	}
}

func TestRowsThatHoldTheCharacterZeroAreSaid(t *testing.T) {
	rows := parse(t, `{"text": "a\u0000"}
{"text": "\\u0000"}
{"text": "\\\u0000", "x": "\u0000"}
{"text": "a", "x": "\u0000"}`)
	if got := rows.Notes(); len(got) != 2 || !strings.HasPrefix(got[0], "rows.jsonl: 2 of 4 rows hold the character U+0000") {
		t.Errorf("notes are %q", got)
	}
	table, err := data.Parse(strings.NewReader("text\na\x00b\n"), "rows.csv", nil)
	if err != nil || len(table.Notes()) != 1 {
		t.Errorf("of a table the notes are %q, and the error %v", table.Notes(), err)
	}
}

func TestAColumnThatNoRowHasIsRefusedWithTheNearest(t *testing.T) {
	columns := data.Columns{"prompt": "qestion", "completion": "answer"}
	_, err := data.Parse(strings.NewReader(`{"question": "a", "answer": "b"}`), "rows.jsonl", columns)
	want := `columns.prompt = "qestion": no row of rows.jsonl has that key; they have "answer", "question"; did you mean "question"?`
	if err == nil || err.Error() != want {
		t.Errorf("error is %v\nwant %s", err, want)
	}
	plain, err := data.Parse(strings.NewReader(`{"prompt": "a", "completion": "b", "answer": "c"}`), "rows.jsonl", data.Columns{"prompt": "qestion"})
	if err != nil {
		t.Fatal(err)
	}
	if err := columns.Check(plain); err == nil {
		t.Error("a column that no row has passes where the rows need none")
	}
	if !columns.Match(plain) || (data.Columns{"prompt": "x"}).Match(plain) {
		t.Error("columns match rows that lack their keys, or do not match rows that have one")
	}
}

func TestWrongTablesAreRefusedWithTheirLine(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"a short record", "a.csv", "prompt,completion\na,b\nc\n", "a.csv:3: the row has 1 fields, and the header 2; put fields that hold a comma into quotes"},
		{"a comma too many, after a field of two lines", "a.csv", "prompt,completion\n\"a\na\",b\nc,d,e\n", "a.csv:4: the row has 3 fields, and the header 2"},
		{"a quote in a field", "a.csv", "prompt,completion\na\"b,c\n", `reading rows: a.csv:2: bare " in non-quoted-field; put the field into quotes`},
		{"a quote that does not end", "a.csv", "prompt,completion\n\"a,b\n", `reading rows: a.csv:2: extraneous or missing " in quoted-field`},
		{"a key twice", "a.csv", "text,text\na,b\n", `a.csv: the header has "text" twice; keep one`},
		{"semicolons", "a.csv", "prompt;completion\na;b\n", `the header is "prompt;completion", a single key; its fields seem to be separated by ";"`},
		{"no header", "a.csv", "Hello there,General\nx,y\n", `a.csv:2: the row has the keys {"General", "Hello there"}`},
		{"only a header", "a.csv", "prompt,completion\n", "a.csv: there are no rows in it"},
		{"another encoding", "a.csv", "text\nok\ngr\xfc\xdfe\n", "a.csv:3: the row is not valid UTF-8"},
		{"a list as Python writes it", "a.csv", "messages\n\"[{'role': 'assistant'}]\"\n", `a.csv:2: "messages" is [{'role': 'assistant'}], which is no JSON; write the list as JSON`},
		{"half of a character in a list", "a.csv", "messages\n\"[{\"\"role\"\": \"\"assistant\"\", \"\"content\"\": \"\"\\ud800\"\"}]\"\n", `a.csv:2: the row holds \ud800, half of a character`},
		{"a text that is no list", "a.csv", "messages\nhello\n", `a.csv:2: "messages" is "hello"; expected an array`},
		{"UTF-16", "a.csv", "\xff\xfet\x00e\x00", "iconv -f UTF-16 -t UTF-8 a.csv > a.converted.csv"},
		{"a question with a context", "a.jsonl", `{"question": "a", "answer": "b", "context": "c"}`, `a.jsonl:1: the row has "context" beside "question" and "answer", which would not be read`},
		{"Parquet that was cut off", "a.parquet", "PAR1\x15\x04\x15", "a.parquet: the Parquet file has no end"},
		{"Parquet of a footer that is too long", "a.parquet", "PAR1aaaa\xff\xff\xff\x7fPAR1", "a.parquet: it is damaged: what describes it would have 2147483647 of its 16 bytes"},
		{"Parquet of another form", "a.parquet", table(t, struct{ A int }{1}, struct{ A int }{2}), `a.parquet: row 1: the row has the keys {"A"}; expected`},
		{"Parquet of a text that is none", "a.parquet", table(t, textRow{"ok"}, textRow{"\xff"}), "a.parquet: row 2: the row is not valid UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := data.Parse(strings.NewReader(c.content), c.file, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v\nwant one with  %s", err, c.want)
			}
		})
	}
	if _, err := data.Parse(io.MultiReader(strings.NewReader(table(t, textRow{"a"}))), "a.parquet", nil); err == nil {
		t.Error("Parquet was read from a stream, which has no end to begin with")
	}
}

type textRow struct {
	Text string `parquet:"text"`
}

// table is a Parquet file of rows.
func table[T any](t testing.TB, rows ...T) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestARecordOfCSVIsBounded(t *testing.T) {
	endless := endlessLine{}
	_, err := data.Parse(io.MultiReader(strings.NewReader("text\n\"a"), &endless), "rows.csv", nil)
	if err == nil || !strings.Contains(err.Error(), "the row has more than the 16777216 bytes") || endless.read > 1<<27 {
		t.Errorf("error is %v after %d bytes", err, endless.read)
	}
}

// folder writes files, given by their names.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAFolderIsReadInTheOrderOfItsNames(t *testing.T) {
	dir := folder(t, map[string]string{
		"b.csv": "text\nb1\nb2\n", "a.jsonl": `{"text": "a"}`, "c.parquet": table(t, textRow{"c"}),
		".hidden": "x", "README.md": "x", "dataset_infos.json": "{}", "old/d.jsonl": `{"text": "d"}`,
	})
	rows := read(t, dir, nil)
	if want := parse(t, `{"text": "a"}`+"\n"+`{"text": "b1"}`+"\n"+`{"text": "b2"}`+"\n"+`{"text": "c"}`); rows.Hash() != want.Hash() {
		t.Error("the rows are others")
	}
	if want := []string{dir + ": what stands beside the rows is not read: .hidden, README.md, dataset_infos.json, old/"}; !slices.Equal(rows.Notes(), want) {
		t.Errorf("notes are %q, want %q", rows.Notes(), want)
	}
	matched := read(t, filepath.Join(dir, "[ab].*"), nil)
	if want := parse(t, `{"text": "a"}`+"\n"+`{"text": "b1"}`+"\n"+`{"text": "b2"}`); matched.Hash() != want.Hash() {
		t.Error("a pattern reads other rows")
	}
}

func TestWhatIsWrongInAFolderIsSaidWithItsFile(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a row":       {map[string]string{"a.jsonl": `{"text": "a"}`, "b.csv": "text,x\na,b\nc\n"}, "b.csv:3: the row has 1 fields"},
		"a format":    {map[string]string{"a.arrow": "ARROW1"}, "a.arrow: the file is an Arrow file, which is not read; convert it:"},
		"nothing":     {nil, "there is no file of rows in it"},
		"subfolders":  {map[string]string{"data/a.jsonl": "{}", "README": ""}, "there is no file of rows in it; name a folder that it has: data/"},
		"two splits":  {map[string]string{"train-0.jsonl": "{}", "train-1.jsonl": "{}", "test-0.jsonl": "{}"}, "the folder has files of the splits train, test; name one, as in data = "},
		"an evaluate": {map[string]string{"my_train.csv": "x", "my_val.csv": "x"}, "splits train, val"},
	} {
		if _, err := data.Read(folder(t, c.files), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v\nwant one with  %s", name, err, c.want)
		}
	}
	if _, err := data.Read(filepath.Join(t.TempDir(), "*.csv"), nil); err == nil || !strings.Contains(err.Error(), "no file has a name of that pattern") {
		t.Errorf("of a pattern that matches nothing the error is %v", err)
	}
}

// TestARowOfAFolderKnowsItsFile follows rows to what they are encoded to.
func TestARowOfAFolderKnowsItsFile(t *testing.T) {
	dir := folder(t, map[string]string{"a.jsonl": `{"text": "a"}`, "b.csv": "text\nbb\nccccccccc\n"})
	encoded, err := read(t, dir, nil).Encode(byteEncoder{}, data.Options{Seq: 5, Vocab: 256, Long: data.Skip, Before: []int32{1}})
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, e := range encoded.Examples {
		places = append(places, e.Place.String())
	}
	if want := []string{"a.jsonl line 1", "b.csv line 2"}; !slices.Equal(places, want) {
		t.Errorf("places are %q, want %q", places, want)
	}
	if len(encoded.Notes) != 1 || !strings.HasPrefix(encoded.Notes[0], filepath.Join(dir, "b.csv")+":3: skipped") {
		t.Errorf("notes are %q", encoded.Notes)
	}
}

// FuzzTables reads CSV, TSV and Parquet. It holds that a file is read, or refused by its
// name, and that no row says more than the file holds.
func FuzzTables(f *testing.F) {
	names := []string{"rows.csv", "rows.tsv", "rows.parquet", "rows.csv.gz"}
	for _, name := range []string{"rows.csv", "rows.tsv", "rows.csv.gz", "chat.csv", "rows.parquet", "chat.parquet", "tokens.parquet", "tokens-old.parquet", "extra.parquet"} {
		content, err := os.ReadFile(golden(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(max(0, slices.Index(names, name))), content)
	}
	f.Add(uint8(2), []byte(table(f, textRow{"a"}, textRow{"b"})))
	f.Fuzz(func(t *testing.T, kind uint8, content []byte) {
		name := names[int(kind)%len(names)]
		rows, err := data.Parse(bytes.NewReader(content), name, data.Columns{"prompt": "question"})
		if (err == nil) != (rows != nil && rows.Len() > 0) {
			t.Errorf("Parse gave %v and error %v", rows, err)
		}
		if err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("error %q does not name the file", err)
		}
	})
}
