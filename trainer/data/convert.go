package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// refuseFormat refuses a file of a format that is not read, with the command that
// converts it. It looks at how the file begins and, for text, at its name.
func refuseFormat(text *bufio.Reader, name string) error {
	for _, f := range []struct{ start, extension, what, command string }{
		{"PAR1", "", "a Parquet file", pandas("read_parquet")},
		{"ARROW1", "", "an Arrow file", pandas("read_feather")},
		{"PK\x03\x04", ".xlsx", "an Excel workbook", pandas("read_excel")},
		{"PK\x03\x04", "", "a ZIP file", "unzip -p IN > OUT"},
		{"\x28\xb5\x2f\xfd", "", "compressed by zstd", "zstd -dc IN > OUT"},
		{"\xfd7zXZ", "", "compressed by xz", "xz -dc IN > OUT"},
		{"BZh", "", "compressed by bzip2", "bzip2 -dc IN > OUT"},
	} {
		if start, _ := text.Peek(len(f.start)); string(start) == f.start && strings.HasSuffix(name, f.extension) {
			return notRead(f.what, f.command, name)
		}
	}
	switch start, _ := text.Peek(1); {
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
	case strings.HasSuffix(name, ".csv"):
		return notRead("a CSV file", pandas("read_csv"), name)
	case strings.HasSuffix(name, ".tsv"):
		return notRead("a TSV file", pandas("read_table"), name)
	}
	return nil
}

// pandas is the command that converts a file with the Python package of that name.
func pandas(reader string) string {
	return `python -c 'import sys, pandas; pandas.` + reader + `(sys.argv[1]).to_json(sys.argv[2], orient="records", lines=True)' IN OUT`
}

func notRead(what, command, name string) error {
	return &convertibleError{fmt.Errorf("the file is %s, which is not read", what), conversion(command, name)}
}

// conversion is a command with the names of a file and of what it is converted to.
func conversion(command, name string) string {
	return strings.NewReplacer("IN", shellWord(name), "OUT", shellWord(converted(name))).Replace(command)
}

// converted is what to call a file once it is JSON lines of a form that is read.
func converted(name string) string {
	base := name
	for _, packed := range []string{".gz", ".zst", ".xz", ".bz2", ".zip"} {
		base = strings.TrimSuffix(base, packed)
	}
	base = strings.TrimSuffix(base, filepath.Ext(base))
	if base+".jsonl" == name {
		base += ".converted"
	}
	return base + ".jsonl"
}

// shellWord is a word as a shell reads it back.
func shellWord(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,"
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// byFilter is an error about rows that the program jq would make right by a filter.
func (p *parser) byFilter(err error, filter string) error {
	return &convertibleError{err, jq(filter, p.name)}
}

// jq is the command that rewrites the rows of a file by a filter.
func jq(filter, name string) string {
	if strings.HasSuffix(name, ".gz") {
		return conversion("gzip -dc IN | jq -c '"+filter+"' > OUT", name)
	}
	return conversion("jq -c '"+filter+"' IN > OUT", name)
}

// rewriting is the filter for rows of keys that are not read, "" where none is
// likely to be right.
func rewriting(fields map[string]json.RawMessage) string {
	prompt := firstKey(fields, "prompt", "question", "query", "instruction", "input", "problem", "source")
	completion := firstKey(fields, "completion", "answer", "response", "output", "solution", "target", "chosen")
	text := firstKey(fields, "content", "body", "document", "Text", "sentence")
	list := listKey(fields)
	switch {
	case list != "":
		return "." + list + "[]"
	case prompt != "" && completion != "":
		return "{prompt: ." + prompt + ", completion: ." + completion + "}"
	case text != "":
		return "{text: ." + text + "}"
	}
	return ""
}

// firstKey is the first of the names that a row has.
func firstKey(fields map[string]json.RawMessage, names ...string) string {
	if i := slices.IndexFunc(names, func(name string) bool { return given(fields, name) }); i >= 0 {
		return names[i]
	}
	return ""
}

// listKey is the key of a file's only object whose value is the list of its rows.
func listKey(fields map[string]json.RawMessage) string {
	for _, name := range []string{"data", "rows", "examples", "train"} {
		var rows []map[string]json.RawMessage
		if given(fields, name) && json.Unmarshal(fields[name], &rows) == nil && len(rows) > 0 {
			return name
		}
	}
	return ""
}
