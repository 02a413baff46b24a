package data_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/data"
)

func zipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTheSameRowsAreReadHoweverTheyAreWritten compares each file with JSON lines of
// the plain forms, which say the same.
func TestTheSameRowsAreReadHoweverTheyAreWritten(t *testing.T) {
	const text, prompted = `{"text": "a"}`, `{"prompt": "b", "completion": "c"}`
	const chat = `{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}`
	const sing = `{"prompt": "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n` +
		`### Instruction:\nSing.\n\n### Response:", "completion": "La"}`
	const add = `{"prompt": "Below is an instruction that describes a task, paired with an input that provides further context. ` +
		`Write a response that appropriately completes the request.\n\n### Instruction:\nAdd.\n\n### Input:\n1 and 2\n\n### Response:", "completion": "3"}`
	for name, c := range map[string]struct{ content, same string }{
		"an array":                        {"[" + text + ", " + prompted + "]", text + "\n" + prompted},
		"an array over lines":             {" \n[\n  {\n    \"text\": \"a\"\n  }\n]\n", text},
		"lines in gzip":                   {zipped(t, text+"\n"+prompted), text + "\n" + prompted},
		"an array in gzip, after a mark":  {zipped(t, "\ufeff["+text+"]"), text},
		"an array after a mark":           {"\ufeff[" + text + "]", text},
		"Alpaca":                          {`{"instruction": "Add.", "input": "1 and 2", "output": "3"}`, add},
		"Alpaca with an empty input":      {`{"instruction": "Sing.", "input": "", "output": "La"}`, sing},
		"Alpaca without an input":         {`{"instruction": "Sing.", "output": "La"}`, sing},
		"Alpaca with a null for an input": {`{"instruction": "Sing.", "input": null, "output": "La"}`, sing},
		"Alpaca with its rendered text":   {`{"instruction": "Sing.", "input": "", "output": "La", "text": "Below is"}`, sing},
		"ShareGPT":                        {`{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}]}`, chat},
		"ShareGPT with roles of its own":  {`{"conversations": [{"from": "system", "value": "s"}, {"from": "user", "value": "u"}, {"from": "assistant", "value": "a"}]}`, chat},
		"a question and its answer":       {`{"question": "b", "answer": "c", "id": 7}`, prompted},
		"messages beside their prompt":    {`{"prompt": "u", "prompt_id": "7", ` + chat[1:], chat},
		"messages in two parts":           {`{"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}], "completion": [{"role": "assistant", "content": "a"}]}`, chat},
		"contents in parts":               {`{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "u"}]}, {"role": "assistant", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "a"}]}]}`, chat},
		"a system beside messages":        {`{"system": "s", "messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}`, chat},
		"ShareGPT with a system":          {`{"system": "s", "conversations": [{"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}], "tools": "[]"}`, chat},
		"keys that are null":              {`{"text": null, "prompt": "b", "messages": null, "completion": "c"}`, prompted},
		"keys of other programs":          {`{"id": 3, "text": "a", "meta": {"text": "z"}}`, text},
		"messages with names": {
			`{"messages": [{"role": "user", "name": "Ann", "content": "u"}, {"role": "assistant", "content": "a", "weight": 1}]}`,
			`{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}`,
		},
	} {
		if got, want := parse(t, c.content), parse(t, c.same); got.Hash() != want.Hash() || got.Len() != want.Len() {
			t.Errorf("%s: the rows are others than %s", name, c.same)
		}
	}
}

func TestKeysThatAreNotReadAreSaidOnce(t *testing.T) {
	rows := parse(t, `{"text": "a", "id": 1}
{"text": "b", "id": 2, "source": "web"}
{"messages": [{"role": "assistant", "content": "a", "name": "x"}, {"role": "assistant", "content": "a", "name": "x"}]}`)
	want := []string{"rows.jsonl: keys of rows that are not read: id (2 times), source (once)"}
	if got := rows.Notes(); !slices.Equal(got, want) {
		t.Errorf("notes are %q, want %q", got, want)
	}
	if got := parse(t, `{"instruction": "Sing.", "input": null, "output": "La"}`).Notes(); got != nil {
		t.Errorf("notes on rows of which all is read: %q", got)
	}
	var many strings.Builder
	for i := range 100 {
		many.WriteString(`, "key` + strings.Repeat("x", i) + `": 0`)
	}
	if got := parse(t, `{"text": "a"`+many.String()+`}`).Notes(); len(got) != 1 || !strings.HasSuffix(got[0], ", and others") {
		t.Errorf("of many keys the notes are %q", got)
	}
}

