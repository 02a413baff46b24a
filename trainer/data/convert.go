package data

import (
	"bufio"
	"cmp"
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
		{"ARROW1", "", "an Arrow file", pandas("read_feather", "")},
		{"PK\x03\x04", ".xlsx", "an Excel workbook", pandas("read_excel", "")},
		{"PK\x03\x04", "", "a ZIP file", "unzip -p IN > SAME"},
		{"\x28\xb5\x2f\xfd", "", "compressed by zstd", "zstd -dc IN > SAME"},
		{"\xfd7zXZ", "", "compressed by xz", "xz -dc IN > SAME"},
		{"BZh", "", "compressed by bzip2", "bzip2 -dc IN > SAME"},
	} {
		if start, _ := text.Peek(len(f.start)); string(start) == f.start && strings.HasSuffix(name, f.extension) {
			return notRead(f.what, f.command, name)
		}
	}
	return nil
}

// pandas is the command that converts a file with the Python package of that name.
// Options follow the file, as in `, sep=";"`.
func pandas(reader, options string) string {
	return `python -c 'import sys, pandas; pandas.` + reader + `(sys.argv[1]` + options + `).to_json(sys.argv[2], orient="records", lines=True)' IN OUT`
}

func notRead(what, command, name string) error {
	return &convertibleError{fmt.Errorf("the file is %s, which is not read", what), conversion(command, name)}
}

// conversion is a command with the names of a file and of what it is converted to: OUT
// is of JSON lines, SAME of the file's own format.
func conversion(command, name string) string {
	return strings.NewReplacer("IN", shellWord(name), "OUT", shellWord(converted(name, ".jsonl")), "SAME", shellWord(converted(name, ""))).Replace(command)
}

// converted is what to call a file once it is of a form that is read. Without an
// extension it keeps its own.
func converted(name, extension string) string {
	base := unpacked(name)
	extension = cmp.Or(extension, filepath.Ext(base), ".jsonl")
	base = strings.TrimSuffix(base, filepath.Ext(base))
	if base+extension == name {
		base += ".converted"
	}
	return base + extension
}

// unpacked is the name of a file without the extensions of compression.
func unpacked(name string) string {
	for _, packed := range []string{".gz", ".zst", ".xz", ".bz2", ".zip"} {
		name = strings.TrimSuffix(name, packed)
	}
	return name
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