func TestWhatIsNotReadComesWithItsConversion(t *testing.T) {
	for _, c := range []struct{ name, file, content, want string }{
		{"Arrow", "a b.arrow", "ARROW1\x00", `python -c 'import sys, pandas; pandas.read_feather(sys.argv[1]).to_json(sys.argv[2], orient="records", lines=True)' 'a b.arrow' 'a b.jsonl'`},
		{"a CSV file of semicolons", "rows.csv", "a;b\n1;2\n", `pandas.read_csv(sys.argv[1], sep=";").to_json(sys.argv[2], orient="records", lines=True)' rows.csv rows.jsonl`},
		{"a workbook", "rows.xlsx", "PK\x03\x04", `pandas.read_excel(sys.argv[1]).to_json(sys.argv[2], orient="records", lines=True)' rows.xlsx rows.jsonl`},
		{"a ZIP file", "rows.zip", "PK\x03\x04", "unzip -p rows.zip > rows.jsonl"},
		{"zstd", "rows.jsonl.zst", "\x28\xb5\x2f\xfd", "zstd -dc rows.jsonl.zst > rows.jsonl"},
		{"UTF-16", "rows.jsonl", "\xff\xfe{\x00", "iconv -f UTF-16 -t UTF-8 rows.jsonl > rows.converted.jsonl"},
		{"zstd of CSV", "rows.csv.zst", "\x28\xb5\x2f\xfd", "zstd -dc rows.csv.zst > rows.csv"},
		{"other names", "qa.jsonl", `{"query": "a", "response": "b"}`, `name them in the grid: columns = { prompt = "query", completion = "response" }`},
		{"a text of another name", "x.json", `{"content": "a"}`, `name it in the grid: columns = { text = "content" }`},
		{"a list within an object", "x.json", `{"data": [{"text": "a"}]}`, "jq -c '.data[]' x.json > x.jsonl"},
		{"an object over lines", "x.json", "{\n\"text\": \"a\"}", "write each object on one line; convert it:\n\tjq -c '.' x.json > x.jsonl"},
		{"a text beside a prompt", "x.json", `{"prompt": "a", "text": "b"}`, `the row has the keys {"prompt", "text"}`},
		{"a broken gzip", "x.gz", "\x1f\x8bxxxxxxxxxxxxxxx", "reading rows: x.gz: gzip: invalid header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := data.Parse(strings.NewReader(c.content), c.file, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v\nwant one with  %s", err, c.want)
			}
		})
	}
}

func TestWrongElementsOfAnArrayAreRefusedWithTheirLine(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"an element of no form", "[\n{\"text\": \"a\"},\n\n{\"txt\": 1},\n{\"txt\": 2}]", `rows.jsonl: row 2: the row has the keys {"txt"}; expected`},
		{"others like it", "[{\"text\": 1},{\"text\": 2},{\"text\": \"a\"},{\"text\": 3}]", `rows.jsonl: row 1: "text" is 1; expected a string; likewise rows 2 and 4`},
		{"an array without its end", "[{\"text\": \"a\"},\n{\"text\": \"b\"}", "rows.jsonl:2: the file ends within its array of rows"},
		{"a comma too many", "[{\"text\": \"a\"},\n]", "rows.jsonl:1: invalid character ']'"},
		{"something behind", "[{\"text\": \"a\"}]\n{\"text\": \"b\"}", "something follows the array of rows"},
		{"an empty array", "[]", "rows.jsonl: there are no rows in it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := data.Parse(strings.NewReader(c.content), "rows.jsonl", nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v\nwant one with  %s", err, c.want)
			}
		})
	}
}

func TestAnElementOfAnArrayIsBounded(t *testing.T) {
	endless := endlessLine{}
	_, err := data.Parse(strings.NewReader(`[{"text": "`+strings.Repeat("x", 1<<24)+`"}]`), "rows.jsonl", nil)
	if err == nil || !strings.Contains(err.Error(), "rows.jsonl:1: the row has more than the 16777216 bytes") {
		t.Errorf("error is %v", err)
	}
	_, err = data.Parse(io.MultiReader(strings.NewReader(`[{"text": "`), &endless), "rows.jsonl", nil)
	if err == nil || !strings.Contains(err.Error(), "the row has more than the 16777216 bytes") || endless.read > 1<<27 {
		t.Errorf("error is %v after %d bytes", err, endless.read)
	}
}
